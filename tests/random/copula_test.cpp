#include "random/copula.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "random/stream.hpp"

namespace longhaul::random {
namespace {

using Columns = std::vector<std::vector<double>>;

/// `n` draws of each input.
Columns draws(const GaussianCopula& copula, std::size_t n_inputs, std::size_t n) {
  Columns columns(n_inputs, std::vector<double>(n));
  Stream stream(5, "copula");
  std::vector<double> one(n_inputs);
  for (std::size_t i = 0; i < n; ++i) {
    for (auto& u : one) u = stream.uniform();
    copula.tie(one);
    for (std::size_t j = 0; j < n_inputs; ++j) columns[j][i] = one[j];
  }
  return columns;
}

/// Spearman's, of uniforms: their own correlation, 12 mean((x - 1/2)(y - 1/2)).
double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - 0.5) * (y[i] - 0.5);
  return 12 * sum / static_cast<double>(x.size());
}

TEST_CASE("a copula gives the rank correlations it is asked for and leaves uniforms uniform") {
  // Sevilla+ 2024: growth of data centres and of GPU production, a run's duration, growth of GPU
  // performance; and an input without any.
  const std::array<RankCorrelation, 4> wanted{
      {{0, 1, 0.5}, {0, 2, 0.5}, {2, 1, 0.5}, {2, 3, -0.7}}};
  const GaussianCopula copula(5, wanted);
  constexpr std::size_t n = 100'000;
  const auto columns = draws(copula, 5, n);
  const auto expected = [&](std::size_t i, std::size_t j) {
    for (const auto& c : wanted)
      if (std::minmax(c.first, c.second) == std::minmax(i, j)) return c.rho;
    return 0.0;
  };
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = i + 1; j < 5; ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(std::abs(rank_correlation(columns[i], columns[j]) - expected(i, j)) < 0.015);
    }
  for (const auto& column : columns) {
    double mean = 0;
    int n_low = 0;
    for (const double u : column) {
      mean += u / n;
      n_low += u < 0.1 ? 1 : 0;
    }
    CHECK(mean == doctest::Approx(0.5).epsilon(0.01));
    CHECK(n_low == doctest::Approx(0.1 * n).epsilon(0.04));
  }
}

TEST_CASE("an input without correlations keeps its values to the bit") {
  const std::array<RankCorrelation, 1> one{{{0, 2, 0.9}}};
  const GaussianCopula copula(3, one);
  std::vector<double> values{0.25, 0.125, 0.75};
  copula.tie(values);
  CHECK(values[0] == doctest::Approx(0.25).epsilon(1e-12));  // the first is where it was
  CHECK(values[1] == 0.125);
  // Pearson 2 sin(0.15 pi) = 0.907981; z0 = -0.674490, z2 = 0.674490:
  // 0.907981 * -0.674490 + sqrt(1 - 0.824429) * 0.674490 = -0.329803, and Phi = 0.370774.
  CHECK(values[2] == doctest::Approx(0.370774).epsilon(1e-5));
}

TEST_CASE("extreme values stay inside, and no correlations change nothing") {
  const std::array<RankCorrelation, 1> one{{{0, 1, 0.99}}};
  const GaussianCopula copula(2, one);
  for (const double u : {0.0, 0x1p-60, 1 - 0x1p-53}) {
    std::vector<double> values{u, u};
    copula.tie(values);
    for (const double x : values) {
      CHECK(x > 0);
      CHECK(x < 1);
    }
  }
  std::vector<double> values{0.3};
  GaussianCopula(1, {}).tie(values);
  CHECK(values[0] == 0.3);
}

TEST_CASE("correlations that cannot be are refused with what would be right") {
  const auto refuse = [](std::vector<RankCorrelation> correlations, const char* what) {
    CHECK_THROWS_WITH_AS(GaussianCopula(3, correlations), what, std::invalid_argument);
  };
  // Of three inputs, each as good as the opposite of both others.
  refuse({{0, 1, -0.9}, {1, 2, -0.9}, {0, 2, -0.9}},
         "these correlations contradict each other: no inputs can have them all (the matrix is not "
         "positive definite); take some nearer to 0");
  refuse({{0, 1, 1.0}}, "a rank correlation lies between -1 and 1, without the ends");
  refuse({{0, 1, std::nan("")}}, "a rank correlation lies between -1 and 1, without the ends");
  refuse({{1, 1, 0.5}}, "a correlation wants two different inputs");
  refuse({{0, 1, 0.5}, {1, 0, 0.2}}, "two inputs have one correlation; take the other out");
  refuse({{0, 3, 0.5}}, "a correlation is of two of the inputs");
  // -0.45 is possible: Pearson -0.4669 > -1/2.
  CHECK_NOTHROW(
      GaussianCopula(3, std::vector<RankCorrelation>{{0, 1, -0.45}, {1, 2, -0.45}, {0, 2, -0.45}}));
}

}  // namespace
}  // namespace longhaul::random
