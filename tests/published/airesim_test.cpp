// AIReSim's reference case [arXiv 2603.07041]: 4,096 servers, 256 days of computing.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul {
namespace {

TEST_CASE("AIReSim's reference case: time, failures and shares as published") {
  constexpr int n_seeds = 30;
  const auto sums = engine::run_forked_values<double>([] {
    const auto loaded = scenario::read_scenario(LONGHAUL_SOURCE_ROOT "/scenarios/airesim.toml", {});
    experiment::Simulation simulation(loaded.scenario);
    std::vector<double> sums(5);
    for (int seed = 1; seed <= n_seeds; ++seed) {
      using operations::Spending;
      const auto totals = simulation.run(static_cast<std::uint64_t>(seed), {});
      sums[0] += totals.simulated / hours(1);
      sums[1] += static_cast<double>(totals.interruptions_by_cause[0]);
      sums[2] += totals.ledger.spent(Spending::Restart) / hours(1);
      sums[3] += totals.ledger.spent(Spending::Replacement) / hours(1);
      sums[4] += totals.ledger.spent(Spending::Waiting) / hours(1);
    }
    return sums;
  });
  const auto mean = [&](std::size_t i) { return sums[i] / n_seeds; };
  fmt::print(
      "AIReSim: {:.1f} h (9,866.0), {:.1f} failures (11,145.6), recovery {:.1f} h (3,715.2), "
      "selection {:.2f} h (2.15), waiting {:.2f} h (4.62)\n",
      mean(0), mean(1), mean(2), mean(3), mean(4));
  // A seed scatters by 33.6 h and 100 failures: the mean of 30 by 0.06 % and 0.16 %.
  CHECK(std::abs(mean(0) / 9865.97 - 1) < 0.003);
  CHECK(std::abs(mean(1) / 11145.6 - 1) < 0.01);
  const double points = 0.0005;  // of the total time
  // Published random failures are 10,457.0, where 4,096 x 0.01 x 256 = 10,485.8 are expected: its
  // 30 seeds are 1.5 deviations of their mean below, and 28.8 recoveries of 20 min, 9.6 h, short.
  CHECK(std::abs(6144 / mean(0) - 6144 / (9865.97 + 28.8 / 3)) < points);
  CHECK(std::abs(mean(2) / mean(0) - 3715.2 / 9865.97) < points);
  CHECK(std::abs(mean(3) / mean(0) - 2.15 / 9865.97) < points);
  CHECK(mean(4) > 4.62 / 2);
  CHECK(mean(4) < 4.62 * 2);
}

}  // namespace
}  // namespace longhaul
