// A lab: how it decides, what it holds back, and what comes out over the years.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "random/distribution.hpp"
#include "training/laws/scaling.hpp"
#include "units/quantity.hpp"
#include "world/hardware.hpp"

namespace longhaul::lab {

/// How a lab decides; each is a file in strategies/.
enum class StrategyKind {
  FixedLength,
  FixedCompute,
  OptimalLength,
  StartAtPhase,
  WaitForNext,
  Restart,
  NewRecipe,
  Race,
};

struct LabConfig {
  std::string name = "lab";
  StrategyKind strategy = StrategyKind::FixedLength;
  double share = 1;                 ///< of the world's chips, power and budget that are its own
  std::optional<Seconds> length;    ///< of a run
  std::optional<Flop> compute;      ///< of a run, physical
  std::optional<Seconds> reported;  ///< that such a run took on the calendar, to compare with
  std::optional<double> threshold;  ///< of progress since the start of a run: times more worth
  std::optional<Seconds> patience;  ///< to wait for the next generation
  random::Random<Seconds> queue;    ///< from the decision, when the recipe freezes, to the start
  Seconds adopting;                 ///< standing still to go on with a new recipe
  double experiments = 0;           ///< share of the cluster held for experiments
  double serving = 0;               ///< share of the cluster that serves a released model
  double serving_growth = 1;        ///< of that share, times a year since the first release
  double over_training = 1;         ///< tokens a parameter over 20
  bool months = false;              ///< its runs' goodput: of their months, simulated
};

/// D = 20 N [Hoffmann 2022], times the lab's over-training.
training::TokensPerParameter tokens_per_parameter(const LabConfig& lab);

/// Why a run is no larger than it is.
enum class Bound { Power, Chips, Data, Latency, Money, Time };
inline constexpr std::size_t n_bounds = 6;
std::string_view key_of(Bound bound);

/// How a run ended.
enum class Ending {
  Released,   ///< its model is there
  Abandoned,  ///< stopped for another run
  Cut,        ///< still running at the deadline
};
std::string_view key_of(Ending ending);

/// A run of a lab, told when it is over.
struct LabRun {
  std::int64_t lab = 0;
  Seconds decided;  ///< when recipe and hardware froze
  Seconds start, end;
  world::Cluster cluster;  ///< that it had
  double goodput = 1;      ///< share of its time that came to use
  Flop compute;            ///< physical, kept
  double worth = 1;        ///< of a FLOP of the recipe, mean over the run
  double data_worth = 1;   ///< of what it saw, over as much new data
  Flop effective;          ///< compute x worth x data_worth, bent where scaling bends
  double parameters = 0;
  Tokens data;        ///< seen
  double epochs = 0;  ///< 0 without a stock
  Dollars cost;       ///< of chips for the time, and energy
  Joules energy;
  Bound bound = Bound::Chips;
  Ending ending = Ending::Released;
  bool best = false;  ///< better than its own before, and no worse than those of others
};

/// Chip time, in FLOP at the sustained rate, and what it went to.
struct LabTotals {
  std::int64_t runs = 0;                          ///< released
  Flop best_effective;                            ///< of its best model; 0: none
  Seconds best_length;                            ///< of that run
  Seconds best_at;                                ///< when it was released
  Flop best_compute;                              ///< physical
  Flop useful, lost, idle, experiments, serving;  ///< all add up to what the chips could do
  Dollars cost;       ///< of all its chips, used or not, for the whole time, and of `energy`
  Joules energy;      ///< of all of them
  Dollars runs_cost;  ///< of its runs alone: their chips for their time, and energy
  Joules runs_energy;
  Dollars revenue;
  Seconds leading;  ///< time with the best model of all
  std::vector<std::int64_t> bound_by = std::vector<std::int64_t>(n_bounds);  ///< released runs
  /// When the first of those was decided; negative: none.
  std::vector<Seconds> bound_since = std::vector<Seconds>(n_bounds, seconds(-1));
  world::Cluster cluster;  ///< that it could have at the deadline
};

}  // namespace longhaul::lab
