// [sweep]: what is varied over many runs of one scenario, and how often each is repeated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::scenario {

/// A value as the user wrote it, for a field that is known only by its key.
struct Literal {
  std::string toml;  ///< on one line
  Location where;
};

/// What is simulated at each point: the months, or one step.
enum class Simulate { Months, Step };

/// How the points are laid over the axes.
enum class SweepDesign { Grid, Random, LatinHypercube, Sobol, OneAtATime, Saltelli };

/// Whether repeat r has the same seed in every combination, so that differences between
/// combinations are sharper, or one of its own.
enum class RepeatSeeds { Common, Independent };

/// `n` numbers from the first to the last, both among them.
struct AxisRange {
  Literal from, to;
  std::int64_t n = 2;
};

/// One field that is varied. Exactly one of values, range, log_range, sample and formula is given.
struct SweepAxis {
  std::string key;                     ///< "run.gpus"
  std::string name;                    ///< in conditions and formulas; empty: the key's last part
  std::vector<Literal> values;         ///< one by one
  std::optional<AxisRange> range;      ///< evenly spaced
  std::optional<AxisRange> log_range;  ///< evenly spaced in the logarithm
  std::optional<Literal> sample;       ///< a distribution, drawn by the design
  std::string formula;                 ///< of the names of other axes
  std::string zip;                     ///< axes of the same zip go forward together
  std::string when;                    ///< elsewhere the field keeps the scenario's value
};

/// Repeats of a combination go on until the confidence interval of a mean is narrow enough.
struct SweepPrecision {
  std::string metric;
  double half_width = 0.01;  ///< of the interval, as a share of the mean
  double confidence = 0.95;
  std::int64_t at_most = 1000;  ///< repeats; `repeats` is the least
};

struct Sweep {
  Simulate simulate = Simulate::Months;
  SweepDesign design = SweepDesign::Grid;
  std::int64_t samples = 0;  ///< points of the sampled axes; of Saltelli's design its base
  std::int64_t repeats = 1;  ///< of each combination
  RepeatSeeds seeds = RepeatSeeds::Common;
  std::string where;  ///< only combinations for which this holds; empty: all
  std::optional<SweepPrecision> precision;
  std::vector<SweepAxis> axes;
};

}  // namespace longhaul::scenario
