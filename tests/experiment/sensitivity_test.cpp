#include "experiment/sensitivity.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace longhaul::experiment {
namespace {

using doctest::Approx;
using random::UnitDesign;
using Kind = UnitDesign::Kind;
using Values = std::vector<double>;
using Function = std::function<double(const Values&)>;
using Block = SaltelliDesign::Block;
using Side = OneAtATime::Side;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = std::numbers::pi;

Values outputs(const SaltelliDesign& design, const Function& f) {
  Values all;
  for (std::int64_t r = 0; r < design.n_rows(); ++r) all.push_back(f(design.point(r)));
  return all;
}

VarianceShares indices(Kind kind, std::int64_t n, int n_inputs, const Function& f,
                       std::uint64_t seed = 1, const Bootstrap& bootstrap = {.n_resamples = 100}) {
  const SaltelliDesign design(UnitDesign(kind, n, 2 * n_inputs, seed));
  return sobol_indices(outputs(design, f), n_inputs, bootstrap);
}

bool holds(const Interval& interval, double x) { return interval.low <= x && x <= interval.high; }

/// [Ishigami+Homma, ISUMA'90] with a = 7, b = 0.1, x uniform in [-pi, pi]^3:
///   f = sin x1 + a sin^2 x2 + b x3^4 sin x1
double ishigami(const Values& u) {
  const auto x = [&](std::size_t j) { return pi * (2 * u[j] - 1); };
  return std::sin(x(0)) * (1 + 0.1 * std::pow(x(2), 4)) + 7 * std::pow(std::sin(x(1)), 2);
}

/// Its indices. E sin^2 = 1/2; sin^2 has the variance 1/8; E x^4 = pi^4/5, E x^8 = pi^8/9. So
///   V1 = Var((1 + b pi^4/5) sin x1) = (1 + b pi^4/5)^2 / 2
///   V2 = a^2/8, V3 = 0 as E sin x1 = 0
///   V13 = b^2 Var(x3^4) E sin^2 x1 = b^2 (pi^8/9 - pi^8/25) / 2 = 8 b^2 pi^8 / 225
/// and V is their sum; x1 and x3 have V13 in their totals.
struct Ishigami {
  double v1 = std::pow(1 + 0.1 * std::pow(pi, 4) / 5, 2) / 2;
  double v2 = 49.0 / 8;
  double v13 = 8 * 0.01 * std::pow(pi, 8) / 225;
  double v = v1 + v2 + v13;
  Values first{v1 / v, v2 / v, 0};
  Values total{(v1 + v13) / v, v2 / v, v13 / v};
};

/// Sobol's g-function: the product of (|4 x_j - 2| + a_j)/(1 + a_j). |4 x - 2| is uniform in 0..2:
/// mean 1, variance 1/3. So V_j = 1/(3 (1 + a_j)^2), V = product of (1 + V_k) less 1, and of what
/// x_j takes part in V_j times the product of the other (1 + V_k).
const Values g_parameters{0, 1, 4.5, 9, 99};

double g_function(const Values& u) {
  double f = 1;
  for (std::size_t j = 0; j < u.size(); ++j)
    f *= (std::abs(4 * u[j] - 2) + g_parameters[j]) / (1 + g_parameters[j]);
  return f;
}

TEST_CASE("rows of a Saltelli design go by base sample: A, B, then each input exchanged") {
  const UnitDesign samples(Kind::Sobol, 5, 6, 3);
  const SaltelliDesign design(samples);
  CHECK(design.n_inputs() == 3);
  CHECK(design.n_rows() == 25);  // 5 (3 + 2)
  CHECK(design.row(0) == SaltelliDesign::Row{0, Block::A, -1});
  CHECK(design.row(4) == SaltelliDesign::Row{0, Block::Exchanged, 2});
  CHECK(design.row(6) == SaltelliDesign::Row{1, Block::B, -1});
  CHECK(design.row(22) == SaltelliDesign::Row{4, Block::Exchanged, 0});
  const auto x = samples.point(4);
  CHECK(design.point(20) == Values{x[0], x[1], x[2]});
  CHECK(design.point(21) == Values{x[3], x[4], x[5]});
  CHECK(design.point(22) == Values{x[3], x[1], x[2]});
  CHECK(design.point(23) == Values{x[0], x[4], x[2]});
  CHECK(design.point(24) == Values{x[0], x[1], x[5]});
  CHECK_THROWS_WITH_AS(SaltelliDesign(UnitDesign(Kind::Random, 5, 3, 1)),
                       "a Saltelli design wants twice as many dimensions as inputs, not 3",
                       std::invalid_argument);
}

TEST_CASE("indices of two base samples come out by hand") {
  // One input, so that A_B is B: f(A) = 1, 3 and f(B) = 2, 6, with mean 3 and V = (4 + 0 + 1 +
  // 9)/4. First order: ((2 - 3)(2 - 1) + (6 - 3)(6 - 3))/2 = 4; total: (1 + 9)/2 / 2 = 2.5.
  const auto shares = sobol_indices(Values{1, 2, 2, 3, 6, 6}, 1);
  CHECK(shares.n_used == 2);
  CHECK(shares.mean == 3);
  CHECK(shares.variance == Approx(14.0 / 3));  // over n - 1
  REQUIRE(shares.inputs.size() == 1);
  CHECK(shares.inputs[0].first_order == Approx(4 / 3.5));
  CHECK(shares.inputs[0].total_order == Approx(2.5 / 3.5));
}

TEST_CASE("indices of the Ishigami function are those of its closed form") {
  const Ishigami exact;
  CHECK(exact.first[0] == Approx(0.3139).epsilon(1e-3));
  CHECK(exact.first[1] == Approx(0.4424).epsilon(1e-3));
  CHECK(exact.total[0] == Approx(0.5576).epsilon(1e-3));
  CHECK(exact.total[2] == Approx(0.2437).epsilon(1e-3));
  struct Case {
    Kind kind;
    double within;
  };
  for (const auto& c :
       {Case{Kind::Sobol, 0.02}, Case{Kind::LatinHypercube, 0.05}, Case{Kind::Random, 0.05}}) {
    const auto shares = indices(c.kind, 1 << 14, 3, ishigami);
    CHECK(shares.n_used == 1 << 14);
    CHECK(shares.mean == Approx(3.5).epsilon(0.02));  // a/2
    CHECK(shares.variance == Approx(exact.v).epsilon(0.03));
    for (std::size_t j = 0; j < 3; ++j) {
      const auto& input = shares.inputs[j];
      MESSAGE("design ", static_cast<int>(c.kind), ", input ", j, ": first order ",
              input.first_order, " (", input.first_order_interval.low, " to ",
              input.first_order_interval.high, "; exactly ", exact.first[j], "), total ",
              input.total_order, " (", input.total_order_interval.low, " to ",
              input.total_order_interval.high, "; exactly ", exact.total[j], ")");
      CHECK(std::abs(input.first_order - exact.first[j]) < c.within);
      CHECK(std::abs(input.total_order - exact.total[j]) < c.within);
    }
  }
}

TEST_CASE("indices of the g-function are those of its closed form") {
  const int n_inputs = static_cast<int>(g_parameters.size());
  double product = 1;
  Values v;
  for (const double a : g_parameters) {
    v.push_back(1 / (3 * (1 + a) * (1 + a)));
    product *= 1 + v.back();
  }
  const auto shares = indices(Kind::Sobol, 1 << 14, n_inputs, g_function);
  CHECK(shares.mean == Approx(1).epsilon(0.005));
  CHECK(shares.variance == Approx(product - 1).epsilon(0.02));
  for (std::size_t j = 0; j < g_parameters.size(); ++j) {
    CAPTURE(j);
    const double total = v[j] * product / (1 + v[j]) / (product - 1);
    CHECK(std::abs(shares.inputs[j].first_order - v[j] / (product - 1)) < 0.01);
    CHECK(std::abs(shares.inputs[j].total_order - total) < 0.01);
  }
}

TEST_CASE("indices do not depend on the origin and unit of the output") {
  const auto plain = indices(Kind::Random, 512, 3, ishigami);
  const auto moved =
      indices(Kind::Random, 512, 3, [](const Values& u) { return 1e6 - 30 * ishigami(u); });
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(moved.inputs[j].first_order == Approx(plain.inputs[j].first_order).epsilon(1e-7));
    CHECK(moved.inputs[j].total_order == Approx(plain.inputs[j].total_order).epsilon(1e-7));
    CHECK(moved.inputs[j].first_order_interval.low ==
          Approx(plain.inputs[j].first_order_interval.low).epsilon(1e-7));
  }
}

