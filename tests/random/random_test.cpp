#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "random/distribution.hpp"
#include "random/gamma.hpp"
#include "random/stream.hpp"

namespace longhaul::random {
namespace {

using Kind = Distribution::Kind;

TEST_CASE("a stream depends on its root seed and its name alone") {
  Stream a(1, "failures/gpu");
  Stream same(1, "failures/gpu");
  Stream other_name(1, "failures/gpv");
  Stream other_seed(2, "failures/gpu");
  const double first = a.uniform();
  CHECK(first == same.uniform());
  CHECK(first != other_name.uniform());
  CHECK(first != other_seed.uniform());
}

TEST_CASE("streams give the same numbers on every machine") {
  // Pinned: a change of these is a change of every seeded result.
  CHECK(stream_seed(1, "failures") == 655811492714428630ULL);
  Stream stream(1, "pinned");
  CHECK(stream.uniform() == doctest::Approx(0.23767262885212775).epsilon(1e-15));
}

TEST_CASE("means of draws approach the means of their distributions") {
  struct Case {
    Distribution distribution;
    double mean;
  };
  const Case cases[] = {
      {Distribution(3.0), 3.0},
      {Distribution(Kind::Uniform, {1, 5}), 3.0},
      {Distribution(Kind::LogUniform, {1, std::exp(1.0)}), std::exp(1.0) - 1},  // (e-1)/ln e
      {Distribution(Kind::Triangular, {0, 3, 9}), 4.0},
      {Distribution(Kind::Normal, {4, 1}), 4.0},
      {Distribution(Kind::Lognormal, {2, 0.5}), 2 * std::exp(0.125)},
      {Distribution(Kind::Exponential, {8}), 8.0},
      {Distribution(Kind::Weibull, {2, 1}), 2.0},  // shape 1 is exponential
      {Distribution(Kind::Choice, {1, 2, 6}), 3.0},
  };
  constexpr int n = 200'000;
  for (const auto& c : cases) {
    Stream stream(7, "means");
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += c.distribution.draw(stream);
    INFO(Distribution::shape(c.distribution.kind()).name);
    CHECK(c.distribution.mean() == doctest::Approx(c.mean).epsilon(1e-12));
    CHECK(sum / n == doctest::Approx(c.mean).epsilon(0.01));  // 4 standard errors of the widest
  }
}

TEST_CASE("draws of a gamma have its mean and variance") {
  Stream stream(1, "gamma");
  const int n = 100'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = gamma(stream, 4, 0.5);
    sum += x;
    squares += x * x;
  }
  // 4 x 0.5 and 4 x 0.25; their deviations are 0.3 % and 0.6 %.
  CHECK(sum / n == doctest::Approx(2).epsilon(0.01));
  CHECK(squares / n - sum / n * sum / n == doctest::Approx(1).epsilon(0.025));
}

TEST_CASE("quantiles are the values that their share of draws lies below") {
  struct Case {
    Distribution distribution;
    double u;
    double value;
  };
  const Case cases[] = {
      {Distribution(3.0), 0.5, 3},
      {Distribution(Kind::Uniform, {1, 5}), 0.25, 2},                         // 1 + 4/4
      {Distribution(Kind::LogUniform, {1, 100}), 0.5, 10},                    // sqrt(1 * 100)
      {Distribution(Kind::Triangular, {0, 3, 9}), 1.0 / 12, 1.5},             // x^2/(9 * 3) = 1/12
      {Distribution(Kind::Triangular, {0, 3, 9}), 0.5, 9 - std::sqrt(27.0)},  // (9-x)^2/(9 * 6)
      {Distribution(Kind::Triangular, {0, 0, 4}), 0.75, 2},                   // (4-x)^2/16 = 1/4
      {Distribution(Kind::Normal, {4, 2}), 0.5, 4},
      {Distribution(Kind::Normal, {4, 2}), 0.975, 4 + 2 * 1.959963984540054},
      {Distribution(Kind::Normal, {4, 0}), 0.1, 4},
      {Distribution(Kind::Lognormal, {2, 0.5}), 0.5, 2},
      {Distribution(Kind::Lognormal, {2, 0.5}), 0.025, 2 * std::exp(-0.5 * 1.959963984540054)},
      {Distribution(Kind::Exponential, {8}), 0.5, 8 * std::log(2.0)},
      {Distribution(Kind::Weibull, {2, 2}), 0.5, 2 * std::sqrt(std::log(2.0))},
      {Distribution(Kind::Choice, {1, 2, 6}), 0.5, 2},  // floor(1.5) = 1
      {Distribution(Kind::Choice, {1, 2, 6}), 1 - 0x1p-53, 6},
  };
  for (const auto& c : cases) {
    INFO(Distribution::shape(c.distribution.kind()).name);
    CHECK(c.distribution.quantile(c.u) == doctest::Approx(c.value).epsilon(1e-12));
  }
}

TEST_CASE("quantiles over all shares have the mean of their distribution") {
  const Distribution all[] = {
      Distribution(3.0),
      Distribution(Kind::Uniform, {1, 5}),
      Distribution(Kind::LogUniform, {1, 100}),
      Distribution(Kind::Triangular, {0, 3, 9}),
      Distribution(Kind::Normal, {4, 1}),
      Distribution(Kind::Lognormal, {2, 0.5}),
      Distribution(Kind::Exponential, {8}),
      Distribution(Kind::Weibull, {2, 1.5}),
      Distribution(Kind::Choice, {1, 2, 6}),
  };
  constexpr int n = 300'000;
  for (const auto& distribution : all) {
    INFO(Distribution::shape(distribution.kind()).name);
    double sum = 0;
    double last = distribution.lowest();
    bool is_rising = true;
    for (int i = 0; i < n; ++i) {
      const double x = distribution.quantile((i + 0.5) / n);
      is_rising = is_rising && x >= last;
      last = x;
      sum += x;
    }
    CHECK(is_rising);
    CHECK(sum / n == doctest::Approx(distribution.mean()).epsilon(1e-5));  // tails: about 1/n
  }
}

TEST_CASE("quantiles of the extreme shares are finite and can be drawn") {
  const Distribution all[] = {
      Distribution(Kind::Uniform, {0.1, 0.3}),         Distribution(Kind::LogUniform, {0.1, 0.3}),
      Distribution(Kind::Triangular, {0.1, 0.2, 0.3}), Distribution(Kind::Normal, {4, 1}),
      Distribution(Kind::Lognormal, {2, 0.5}),         Distribution(Kind::Exponential, {8}),
      Distribution(Kind::Weibull, {2, 0.5}),           Distribution(Kind::Choice, {1, 2, 6}),
  };
  for (const auto& distribution : all)
    for (const double u : {0.0, 0x1p-60, 1 - 0x1p-53}) {
      INFO(Distribution::shape(distribution.kind()).name);
      const double x = distribution.quantile(u);
      CHECK(std::isfinite(x));
      CHECK(x >= distribution.lowest());
      CHECK(x <= distribution.highest());
    }
  CHECK(Distribution(Kind::Normal, {4, 1}).quantile(0) ==
        doctest::Approx(4 - 8.2095).epsilon(1e-4));
  CHECK(Distribution(Kind::Exponential, {8}).quantile(0) == std::numeric_limits<double>::min());
}

TEST_CASE("impossible parameters are refused with what would be right") {
  CHECK_THROWS_WITH_AS(Distribution(Kind::Uniform, {5, 1}), "uniform wants its lowest value first",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Distribution(Kind::Uniform, {5}), "uniform takes 2 values (lowest, highest)",
                       std::invalid_argument);
  CHECK_THROWS_AS(Distribution(Kind::Exponential, {0}), std::invalid_argument);
  CHECK_THROWS_AS(Distribution(Kind::Choice, {}), std::invalid_argument);
}

TEST_CASE("what a distribution can draw lies between its lowest and its highest") {
  const std::vector<Distribution> all{
      Distribution(3),
      {Kind::Uniform, {1, 2}},
      {Kind::LogUniform, {1, 100}},
      {Kind::Triangular, {1, 2, 5}},
      {Kind::Normal, {1, 2}},
      {Kind::Normal, {1, 0}},
      {Kind::Lognormal, {2, 1}},
      {Kind::Exponential, {2}},
      {Kind::Weibull, {2, 0.5}},
      {Kind::Choice, {4, -1, 2}},
  };
  Stream stream(1, "bounds");
  for (const auto& distribution : all) {
    CAPTURE(Distribution::shape(distribution.kind()).name);
    for (int i = 0; i < 1000; ++i) {
      const double x = distribution.draw(stream);
      CHECK(x >= distribution.lowest());
      CHECK(x <= distribution.highest());
    }
  }
  CHECK(all[1].highest() == 2);
  CHECK(all[3].highest() == 5);
  CHECK(all[9].lowest() == -1);
  CHECK(all[9].highest() == 4);
}

}  // namespace
}  // namespace longhaul::random
