// Monte Carlo of what the years before a run allow.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "world/constraints.hpp"

namespace longhaul::experiment {

/// 10th, 50th and 90th percentile of the draws, in base units.
struct Spread {
  double p10 = 0;
  double p50 = 0;
  double p90 = 0;
};

/// The four constraints, in the order of the source.
enum class Constraint { Power, Chips, Data, Latency };
inline constexpr std::size_t n_constraints = 4;
/// As a key: "power".
std::string constraint_name(Constraint constraint);

struct ForecastBound {
  Spread flop;
  double binds = 0;  ///< share of draws in which it is the least of the four; they sum to 1
};

/// What else is known of the draws, each as a spread.
struct ForecastDetail {
  std::string key;   ///< ends in its unit: "campus_flop"
  std::string what;  ///< for people, "one campus"
  Spread spread;
};

struct ConstraintForecast {
  std::int64_t n_samples = 0;
  std::int64_t seed = 0;
  Flop gpt4_compute{};
  std::array<ForecastBound, n_constraints> bounds;  ///< by Constraint
  Spread least_flop;                                ///< of the least of the four, draw by draw
  std::vector<ForecastDetail> details;
};

/// Each input is drawn from a stream of its own, "forecast/<key>", so that another input shifts no
/// draw; ties go through a Gaussian copula. Keeps some hundred bytes a sample.
///
/// Throws std::invalid_argument, saying what would be right, for fewer than one sample,
/// correlations of inputs that there are not, and a bound whose percentiles are not finite.
ConstraintForecast forecast(const world::Constraints& constraints, std::int64_t n_samples,
                            std::int64_t seed);

}  // namespace longhaul::experiment