TEST_CASE("intervals of two base samples come out by hand") {
  // The two above, drawn twice with replacement. Twice the first, with mean 1.5 and V = 0.25: first
  // order 0.5 * 1 / 0.25 = 2, total 1 / 0.5 = 2. Twice the second, with 4.5 and 2.25: 1.5 * 3
  // / 2.25 and 9 / 4.5, 2 again. Both, half of all times, as above.
  const auto shares = sobol_indices(Values{1, 2, 2, 3, 6, 6}, 1, {.confidence = 0.9});
  CHECK(shares.inputs[0].first_order_interval.low == Approx(4 / 3.5));
  CHECK(shares.inputs[0].first_order_interval.high == Approx(2));
  CHECK(shares.inputs[0].total_order_interval.low == Approx(2.5 / 3.5));
  CHECK(shares.inputs[0].total_order_interval.high == Approx(2));
}

TEST_CASE("resamples that do not vary are left out of intervals") {
  // Twice the first has no variance to divide by. Twice the second has V = 4: total 16 / 8 = 2.
  // Both have mean 3 and V = (4 + 4 + 0 + 16)/4 = 6: total (1 + 16)/2 / 12 = 17/24.
  const auto shares = sobol_indices(Values{1, 1, 2, 3, 7, 7}, 1, {.confidence = 0.9});
  CHECK(shares.inputs[0].total_order_interval.low == Approx(17.0 / 24));
  CHECK(shares.inputs[0].total_order_interval.high == Approx(2));
}

