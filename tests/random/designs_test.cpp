#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

#include "random/designs.hpp"

namespace longhaul::random {
namespace {

using Kind = UnitDesign::Kind;
using Function = std::function<double(const std::vector<double>&)>;

constexpr Kind all_kinds[] = {Kind::Random, Kind::LatinHypercube, Kind::Sobol};

/// Of the mean of f over the points against its integral, the mean over 50 seeds.
double mean_square_error(Kind kind, std::int64_t n, int dims, double integral, const Function& f) {
  constexpr int n_seeds = 50;
  double sum_of_squares = 0;
  for (std::uint64_t seed = 1; seed <= n_seeds; ++seed) {
    const UnitDesign design(kind, n, dims, seed);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += f(design.point(i));
    const double error = sum / static_cast<double>(n) - integral;
    sum_of_squares += error * error;
  }
  return sum_of_squares / n_seeds;
}

/// Of [Sobol' and Asotsky, Math. Comput. Simul. 62, 2003]: smooth, and its integral is 1.
double product(const std::vector<double>& x) {
  double f = 1;
  for (const double u : x) f *= 1 + 0.5 * (u - 0.5);
  return f;
}

/// Every dimension by itself; its integral is the number of dimensions times e - 1.
double sum_of_exponentials(const std::vector<double>& x) {
  double f = 0;
  for (const double u : x) f += std::exp(u);
  return f;
}

bool has_one_point_a_slice(const UnitDesign& design) {
  const auto n = design.n();
  std::vector<int> points_in(static_cast<std::size_t>(n * design.dims()));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto x = design.point(i);
    for (std::size_t dim = 0; dim < x.size(); ++dim)
      ++points_in.at(dim * static_cast<std::size_t>(n) +
                     static_cast<std::size_t>(x[dim] * static_cast<double>(n)));
  }
  for (const int count : points_in)
    if (count != 1) return false;
  return true;
}

TEST_CASE("a point depends on its design and its index, not on what was asked before") {
  for (const Kind kind : all_kinds) {
    const UnitDesign design(kind, 100, 3, 7);
    const auto last = design.point(99);
    CHECK(design.point(42) == UnitDesign(kind, 100, 3, 7).point(42));
    CHECK(design.point(99) == last);
    CHECK(design.point(42) != last);
    CHECK(design.point(42) != UnitDesign(kind, 100, 3, 8).point(42));
    const auto wider = UnitDesign(kind, 100, 4, 7).point(42);
    CHECK(std::vector<double>(wider.begin(), wider.begin() + 3) == design.point(42));
    const bool is_kept = UnitDesign(kind, 200, 3, 7).point(42) == design.point(42);
    CHECK(is_kept == (kind != Kind::LatinHypercube));
  }
}

TEST_CASE("designs give the same points on every machine") {
  // Pinned: a change of these is a change of every experiment.
  CHECK(UnitDesign(Kind::Random, 100, 2, 1).point(42)[1] == 0.31445841915409589);
  CHECK(UnitDesign(Kind::LatinHypercube, 100, 2, 1).point(42)[1] == 0.96598102092742921);
  CHECK(UnitDesign(Kind::Sobol, 100, 2, 1).point(42)[1] == 0.096620826466300103);
}

TEST_CASE("coordinates lie inside the unit interval") {
  for (const Kind kind : all_kinds) {
    const UnitDesign design(kind, 4096, 2, 3);
    double lowest = 1;
    double highest = 0;
    for (std::int64_t i = 0; i < design.n(); ++i)
      for (const double x : design.point(i)) {
        lowest = std::min(lowest, x);
        highest = std::max(highest, x);
      }
    CHECK(lowest > 0);
    CHECK(highest < 1);
    CHECK(lowest < 0.002);
    CHECK(highest > 0.998);
  }
  CHECK(UnitDesign(Kind::Random, 1, 1, 1).point(0).size() == 1);
}

TEST_CASE("a Latin hypercube has one point in each slice of each dimension") {
  for (const std::int64_t n : {1, 2, 10, 1000, 99'991})
    CHECK(has_one_point_a_slice(UnitDesign(Kind::LatinHypercube, n, 3, 5)));
  CHECK_FALSE(has_one_point_a_slice(UnitDesign(Kind::Random, 1000, 3, 5)));
}

TEST_CASE("the permutations of a Latin hypercube are even and independent") {
  // Each of the 6 orders of 3 slices in each of 2 dimensions: 1 of 36 designs, 10,000 / 36 = 277.8
  // times of 10,000; chi-square of 35 degrees of freedom, 66.6 in one of 1,000.
  int counts[36] = {};
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    const UnitDesign design(Kind::LatinHypercube, 3, 2, seed);
    int order[2];
    for (std::size_t dim = 0; dim < 2; ++dim) {
      const int first = static_cast<int>(3 * design.point(0)[dim]);
      const int second = static_cast<int>(3 * design.point(1)[dim]);
      order[dim] = 2 * first + (second > first ? second - 1 : second);
    }
    ++counts[6 * order[0] + order[1]];
  }
  double chi_square = 0;
  for (const int count : counts) chi_square += std::pow(count - 10'000 / 36.0, 2) / (10'000 / 36.0);
  CHECK(chi_square < 66.6);
}

TEST_CASE("what a Latin hypercube errs by on a sum of functions falls like n^-1.5") {
  // The middle of a slice of width 1/n is off by a jitter of variance 1/(12 n^2), so a mean over n
  // slices has the variance of f' integrated: 1/(12 n^3) times the integral of e^(2u), (e^2 - 1)/2,
  // in each of 3 dimensions. Random points: Var(e^u) = (e^2 - 1)/2 - (e - 1)^2 = 0.2420, over n.
  const double e = std::exp(1.0);
  const double integral = 3 * (e - 1);
  const auto error = [&](Kind kind, std::int64_t n) {
    return mean_square_error(kind, n, 3, integral, sum_of_exponentials);
  };
  const double slope = (e * e - 1) / 2;
  // 50 squares of normals: a relative deviation of sqrt(2/50) = 0.2, thrice that is allowed.
  for (const std::int64_t n : {100, 1000}) {
    const double cube = std::pow(static_cast<double>(n), 3);
    CHECK(error(Kind::LatinHypercube, n) == doctest::Approx(3 * slope / (12 * cube)).epsilon(0.6));
    CHECK(error(Kind::Random, n) ==
          doctest::Approx(3 * (slope - (e - 1) * (e - 1)) / static_cast<double>(n)).epsilon(0.6));
  }
  const double fall = error(Kind::LatinHypercube, 100) / error(Kind::LatinHypercube, 1000);
  CHECK(std::log10(fall) == doctest::Approx(3).epsilon(0.1));  // of the square: twice 1.5
  CHECK(error(Kind::Random, 1000) / error(Kind::LatinHypercube, 1000) > 1e4);
}

TEST_CASE("Sobol points before the shift are those of Joe and Kuo") {
  // The first eight of new-joe-kuo-6 in the order of Gray codes, as other programs print them.
  const double known[8][3] = {{0, 0, 0},
                              {0.5, 0.5, 0.5},
                              {0.75, 0.25, 0.25},
                              {0.25, 0.75, 0.75},
                              {0.375, 0.375, 0.625},
                              {0.875, 0.875, 0.125},
                              {0.625, 0.125, 0.875},
                              {0.125, 0.625, 0.375}};
  const UnitDesign design(Kind::Sobol, 8, 3, 11);
  const auto bits = [&](std::int64_t i, std::size_t dim) {
    return static_cast<std::uint64_t>(design.point(i)[dim] * 0x1p52);
  };
  // Point 0 is the shift itself, so that it takes the shift out again.
  for (std::int64_t i = 0; i < 8; ++i)
    for (std::size_t dim = 0; dim < 3; ++dim)
      CHECK(static_cast<double>(bits(i, dim) ^ bits(0, dim)) * 0x1p-52 == known[i][dim]);
}

TEST_CASE("the shift keeps the balance of 2^k Sobol points") {
  CHECK(has_one_point_a_slice(UnitDesign(Kind::Sobol, 1, 3, 1)));
  CHECK(has_one_point_a_slice(UnitDesign(Kind::Sobol, 4096, 50, 1)));
  CHECK_FALSE(has_one_point_a_slice(UnitDesign(Kind::Sobol, 4095, 50, 1)));
  // Of 64 points in two dimensions each of 8 x 8 squares holds one: dimensions 1 and 2 are a net.
  const UnitDesign design(Kind::Sobol, 64, 2, 9);
  std::vector<int> points_in(64);
  for (std::int64_t i = 0; i < 64; ++i) {
    const auto x = design.point(i);
    ++points_in[static_cast<std::size_t>(8 * x[0]) * 8 + static_cast<std::size_t>(8 * x[1])];
  }
  for (const int count : points_in) CHECK(count == 1);
}

TEST_CASE("Sobol points integrate a smooth product far better than random ones") {
  // (1 + (u - 0.5)/2) in 5 dimensions: the variance is (1 + 1/48)^5 - 1 = 0.1086.
  const auto error = [](Kind kind, std::int64_t n) {
    return mean_square_error(kind, n, 5, 1, product);
  };
  const double random = error(Kind::Random, 1024);
  const double sobol = error(Kind::Sobol, 1024);
  const double sobol_of_more = error(Kind::Sobol, 8192);
  MESSAGE("mean square errors: random ", random, ", Sobol ", sobol, ", of 8192 ", sobol_of_more);
  CHECK(random == doctest::Approx(0.1086 / 1024).epsilon(0.6));
  CHECK(sobol < random / 300);
  CHECK(sobol_of_more < sobol / 25);  // n^-2 gives 64, n^-1 would give 8
}

TEST_CASE("designs that cannot be are refused with what would be right") {
  CHECK_THROWS_WITH_AS(UnitDesign(Kind::Random, 0, 1, 1), "a design wants a point at least, not 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(UnitDesign(Kind::Random, 1, 0, 1),
                       "a design wants a dimension at least, not 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS(UnitDesign(Kind::Sobol, 1, 3668, 1),
                       "a Sobol design has at most 3667 dimensions, not 3668",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(UnitDesign(Kind::LatinHypercube, 2'147'483'648, 1, 1),
                       "a Latin hypercube has at most 2147483647 points, not 2147483648",
                       std::invalid_argument);
  CHECK(UnitDesign(Kind::Sobol, 2, 3667, 1).point(1).size() == 3667);
}

}  // namespace
}  // namespace longhaul::random
