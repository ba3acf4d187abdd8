// The chips that there are to train on, as dates pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operations/supply.hpp"
#include "random/distribution.hpp"
#include "units/quantity.hpp"

namespace longhaul::world {

/// What one chip is, with its share of all that stands around it.
struct ChipFigures {
  FlopPerSecond flops;          ///< peak, in `format`
  std::string format = "bf16";  ///< of the numbers that the peak is for, and whether sparse
  double utilisation = 1;       ///< of the peak that training sustains, failures not counted
  Watts power;                  ///< facility power; 0: not counted
  Dollars price;                ///< of a chip with its share of the cluster; 0: not counted
};

/// Chips that come on line together.
struct Phase {
  std::string name;
  operations::Moment at;          ///< of delivery, but for `delay`
  random::Random<Seconds> delay;  ///< of production and delivery; drawn once
  double chips = 0;
  ChipFigures chip;
  bool replaces = false;  ///< all chips before it go off line
  /// Path of a cluster card whose chip these are: its peak and power go in place of the figures of
  /// `chip`, and utilisation comes from the step model.
  std::optional<std::string> platform;
};

/// Chips that grow and get better smoothly.
struct Trend {
  std::optional<double> chips;  ///< at the start; left out: as many as money buys
  ChipFigures chip;             ///< at the start
  double chips_growth = 1;      ///< times a year, as all below
  double flops_growth = 1;
  double power_growth = 1;
  double price_growth = 1;
};

/// Equal chips that are on line.
struct Lot {
  std::string name;
  double chips = 0;  ///< infinite: as many as money buys
  ChipFigures chip;
  std::int64_t phase = -1;  ///< index of its phase; -1: of the trend
};

/// What there is of `trend` at a time since the start.
Lot lot_at(const Trend& trend, Seconds time);

/// Chips that a run takes, of one or more lots.
struct Cluster {
  double chips = 0;
  FlopPerSecond peak;
  FlopPerSecond sustained;  ///< peak x utilisation, lot by lot
  Watts power;
  Dollars price;
  /// What kept it from being larger.
  enum class Limit { Chips, Power, Money } limit = Limit::Chips;
  std::int64_t phase = -1;  ///< of the lot that gives most of it, as in Lot
};

std::string_view key_of(Cluster::Limit limit);

/// The largest cluster of these lots under a cap on power and a budget (both may be infinite): the
/// chips with most sustained FLOP/s a watt first where power is what lacks, a dollar where money
/// is, and where both do the mixture that a linear programme finds, limited by power. Chips without
/// power or price take none. Throws std::invalid_argument where nothing bounds it.
Cluster largest_cluster(const std::vector<Lot>& lots, Watts cap, const Dollars& budget);

}  // namespace longhaul::world