TEST_CASE("intervals of 90 % hold the index in about 90 of 100 random designs") {
  const Ishigami exact;
  constexpr int n_designs = 200;  // one deviation of the share: sqrt(0.9 0.1 / 200) = 0.021
  for (const Kind kind : {Kind::Random, Kind::Sobol}) {
    int n_first = 0;
    int n_total = 0;
    for (std::uint64_t seed = 1; seed <= n_designs; ++seed) {
      const auto shares = indices(kind, 256, 3, ishigami, seed,
                                  {.confidence = 0.9, .n_resamples = 200, .seed = seed});
      n_first += holds(shares.inputs[0].first_order_interval, exact.first[0]) ? 1 : 0;
      n_total += holds(shares.inputs[0].total_order_interval, exact.total[0]) ? 1 : 0;
    }
    MESSAGE("held: first order ", n_first, ", total order ", n_total, " of ", n_designs);
    const double first = n_first / static_cast<double>(n_designs);
    const double total = n_total / static_cast<double>(n_designs);
    if (kind == Kind::Random) {
      CHECK(first == Approx(0.9).epsilon(0.07));
      CHECK(total == Approx(0.9).epsilon(0.07));
    } else {  // errs by less than its base samples differ
      CHECK(first > 0.95);
      CHECK(total > 0.95);
    }
  }
}

TEST_CASE("the same seed gives the same intervals, another one others") {
  const auto low = [](std::uint64_t seed) {
    return indices(Kind::Sobol, 64, 3, ishigami, 1, {.n_resamples = 50, .seed = seed})
        .inputs[0]
        .first_order_interval.low;
  };
  CHECK(low(1) == low(1));
  CHECK(low(1) != low(2));
}

TEST_CASE("a failed row drops its base sample and no other") {
  const SaltelliDesign design(UnitDesign(Kind::Random, 64, 6, 1));
  auto all = outputs(design, ishigami);
  const Values without_the_third(all.begin() + 15, all.end());
  auto failed = all;
  failed[0] = nan;                                          // A of base sample 0
  failed[5 + 4] = std::numeric_limits<double>::infinity();  // an exchanged one of 1
  failed[10 + 1] = nan;                                     // B of 2
  const auto shares = sobol_indices(failed, 3);
  const auto same = sobol_indices(without_the_third, 3);
  CHECK(shares.n_used == 61);
  CHECK(shares.mean == same.mean);
  CHECK(shares.inputs[0].first_order == same.inputs[0].first_order);
  CHECK(shares.inputs[2].total_order == same.inputs[2].total_order);
}

TEST_CASE("an output that does not vary has no indices") {
  const auto constant = indices(Kind::Sobol, 64, 3, [](const Values&) { return 0.1; });
  CHECK(constant.n_used == 64);
  CHECK(constant.mean == 0.1);
  CHECK(constant.variance == 0);
  REQUIRE(constant.inputs.size() == 3);
  for (const auto& input : constant.inputs) {
    CHECK(std::isnan(input.first_order));
    CHECK(std::isnan(input.total_order));
    CHECK(std::isnan(input.first_order_interval.low));
    CHECK(std::isnan(input.total_order_interval.high));
  }
  const auto one = sobol_indices(Values{1, 2, 2, 3, nan, 6}, 1);
  CHECK(one.n_used == 1);
  CHECK(std::isnan(one.inputs[0].first_order));
  const auto none = sobol_indices(Values{}, 1);
  CHECK(none.n_used == 0);
  CHECK(std::isnan(none.mean));
  CHECK(std::isnan(none.inputs[0].total_order));
}

