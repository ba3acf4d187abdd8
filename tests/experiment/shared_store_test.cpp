// Runs that write to one store, from a scenario file to the lengths of their checkpoints.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

namespace {

/// How long the first two checkpoints of the small run take in times of one alone, where another
/// run writes as much to the store of 1 GB/s: the first `late` of such a time after this one
/// begins, the next a second after that has arrived.
std::vector<double> checkpoints_beside(const std::string& path, double late) {
  std::vector<std::string> settings{"run.fidelity=flow", "failures.random=false",
                                    "cluster.platform.storage.bandwidth=1 GB/s", "duration=70 min",
                                    "output.timeline=0 s"};
  const auto lengths = [&settings, &path] {
    return engine::run_forked_values<double>([&] {
      const auto loaded = scenario::read_scenario(path, settings);
      experiment::Simulation simulation(loaded.scenario);
      const auto& setup = simulation.setup();
      std::vector<double> values{
          (static_cast<double>(setup.checkpoint_steps) * setup.step_time).value(),
          setup.checkpoint_write.value(), setup.checkpoint_size.value()};
      operations::RunObserver observer;
      observer.on_event = [&](const operations::RunEvent& event) {
        if (event.kind == operations::EventKind::Checkpoint)
          values.push_back(event.duration.value());
      };
      simulation.run(1, observer);
      return values;
    });
  };
  const auto alone = lengths();
  const double begin_s = alone[0], write_s = alone[1], size = alone[2];
  REQUIRE(alone.size() == 5);
  CHECK(alone[3] == doctest::Approx(write_s).epsilon(1e-6));
  settings.push_back(fmt::format(
      R"(run.checkpoint.other=[{{name = "b", size = "{} B", every = "1 s", first = "{} s"}}])",
      size, begin_s + late * write_s));
  const auto beside = lengths();
  REQUIRE(beside.size() == 5);
  return {beside[3] / write_s, beside[4] / write_s};
}

}  // namespace

TEST_CASE("two runs that write to a store at once take twice as long, and share what overlaps") {
  const scenario::Files files;
  const auto path = scenario::write_small_run(files);
  // The store gives each half while both write. Begun together, both end after two times; begun
  // half a time later, this one is half done and takes a whole one more. From then on the other
  // writes all the time but for a second, so the next takes twice as long, less that second's half.
  CHECK(checkpoints_beside(path, 0).front() == doctest::Approx(2).epsilon(1e-3));
  const auto half = checkpoints_beside(path, 0.5);
  CHECK(half[0] == doctest::Approx(1.5).epsilon(1e-3));
  CHECK(half[1] > 1.8);
  CHECK(half[1] < 2.001);
}
