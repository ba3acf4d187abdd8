// What repeats say together, and how many of them are enough.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace longhaul::experiment {

struct Interval {
  double low;
  double high;
};

/// Throws std::invalid_argument, saying what would be right, unless 0 < confidence < 1.
void check_confidence(double confidence);

/// Of values of any one unit. Without a value all but n are NaN.
struct Statistics {
  std::int64_t n;
  double mean;
  double standard_deviation;  ///< of the population the sample is from (n - 1); NaN for n < 2
  double minimum;
  double maximum;
  std::optional<Interval> interval;  ///< of the mean; empty for n < 2

  double half_width() const;  ///< of the interval; NaN where there is none
};

/// `sample`: finite values, independent of each other. The interval holds the true mean with
/// probability `confidence` if they are normal: mean +- t s / sqrt(n), t of Student's distribution
/// with n - 1 degrees of freedom. Throws std::invalid_argument unless 0 < confidence < 1.
Statistics statistics(std::span<const double> sample, double confidence = 0.95);

/// One value for each of `shares` (0: least, 0.5: median, 1: greatest), linear between order
/// statistics x_0 <= x_1 ...: at position (n - 1) share [Hyndman+Fan, Am. Stat. 50(4), 1996, type
/// 7], as numpy and R do. NaN for an empty sample. Throws std::invalid_argument for a share outside
/// [0, 1].
std::vector<double> percentiles(std::span<const double> sample, std::span<const double> shares);

/// When to stop repeating.
struct Precision {
  double share;              ///< half-width of the interval wanted / |mean|
  double confidence = 0.95;  ///< of the interval
  std::int64_t floor = 5;    ///< repeats in any case, at least 2
  std::int64_t cap = 1000;   ///< and no more than this
};

/// How many repeats are wanted in all, given the first ones: their number once they are precise
/// enough or the cap is reached; the floor below the floor; else n (half-width / wanted)^2, which
/// takes deviation and t to stay, but n + 1 to 1.5 n rounded up, as the deviation is an estimate. A
/// mean of 0 is never precise enough unless the half-width is 0 too. Throws std::invalid_argument
/// unless share > 0, 0 < confidence < 1 and 2 <= floor <= cap.
///
/// To stop at the first interval that is narrow enough prefers samples that happen to vary little:
/// such an interval holds the true mean somewhat less often than `confidence` says (README.md).
std::int64_t repeats_wanted(std::span<const double> first, const Precision& precision);

}  // namespace longhaul::experiment
