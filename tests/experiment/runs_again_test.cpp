// Months on a platform, run one after another in one process.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "engine/forked.hpp"
#include "experiment/point.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

namespace {

/// 32 nodes in four pods of which the run takes 24. In its 20 days some six nodes fail, few enough
/// to move from where one run ended to where the next begins, and some fifty cables for six hours
/// each: mostly one is down when it ends.
std::string write_run(const scenario::Files& files) {
  const auto path = scenario::write_small_run(files);
  files.write("cards/cluster.toml", R"(name = "pods"
chip = "chip.toml"
fabric.gpus_per_node = 8
[fabric.three_layer_clos]
gpus_per_leaf = 16
leaves_per_pod = 4
pods = 4
aggregation_per_pod = 3
cores = 3
taper = 2.0
[storage]
bandwidth = "100 GB/s"
[power]
server_per_gpu = "575 W"
)");
  files.write("cards/failures.toml", R"(name = "nodes and switches"
gpus = 192
observed = "20 days"
[[cause]]
name = "node"
group = "host"
strikes = "node"
count = 6
[[cause]]
name = "link"
group = "network"
strikes = "link"
mtbf = "100 days"
degrades = true
repair = { automatic = "6 h", escalates = 0 }
)");
  return path;
}

std::vector<std::string> settings(const std::string& choice) {
  return {"run.fidelity=\"analytic\"",
          "run.gpus=192",
          "run.plan.tensor=8",
          "run.plan.pipeline=2",
          "run.plan.data=12",
          "run.global_batch=24",
          "run.checkpoint.interval=\"1 h\"",
          "output.timeline=0 s",
          "duration=\"20 days\"",
          "cluster.platform.fabric.routing.choice=\"" + choice + "\""};
}

/// All that a run came to, as far as it hangs on how long its steps take.
std::vector<double> run_of(experiment::Simulation& simulation, std::uint64_t seed) {
  std::vector<double> seen;
  operations::RunObserver observer;
  observer.on_event = [&](const operations::RunEvent& event) {
    seen.push_back(event.time.value());
    seen.push_back(static_cast<double>(event.step));
    seen.push_back(static_cast<double>(event.node));
  };
  const auto totals = simulation.run(seed, observer);
  seen.push_back(totals.simulated.value());
  return seen;
}

}  // namespace

TEST_CASE("a run on a platform comes out the same to the last bit after others in its process") {
  for (const std::string choice : {"d-mod-k", "ecmp", "spray", "adaptive"}) {
    CAPTURE(choice);
    const scenario::Files files;
    auto with = settings(choice);
    if (choice == "ecmp") with.emplace_back("cluster.platform.fabric.routing.queue_pairs=3");
    const auto loaded = scenario::read_scenario(write_run(files), with);
    experiment::Simulation simulation(loaded.scenario);
    const auto alone = engine::run_forked_values<double>([&] { return run_of(simulation, 1); });
    REQUIRE(alone.size() > 1000);
    const auto other = run_of(simulation, 2);
    CHECK(other != alone);
    CHECK(run_of(simulation, 1) == alone);
    CHECK(run_of(simulation, 2) == other);
    CHECK(engine::run_forked_values<double>([&] { return run_of(simulation, 1); }) == alone);
  }
}

TEST_CASE("a point on a platform comes out the same whatever its worker answered before") {
  const scenario::Files files;
  const auto path = write_run(files);
  const auto server = [&] {
    return experiment::PointServer(path, settings("adaptive"), scenario::Simulate::Months);
  };
  const auto metrics_of = [](experiment::PointServer& worker, const std::string& seed) {
    const auto result =
        experiment::point_result(worker.answer(experiment::point_request({"seed=" + seed})));
    REQUIRE(result.error.empty());
    REQUIRE(!result.metrics.empty());
    return result.metrics;
  };
  auto first = server();
  const auto alone = metrics_of(first, "1");
  auto second = server();
  CHECK(metrics_of(second, "2") != alone);
  CHECK(metrics_of(second, "1") == alone);
  // Of another scenario on the same platform in between.
  REQUIRE(experiment::point_result(
              second.answer(experiment::point_request({"seed=1", "run.global_batch=48"})))
              .error.empty());
  CHECK(metrics_of(second, "1") == alone);
}
