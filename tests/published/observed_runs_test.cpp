// Days of observed runs from their hardware, MFU and FLOP.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "engine/forked.hpp"
#include "engine/lab_actor.hpp"
#include "experiment/sweep_plan.hpp"
#include "experiment/years.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/sweep_file.hpp"

namespace longhaul {
namespace {

TEST_CASE("observed runs take their days, or longer by time not spent at their MFU") {
  const std::string path = LONGHAUL_SOURCE_ROOT "/scenarios/observed_runs.toml";
  const experiment::SweepPlan plan(scenario::read_sweep(path, {}, {}));
  const std::set<std::string> longer{"MT-NLG 530B", "PaLM 540B", "BLOOM 176B"};
  REQUIRE(plan.n_combinations() == 11);
  for (std::int64_t i = 0; i < plan.n_combinations(); ++i) {
    const auto loaded = scenario::read_scenario(path, plan.assignments(i, 0));
    const auto& lab = *loaded.scenario.lab;
    const auto& trend = *loaded.scenario.world->trend;
    CAPTURE(lab.name);
    // Forked, as other tests of this program need an engine that has not run yet.
    const double took = engine::run_forked_values<double>([&] {
      const auto totals = engine::simulate_years(experiment::years_inputs(loaded.scenario), {});
      return std::vector{totals.labs.front().best_length.value() / 86400};
    })[0];
    const double days = lab.reported->value() / 86400;
    // C/(n peak MFU): Llama 3.1 3.8e25/(16,384 x 9.89e14 x 0.40) = 67.9 days.
    CHECK(took == doctest::Approx(lab.compute->value() / (*trend.chips * trend.chip.flops.value() *
                                                          trend.chip.utilisation * 86400)));
    const double unspent = 1 - took / days;
    if (longer.contains(lab.name)) {
      MESSAGE(fmt::format(
          "{}: {:.1f} days at its MFU, reported {:.1f}: {:.0f} % of the calendar not spent at it",
          lab.name, took, days, 100 * unspent));
      CHECK(unspent > 0.1);
    } else {
      MESSAGE(fmt::format("{}: {:.1f} days, reported {:.1f}", lab.name, took, days));
      CHECK(std::abs(unspent) < 0.1);
    }
  }
}

}  // namespace
}  // namespace longhaul
