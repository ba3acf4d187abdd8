// Switches that fail while a run goes on, from a scenario file to its events.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

namespace {

/// 16 nodes of 8 GPUs, each under a leaf of its own, and 8 spines. The run takes 12 of them; each
/// of its rings over nodes stays on one rail. D-mod-k sends rail i by spine i, so no two rings
/// share a link. Of 24 switches one fails every 20 hours or so, for 6 hours.
std::string write_degrading_run(const scenario::Files& files) {
  const auto path = scenario::write_small_run(files);
  files.write("cards/cluster.toml", R"(name = "two levels"
chip = "chip.toml"
fabric.gpus_per_node = 8
[fabric.fat_tree]
ports = 16
levels = 2
[storage]
bandwidth = "100 GB/s"
[power]
server_per_gpu = "575 W"
)");
  files.write("cards/failures.toml", R"(name = "switches"
gpus = 128
observed = "1 day"
[[cause]]
name = "switch"
group = "network"
strikes = "switch"
mtbf = "20 days"
degrades = true
repair = { automatic = "6 h", escalates = 0 }
)");
  return path;
}

/// What the run is set to on top of the small one.
std::vector<std::string> settings(const std::string& fidelity) {
  return {"run.fidelity=\"" + fidelity + "\"",
          "run.gpus=96",
          "run.plan.tensor=8",
          "run.plan.pipeline=1",
          "run.plan.data=12",
          "run.global_batch=24",
          "run.checkpoint.interval=\"300 days\"",
          "output.timeline=0 s",
          "duration=\"30 days\""};
}

constexpr std::int64_t n_leaves = 16;

struct Seen {
  double spines = 0;         ///< that failed and were mended with nothing else in between
  double slow_error = 0;     ///< of the pace meanwhile, at the most
  double mended_error = 0;   ///< of the pace from there to the next event
  double leaves = 0;         ///< likewise; the run then goes on elsewhere
  double cut_off_right = 0;  ///< of these, those that took their node out until they were mended
  double slower = 0;         ///< a step with a spine down over one without
};

Seen look(const std::string& path, const std::string& fidelity) {
  const auto loaded = scenario::read_scenario(path, settings(fidelity));
  const auto& run = loaded.scenario.run;
  experiment::Simulation simulation(loaded.scenario);
  const auto& setup = simulation.setup();
  // Rail s goes by spine s + 1 when spine s is down, so two rings share each link to it: half the
  // rate. The ring of 12 takes 2 x 11 steps of a twelfth of the gradients over a NIC of 50 GB/s.
  auto times = setup.phase_seconds;
  for (std::size_t i = 0; i < setup.traffic.size; ++i) {
    const auto& phase = setup.traffic.phases[i];
    if (phase.kind != training::TrafficKind::DataReduce) continue;
    const double chunk =
        std::ceil(std::ceil(phase.payload.value() / 12) / run.efficiency->scale_out);
    times[i] += seconds(22 * chunk / 50e9);
  }
  const Seconds slow =
      training::step_time(run.model->shape, run.plan, run.batch, loaded.scenario.platform->chip,
                          *run.efficiency, setup.traffic, times)
          .total;
  std::vector<operations::RunEvent> events;
  operations::RunObserver observer;
  observer.on_event = [&](const operations::RunEvent& event) { events.push_back(event); };
  simulation.run(1, observer);

  Seen seen;
  seen.slower = slow / setup.step_time;
  const auto error = [&](std::size_t from, Seconds step) {
    const double steps = static_cast<double>(events[from + 1].step - events[from].step);
    return std::abs(steps - (events[from + 1].time - events[from].time) / step);
  };
  using operations::EventKind;
  int down = 0;
  for (std::size_t i = 0; i + 2 < events.size(); ++i) {
    down += (events[i].kind == EventKind::Fault) - (events[i].kind == EventKind::Mended);
    if (events[i].kind != EventKind::Fault || down > 1) continue;
    const auto part = events[i].node;
    if (part >= n_leaves && events[i + 1].kind == EventKind::Mended) {
      ++seen.spines;
      seen.slow_error = std::max(seen.slow_error, error(i, slow));
      if (events[i + 2].kind == EventKind::Fault)
        seen.mended_error = std::max(seen.mended_error, error(i + 1, setup.step_time));
    }
    if (part < n_leaves && events[i + 1].kind == EventKind::Interruption) {
      ++seen.leaves;
      // Node n is under leaf n; it is free again with the leaf, six hours later.
      seen.cut_off_right += std::ranges::any_of(events, [&](const auto& event) {
        return event.kind == EventKind::Repaired && event.node == part &&
               std::abs((event.time - events[i].time).value() - 6 * 3600) < 1e-3;
      });
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("a spine that fails slows the steps until it is mended, a leaf takes its nodes out") {
  for (const std::string fidelity : {"analytic", "flow"}) {
    CAPTURE(fidelity);
    const scenario::Files files;
    const auto path = write_degrading_run(files);
    const auto seen =
        engine::run_forked_values<Seen>([&] { return std::vector{look(path, fidelity)}; }).front();
    CHECK(seen.slower > 1.2);
    CHECK(seen.spines >= 3);
    // Steps are counted whole at both ends.
    CHECK(seen.slow_error < 2);
    CHECK(seen.mended_error < 2);
    CHECK(seen.leaves > 3);
    CHECK(seen.cut_off_right == seen.leaves);
  }
}
