// What a sweep varied and what came out, gathered in one pass over its store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiment/statistics.hpp"
#include "experiment/store.hpp"
#include "units/format.hpp"

namespace longhaul::report {

/// An axis with the values it takes.
struct SweptAxis {
  experiment::StoredAxis axis;
  bool input = true;     ///< false: a formula of others
  bool numeric = false;  ///< all values are numbers, as far as there are values
  bool gaps = false;     ///< somewhere the field keeps the scenario's value
  bool many = false;     ///< more than `most_axis_values`: the first of them are kept
  std::vector<experiment::Cell> values;  ///< numbers from the least, words as they come
  FittingUnit unit;                      ///< numbers are shown in it

  std::string label() const;                                   ///< "interval [h]"
  double shown(const experiment::Cell& value) const;           ///< in `unit`; NaN for no number
  std::string text(const experiment::Cell& value) const;       ///< without the unit
  std::string with_unit(const experiment::Cell& value) const;  ///< in a unit that fits it: "90 s"
  std::optional<std::size_t> find(const experiment::Cell& value) const;  ///< in `values`
};
inline constexpr std::size_t most_axis_values = 100'000;

/// The combination whose mean is best.
struct Best {
  std::int64_t combination = 0;
  std::vector<experiment::Cell> axes;
  experiment::Statistics statistics;
};

struct SweepOverview {
  std::vector<std::string> metrics;
  std::vector<SweptAxis> axes;
  std::int64_t n_points = 0, n_failed = 0, n_combinations = 0;
  std::int64_t n_laid_out = 0;  ///< combinations of the whole sweep
  std::int64_t least_repeats = 0, most_repeats = 0;
  bool intervals = false;  ///< somewhere there are several repeats
  /// By metric: the value of all points, where several have the same.
  std::vector<std::optional<double>> constant;
  std::vector<std::optional<Best>> best;  ///< by metric; none where no point has a value
};

SweepOverview overview(const experiment::StoreReader& store, std::vector<std::string> metrics);

/// The same without metrics that are constant.
SweepOverview varying(SweepOverview overview);

/// Whether less of it is better: times, losses, interruptions, energy, memory.
bool less_is_better(const std::string& metric);

/// Which axis is drawn how.
struct DrawnAxes {
  std::optional<std::size_t> x;      ///< the first of numbers; else the first
  std::optional<std::size_t> curve;  ///< of 2 to `most_curves` values
  std::vector<std::size_t> choices;  ///< picked in boxes
};

/// Axes of one value, formulas, and axes that another one determines are left out.
DrawnAxes drawn_axes(const experiment::StoreReader& store, const SweepOverview& overview);

/// A number for people: "0.91263", "16,384".
std::string short_number(double value);

}  // namespace longhaul::report
