#include "random/metalog.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "random/distribution.hpp"
#include "random/stream.hpp"

namespace longhaul::random {
namespace {

using Kind = Distribution::Kind;

// Inputs of Sevilla+ 2024: a run's duration [s], the share of GPUs for it, the growth of their
// performance.
const Distribution duration(Kind::Metalog, {5.18e6, 1.56e7, 2.33e7});
const Distribution share(Kind::MetalogShare, {0.16, 0.26, 0.40});
const Distribution growth(Kind::MetalogGrowth, {1.31, 1.44, 1.59});

TEST_CASE("a metalog goes through the percentiles it is given") {
  for (const auto& d : {duration, share, growth}) {
    INFO(Distribution::shape(d.kind()).name);
    CHECK(d.quantile(0.1) == doctest::Approx(d.parameters()[0]).epsilon(1e-12));
    CHECK(d.quantile(0.5) == doctest::Approx(d.parameters()[1]).epsilon(1e-12));
    CHECK(d.quantile(0.9) == doctest::Approx(d.parameters()[2]).epsilon(1e-12));
  }
}

TEST_CASE("a metalog between its percentiles is as worked out by hand") {
  // z10 = ln 1 = 0, z50 = ln 2 = 0.693147, z90 = ln 8 = 2.079442, so r = 1/3; at u = 0.75 logit =
  // ln 3 and ln 3/ln 9 = 1/2: z = 0.693147 + 2.079442/2/2 + 2.079442/3/0.8/4/2
  // = 0.693147 + 0.519860 + 0.108304 = 1.321312, e^z = 3.748335.
  CHECK(Distribution(Kind::Metalog, {1, 2, 8}).quantile(0.75) ==
        doctest::Approx(3.748335).epsilon(1e-6));
  // Even about the median: a logistic of z. At u = 0.75 the logit of {0.2, 0.5, 0.8} is ln 4/2 and
  // the share 2/3; of growth {1.1, 1.2, 1.4} it is ln 0.2 + ln 2/2, and the growth 1.2828427.
  CHECK(Distribution(Kind::MetalogShare, {0.2, 0.5, 0.8}).quantile(0.75) ==
        doctest::Approx(2.0 / 3).epsilon(1e-12));
  CHECK(Distribution(Kind::MetalogGrowth, {1.1, 1.2, 1.4}).quantile(0.75) ==
        doctest::Approx(1 + 0.2 * std::sqrt(2.0)).epsilon(1e-12));
}

TEST_CASE("a metalog rises from its lowest to its highest, and its mean is that of its quantiles") {
  for (const auto& d : {duration, share, growth}) {
    INFO(Distribution::shape(d.kind()).name);
    constexpr int n = 1'000'000;
    double sum = 0;
    double last = d.lowest();
    bool is_rising = true;
    for (int i = 0; i < n; ++i) {
      const double x = d.quantile((i + 0.5) / n);
      is_rising = is_rising && x >= last;
      last = x;
      sum += x;
    }
    CHECK(is_rising);
    CHECK(last <= d.highest());
    CHECK(d.mean() == doctest::Approx(sum / n).epsilon(2e-4));  // tails weigh about n^-(1-0.3)
  }
}

TEST_CASE("the mean of a metalog that is even about its median is the log-logistic's") {
  // Scale s = ln(p90/p10)/(2 ln 9), mean median pi s/sin(pi s): s = 1/4, and 10 pi/4/sin(pi/4).
  const double half = std::pow(9.0, 0.25);
  const Distribution even(Kind::Metalog, {10 / half, 10, 10 * half});
  CHECK(even.mean() == doctest::Approx(10 * (M_PI / 4) / std::sin(M_PI / 4)).epsilon(1e-8));
  const double wide = std::pow(9.0, 1.5);  // s = 1.5: the tail goes as (1 - u)^-1.5
  CHECK(Distribution(Kind::Metalog, {10 / wide, 10, 10 * wide}).mean() ==
        std::numeric_limits<double>::infinity());
}

TEST_CASE("draws of a metalog are finite and lie within its bounds") {
  const Distribution tokens_per_image(Kind::Metalog, {2, 22, 290});
  for (const auto& d : {duration, share, growth, tokens_per_image}) {
    INFO(Distribution::shape(d.kind()).name);
    for (const double u : {0.0, 0x1p-60, 0.5, 1 - 0x1p-53}) {
      CHECK(std::isfinite(d.quantile(u)));
      CHECK(d.quantile(u) >= d.lowest());
      CHECK(d.quantile(u) <= d.highest());
    }
    Stream stream(3, "metalog");
    int n_below = 0;
    for (int i = 0; i < 10'000; ++i) n_below += d.draw(stream) < d.parameters()[0] ? 1 : 0;
    CHECK(std::abs(n_below - 1000) < 120);  // four deviations of a binomial, 30 each
  }
}

TEST_CASE("percentiles that no metalog has are refused with what would be right") {
  CHECK_THROWS_WITH_AS(Distribution(Kind::Metalog, {1, 2}),
                       "metalog takes 3 values (10th, 50th and 90th percentile, above 0)",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Distribution(Kind::Metalog, {2, 1, 3}),
                       "metalog wants its 10th, 50th and 90th percentile in rising order",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Distribution(Kind::Metalog, {0, 1, 3}), "metalog wants percentiles above 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Distribution(Kind::MetalogShare, {0.1, 0.2, 1}),
                       "metalog_share wants percentiles between 0 and 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Distribution(Kind::MetalogGrowth, {0.9, 1.2, 1.3}),
                       "metalog_growth wants percentiles above 1", std::invalid_argument);
  // r from 0.166577 to 0.833423: 1000^0.166577 = 3.161 and 1000^0.833423 = 316.4.
  CHECK_THROWS_WITH_AS(Distribution(Kind::Metalog, {1, 3.1, 1000}),
                       "no metalog has these percentiles; between the same ends the median may be "
                       "3.16 to 316.4",
                       std::invalid_argument);
  CHECK_NOTHROW(Distribution(Kind::Metalog, {1, 3.17, 1000}));
  CHECK_THROWS_AS(Distribution(Kind::Metalog, {1, 317, 1000}), std::invalid_argument);
  CHECK_NOTHROW(Distribution(Kind::Metalog, {1, 316, 1000}));
}

TEST_CASE("a metalog at the edge of what is possible still rises, and beyond it does not") {
  // The slope of z is least where logit(u) = 2.3994, u = 0.91678 or 0.08322.
  const auto falls = [](double r) {
    const double k = std::log(9.0);
    const auto z = [&](double u) {
      const double logit = std::log(u / (1 - u));
      return logit / (2 * k) + (1 - 2 * r) / (0.8 * k) * (u - 0.5) * logit;
    };
    return z(0.9168) < z(0.9167) || z(0.0833) < z(0.0832);
  };
  CHECK_FALSE(falls(0.1666));
  CHECK(falls(0.1664));
  CHECK_FALSE(falls(0.8334));
  CHECK(falls(0.8336));
}

}  // namespace
}  // namespace longhaul::random