TEST_CASE("an input without any influence has indices of exactly 0") {
  const auto shares = indices(Kind::Random, 64, 2, [](const Values& u) { return u[0]; });
  CHECK(shares.inputs[1].first_order == 0);
  CHECK(shares.inputs[1].total_order == 0);
  CHECK(shares.inputs[1].total_order_interval.high == 0);
}

TEST_CASE("indices of outputs that cannot be are refused with what would be right") {
  CHECK_THROWS_WITH_AS(sobol_indices(Values{1, 2, 3, 4}, 1),
                       "indices of 1 inputs want 3 outputs a base sample, 4 are not whole samples",
                       std::invalid_argument);
  CHECK_THROWS_AS(sobol_indices(Values{}, 0), std::invalid_argument);
  CHECK_THROWS_AS(sobol_indices(Values{}, 1, {.confidence = 95}), std::invalid_argument);
  CHECK_THROWS_AS(sobol_indices(Values{}, 1, {.n_resamples = 1}), std::invalid_argument);
}

TEST_CASE("one input at a time moves one input from the baseline in each row") {
  const OneAtATime design({1, 2, 3}, {0, 1, 2}, {9, 8, 7});
  CHECK(design.n_inputs() == 3);
  CHECK(design.n_rows() == 7);
  CHECK(design.row(0) == OneAtATime::Row{-1, Side::Baseline});
  CHECK(design.row(3) == OneAtATime::Row{1, Side::Low});
  CHECK(design.row(6) == OneAtATime::Row{2, Side::High});
  CHECK(design.point(0) == Values{1, 2, 3});
  CHECK(design.point(1) == Values{0, 2, 3});
  CHECK(design.point(4) == Values{1, 8, 3});
  CHECK(design.point(6) == Values{1, 2, 7});
  CHECK_THROWS_AS(OneAtATime({1, 2}, {1}, {1, 2}), std::invalid_argument);
}

TEST_CASE("a tornado has the widest swing on top and keeps the baseline") {
  // f = x1 - 2 x2 + x3 x1 at (1, 2, 3), low and high 1 beside: by hand
  const OneAtATime design({1, 2, 3}, {0, 1, 2}, {2, 3, 4});
  Values all;
  for (int r = 0; r < design.n_rows(); ++r) {
    const auto x = design.point(r);
    all.push_back(x[0] - 2 * x[1] + x[2] * x[0]);
  }
  const auto bars = tornado(all);
  CHECK(bars.baseline == 0);  // 1 - 4 + 3
  REQUIRE(bars.swings.size() == 3);
  CHECK(bars.swings[0].input == 0);
  CHECK(bars.swings[0].low == -4);  // 0 - 4 + 0
  CHECK(bars.swings[0].high == 4);  // 2 - 4 + 6
  CHECK(bars.swings[0].size() == 8);
  CHECK(bars.swings[1].input == 1);
  CHECK(bars.swings[1].low == 2);  // 1 - 2 + 3
  CHECK(bars.swings[1].high == -2);
  CHECK(bars.swings[1].size() == 4);
  CHECK(bars.swings[2].input == 2);
  CHECK(bars.swings[2].size() == 2);
}

TEST_CASE("equal swings keep the order of their inputs, missing ones come last") {
  const auto bars = tornado(Values{5, nan, 1, 4, 6, 6, 4, 5, 5});
  REQUIRE(bars.swings.size() == 4);
  CHECK(bars.swings[0].input == 1);
  CHECK(bars.swings[1].input == 2);
  CHECK(bars.swings[2].input == 3);
  CHECK(bars.swings[3].input == 0);
  CHECK(std::isnan(bars.swings[3].size()));
  CHECK(tornado(Values{7}).baseline == 7);
  CHECK_THROWS_AS(tornado(Values{}), std::invalid_argument);
  CHECK_THROWS_AS(tornado(Values{1, 2}), std::invalid_argument);
}

}  // namespace
}  // namespace longhaul::experiment
