#include "experiment/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace longhaul::experiment {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void check(const Precision& precision) {
  check_confidence(precision.confidence);
  if (!(precision.share > 0))
    throw std::invalid_argument(
        fmt::format("a precision is a positive share of the mean, unlike {}", precision.share));
  if (precision.floor < 2 || precision.cap < precision.floor)
    throw std::invalid_argument(
        fmt::format("repeats want a floor of at least 2 and a cap of no less, not {} and {}",
                    precision.floor, precision.cap));
}

/// How many standard errors the interval of a mean of n >= 2 values reaches to each side.
double students_t(std::int64_t n, double confidence) {
  const boost::math::students_t distribution(static_cast<double>(n - 1));
  return boost::math::quantile(boost::math::complement(distribution, (1 - confidence) / 2));
}

}  // namespace

void check_confidence(double confidence) {
  if (!(0 < confidence && confidence < 1))
    throw std::invalid_argument(
        fmt::format("a confidence lies between 0 and 1, as 0.95 does, unlike {}", confidence));
}

double Statistics::half_width() const {
  return interval ? (interval->high - interval->low) / 2 : nan;
}

Statistics statistics(std::span<const double> sample, double confidence) {
  check_confidence(confidence);
  const auto n = static_cast<std::int64_t>(sample.size());
  if (n == 0) return {n, nan, nan, nan, nan, std::nullopt};
  const auto [least, greatest] = std::minmax_element(sample.begin(), sample.end());
  // Rounding of a sum could put the mean of equal values beside them.
  const double mean =
      std::clamp(std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(n),
                 *least, *greatest);
  Statistics summary{n, mean, nan, *least, *greatest, std::nullopt};
  if (n < 2) return summary;
  double squares = 0;
  for (const double x : sample) squares += (x - mean) * (x - mean);
  summary.standard_deviation = std::sqrt(squares / static_cast<double>(n - 1));
  const double half =
      students_t(n, confidence) * summary.standard_deviation / std::sqrt(static_cast<double>(n));
  summary.interval = Interval{mean - half, mean + half};
  return summary;
}

std::vector<double> percentiles(std::span<const double> sample, std::span<const double> shares) {
  std::vector<double> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> values;
  for (const double share : shares) {
    if (!(0 <= share && share <= 1))
      throw std::invalid_argument(fmt::format(
          "a percentile is a share of 0 to 1, as 0.5 for the median, unlike {}", share));
    if (sorted.empty()) {
      values.push_back(nan);
      continue;
    }
    const double position = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto above = std::min(below + 1, sorted.size() - 1);
    values.push_back(
        std::lerp(sorted[below], sorted[above], position - static_cast<double>(below)));
  }
  return values;
}

std::int64_t repeats_wanted(std::span<const double> first, const Precision& precision) {
  check(precision);
  const auto n = static_cast<std::int64_t>(first.size());
  if (n >= precision.cap) return n;
  if (n < precision.floor) return precision.floor;
  const auto summary = statistics(first, precision.confidence);
  const double half = summary.half_width();
  const double wanted = precision.share * std::abs(summary.mean);
  if (half <= wanted) return n;
  const double most = std::ceil(1.5 * static_cast<double>(n));
  const double ratio = half / wanted;  // infinite for a mean of 0
  const double estimate = std::ceil(std::min(most, static_cast<double>(n) * ratio * ratio));
  return std::clamp(static_cast<std::int64_t>(estimate), n + 1, precision.cap);
}

}  // namespace longhaul::experiment
