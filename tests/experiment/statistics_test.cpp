#include "experiment/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "random/distribution.hpp"
#include "random/stream.hpp"

namespace longhaul::experiment {
namespace {

using doctest::Approx;
using Values = std::vector<double>;

TEST_CASE("a summary of 1 to 5 comes out by hand") {
  const auto s = statistics(Values{4, 1, 5, 2, 3});
  CHECK(s.n == 5);
  CHECK(s.mean == 3);
  CHECK(s.standard_deviation == Approx(std::sqrt(10.0 / 4)));  // 4 + 1 + 0 + 1 + 4 over n - 1
  CHECK(s.minimum == 1);
  CHECK(s.maximum == 5);
  // t of 4 degrees of freedom at 0.975 is 2.776 in the tables: 2.776 * 1.5811 / sqrt(5) = 1.963
  REQUIRE(s.interval);
  CHECK(s.half_width() == Approx(1.963).epsilon(3e-4));
  CHECK(s.interval->low == Approx(3 - 1.963).epsilon(1e-3));
  CHECK(s.interval->high == Approx(3 + 1.963).epsilon(1e-3));
  // at 0.95, of both sides 90 %: 2.132 * 0.70711 = 1.5075
  CHECK(statistics(Values{4, 1, 5, 2, 3}, 0.9).half_width() == Approx(1.5075).epsilon(3e-4));
}

TEST_CASE("a mean far from 0 loses no digits of the deviation") {
  CHECK(statistics(Values{1e9 + 1, 1e9 + 2, 1e9 + 3}).standard_deviation == Approx(1));
}

TEST_CASE("equal values have a deviation of exactly 0") {
  const auto s = statistics(Values(7, 0.1));
  CHECK(s.mean == 0.1);
  CHECK(s.standard_deviation == 0);
  CHECK(s.half_width() == 0);
}

TEST_CASE("fewer than two values have no interval") {
  const auto one = statistics(Values{7});
  CHECK(one.n == 1);
  CHECK(one.mean == 7);
  CHECK(one.minimum == 7);
  CHECK(one.maximum == 7);
  CHECK(std::isnan(one.standard_deviation));
  CHECK_FALSE(one.interval);
  CHECK(std::isnan(one.half_width()));
  const auto none = statistics(Values{});
  CHECK(none.n == 0);
  CHECK(std::isnan(none.mean));
  CHECK(std::isnan(none.minimum));
  CHECK_FALSE(none.interval);
}

TEST_CASE("percentiles lie on the line between order statistics") {
  // Positions (n - 1) share of 10, 20, 30, 40: 0, 0.75, 1.5, 2.7, 3.
  const auto p = percentiles(Values{40, 10, 30, 20}, Values{0, 0.25, 0.5, 0.9, 1});
  const Values by_hand{10, 17.5, 25, 37, 40};
  REQUIRE(p.size() == by_hand.size());
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(p[i] == Approx(by_hand[i]));
  CHECK(percentiles(Values{3}, Values{0.3}) == Values{3});
  CHECK(std::isnan(percentiles(Values{}, Values{0.5})[0]));
  CHECK_THROWS_AS(percentiles(Values{1}, Values{50}), std::invalid_argument);
  CHECK_THROWS_AS(percentiles(Values{1}, Values{-0.1}), std::invalid_argument);
}

TEST_CASE("intervals of 95 % hold the mean in 95 of 100 samples of normals") {
  const random::Distribution normal(random::Distribution::Kind::Normal, {10, 3});
  random::Stream stream(1, "coverage");
  constexpr int n_samples = 2000;  // one deviation of the share: sqrt(0.95 0.05 / 2000) = 0.0049
  int n_held = 0;
  for (int k = 0; k < n_samples; ++k) {
    Values sample(20);
    for (double& x : sample) x = normal.draw(stream);
    const auto interval = statistics(sample).interval;
    n_held += interval->low <= 10 && 10 <= interval->high ? 1 : 0;
  }
  CHECK(std::abs(n_held / static_cast<double>(n_samples) - 0.95) <= 0.015);
}

TEST_CASE("repeats go on until the interval is narrow enough") {
  // 1..5: half-width 1.963 (above), mean 3: a share of 0.6544.
  const Values sample{1, 2, 3, 4, 5};
  CHECK(repeats_wanted(sample, {.share = 0.66}) == 5);
  CHECK(repeats_wanted(sample, {.share = 0.65}) == 6);  // 5 (0.6544/0.65)^2 = 5.07
  CHECK(repeats_wanted(sample, {.share = 0.58}) == 7);  // 5 (0.6544/0.58)^2 = 6.37
  CHECK(repeats_wanted(sample, {.share = 0.10}) == 8);  // 214, but not more than 1.5 n = 7.5
  CHECK(repeats_wanted(sample, {.share = 0.10, .cap = 7}) == 7);
  CHECK(repeats_wanted(sample, {.share = 0.10, .cap = 5}) == 5);
  CHECK(repeats_wanted(sample, {.share = 0.66, .floor = 10}) == 10);
  CHECK(repeats_wanted(sample, {.share = 0.66, .confidence = 0.99}) == 8);  // 4.604 / sqrt 2 = 3.26
  CHECK(repeats_wanted(Values{}, {.share = 0.1}) == 5);
  CHECK(repeats_wanted(Values{3}, {.share = 0.1, .floor = 2}) == 2);
  CHECK(repeats_wanted(Values{-1, -2, -3, -4, -5}, {.share = 0.66}) == 5);
}

TEST_CASE("a mean of 0 is precise enough only without any deviation") {
  CHECK(repeats_wanted(Values{-2, -1, 0, 1, 2}, {.share = 1e9}) == 8);
  CHECK(repeats_wanted(Values{0, 0, 0, 0, 0}, {.share = 0.01}) == 5);
}

TEST_CASE("repeats that stop themselves reach the precision and cover a little less") {
  // A half-width of 1 at a deviation of 2: n = (2 t)^2, which 17.8 and t = 2.11 of 16.8 degrees
  // meet.
  const random::Distribution normal(random::Distribution::Kind::Normal, {10, 2});
  const Precision precision{.share = 0.1};
  random::Stream stream(1, "stopping");
  constexpr int n_samples = 10'000;  // one deviation of the share: 0.0022
  int n_held = 0;
  double n_repeats = 0;
  for (int k = 0; k < n_samples; ++k) {
    Values sample;
    for (std::int64_t wanted = repeats_wanted(sample, precision);
         wanted > static_cast<std::int64_t>(sample.size());
         wanted = repeats_wanted(sample, precision))
      while (static_cast<std::int64_t>(sample.size()) < wanted)
        sample.push_back(normal.draw(stream));
    const auto s = statistics(sample);
    CHECK(s.half_width() <= 0.1 * s.mean);
    n_held += s.interval->low <= 10 && 10 <= s.interval->high ? 1 : 0;
    n_repeats += static_cast<double>(s.n) / n_samples;
  }
  const double coverage = n_held / static_cast<double>(n_samples);
  MESSAGE("coverage ", coverage, " with ", n_repeats, " repeats");
  CHECK(n_repeats == Approx(17.8).epsilon(0.1));
  CHECK(coverage > 0.91);
  CHECK(coverage < 0.94);
}

TEST_CASE("rules that cannot be are refused with what would be right") {
  const Values sample{1, 2, 3};
  CHECK_THROWS_WITH_AS(statistics(sample, 95),
                       "a confidence lies between 0 and 1, as 0.95 does, unlike 95",
                       std::invalid_argument);
  CHECK_THROWS_AS(statistics(sample, 0), std::invalid_argument);
  CHECK_THROWS_AS(statistics(sample, std::numeric_limits<double>::quiet_NaN()),
                  std::invalid_argument);
  CHECK_THROWS_WITH_AS(repeats_wanted(sample, {.share = 0}),
                       "a precision is a positive share of the mean, unlike 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(repeats_wanted(sample, {.share = 0.1, .floor = 1}),
                       "repeats want a floor of at least 2 and a cap of no less, not 1 and 1000",
                       std::invalid_argument);
  CHECK_THROWS_AS(repeats_wanted(sample, {.share = 0.1, .floor = 9, .cap = 8}),
                  std::invalid_argument);
}

}  // namespace
}  // namespace longhaul::experiment
