// Runs on a torus of boards that optical switches join, some of which stand by.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "engine/forked.hpp"
#include "experiment/built_platform.hpp"
#include "experiment/simulation.hpp"
#include "fabric/rewire.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

TEST_CASE("a run of fewer GPUs than there are goes on with spares of its torus") {
  const scenario::Files files;
  const auto path = scenario::write_torus_run(files);
  for (const std::string fidelity : {"analytic", "flow"}) {
    CAPTURE(fidelity);
    const auto stops = engine::run_forked_values<double>([&] {
      const auto loaded = scenario::read_scenario(
          path, {"run.gpus=8", "run.plan.data=2", "run.fidelity=\"" + fidelity + "\"",
                 "output.timeline=0 s", "duration=\"2000 days\""});
      experiment::Simulation simulation(loaded.scenario);
      const auto totals = simulation.run(1, {});
      return std::vector{static_cast<double>(totals.interruptions_by_cause[0])};
    });
    // 40 in 1,000 GPUs x 100 days are 6.4 of 8 GPUs in 2,000 days.
    CHECK(stops.front() > 1);
    CHECK(stops.front() < 20);
  }
}

TEST_CASE("ranks follow the places of a torus that was wired anew") {
  const scenario::Files files;
  const auto path = scenario::write_torus_run(files);
  const auto times = engine::run_forked_values<double>([&] {
    const auto loaded = scenario::read_scenario(path, {});
    auto platform = std::make_shared<experiment::BuiltPlatform>(loaded.scenario);
    const experiment::Simulation before(loaded.scenario, platform);
    // Both boards that stood by take places, and boards 0 and 3 change theirs: the torus is the
    // same again, of other GPUs.
    platform->rewire({{4, 4}, {3, 4, 5, 0}});
    const experiment::Simulation after(loaded.scenario, platform);
    return std::vector{before.setup().step_time.value(), after.setup().step_time.value()};
  });
  CHECK(times[1] == doctest::Approx(times[0]).epsilon(1e-12));
}
