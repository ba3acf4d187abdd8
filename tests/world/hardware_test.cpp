// The largest cluster that chips, power and money allow.
#include "world/hardware.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace longhaul;
using namespace longhaul::world;

namespace {

Lot lot(double chips, double flops, double power, double price) {
  return {"a lot", chips, {flop_per_second(flops), "bf16", 1.0, watts(power), dollars(price)}, 0};
}
const Watts no_cap = watts(std::numeric_limits<double>::infinity());
const Dollars no_budget = dollars(std::numeric_limits<double>::infinity());

/// The optimum of two constraints by brute force: with the prices of power and money that every
/// pair of lots, or a lot and one constraint, makes worth while, by weak duality no cluster does
/// better than the least of cap x y + budget x z + sum of chips x max(0, s - p y - c z).
double dual_bound(const std::vector<Lot>& lots, double cap, double budget) {
  const auto bound = [&](double y, double z) {
    double sum = cap * y + budget * z;
    for (const auto& one : lots)
      sum += one.chips * std::max(0.0, one.chip.flops.value() - one.chip.power.value() * y -
                                           one.chip.price.value() * z);
    return sum;
  };
  double least = bound(0, 0);
  for (const auto& a : lots) {
    const double s = a.chip.flops.value();
    const double p = a.chip.power.value();
    const double c = a.chip.price.value();
    least = std::min({least, bound(s / p, 0), bound(0, s / c)});
    for (const auto& b : lots) {
      const double det = p * b.chip.price.value() - b.chip.power.value() * c;
      const double y = (s * b.chip.price.value() - b.chip.flops.value() * c) / det;
      const double z = (p * b.chip.flops.value() - b.chip.power.value() * s) / det;
      if (det != 0 && y >= 0 && z >= 0) least = std::min(least, bound(y, z));
    }
  }
  return least;
}

}  // namespace

TEST_CASE("chips that do most a watt come first under a cap, a dollar under a budget") {
  // 1 PFLOP/s at 1 kW and 40 k$, or at 2 kW and 10 k$: 100 of each.
  const std::vector<Lot> lots{lot(100, 1e15, 2000, 10'000), lot(100, 1e15, 1000, 40'000)};
  // 200 kW: 100 thrifty ones and 50 others. 2 M$: 100 cheap ones and 25 others.
  const auto powered = largest_cluster(lots, watts(200e3), no_budget);
  CHECK(powered.chips == doctest::Approx(150));
  CHECK(powered.limit == Cluster::Limit::Power);
  const auto paid = largest_cluster(lots, no_cap, dollars(2e6));
  CHECK(paid.chips == doctest::Approx(125));
  CHECK(paid.limit == Cluster::Limit::Money);
  CHECK(largest_cluster(lots, watts(1e6), dollars(1e8)).limit == Cluster::Limit::Chips);
}

TEST_CASE("where power and money both lack the best mixture is taken") {
  // 2 a + b = 150 (kW) and a + 4 b = 200 (10 k$): a = 400/7, b = 250/7, of 100 each.
  const std::vector<Lot> lots{lot(100, 1e15, 2000, 10'000), lot(100, 1e15, 1000, 40'000)};
  const auto cluster = largest_cluster(lots, watts(150e3), dollars(2e6));
  CHECK(cluster.chips == doctest::Approx(650.0 / 7));
  CHECK(cluster.power.value() == doctest::Approx(150e3));
  CHECK(cluster.price.value() == doctest::Approx(2e6));
  CHECK(cluster.phase == 0);
}

TEST_CASE("no mixture of chips does better") {
  rc::check([] {
    const auto between = [](double low, double high) {
      return low * std::pow(high / low, *rc::gen::inRange(0, 1001) / 1000.0);
    };
    std::vector<Lot> lots;
    double power = 0;
    double price = 0;
    for (int i = *rc::gen::inRange(1, 7); i > 0; --i) {
      lots.push_back(
          lot(between(10, 1e5), between(1e14, 1e16), between(300, 3000), between(5e3, 1e5)));
      power += lots.back().chips * lots.back().chip.power.value();
      price += lots.back().chips * lots.back().chip.price.value();
    }
    const double cap = power * between(0.05, 1.2);
    const double budget = price * between(0.05, 1.2);
    const auto cluster = largest_cluster(lots, watts(cap), dollars(budget));
    RC_ASSERT(cluster.power.value() <= cap * (1 + 1e-9));
    RC_ASSERT(cluster.price.value() <= budget * (1 + 1e-9));
    RC_ASSERT(std::abs(cluster.sustained.value() / dual_bound(lots, cap, budget) - 1) < 1e-6);
  });
}
