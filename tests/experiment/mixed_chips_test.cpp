// Runs on several chips, from a scenario file to steps and energy.
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
using operations::Spending;

namespace {

/// Half as fast as the platform's in everything but its links, and 400 W in place of 700.
constexpr auto slow_chip = R"(name = "H100-80GB-SXM"
multiprocessors = 132
peak = { bf16 = "494.75 TFLOP/s" }
memory = { size = "80 GB", bandwidth = "1.675 TB/s" }
links = { scale_up = "450 GB/s", nic = "400 Gbps" }
power = { tdp = "400 W" }
)";

/// The small run on 7 of its 8 nodes, 14 replicas of 4 GPUs that stand together, 16 sequences each;
/// the eighth node arrives. Nothing fails but what is on a list.
scenario::Scenario load(const std::vector<std::string>& more) {
  const scenario::Files files;
  const auto path = scenario::write_small_run(files);
  files.write("cards/slow.toml", slow_chip);
  files.write("stops.csv", "time_s,cause,lost_s,node\n172800,gpu,,3\n");
  std::vector<std::string> settings{"run.gpus=56",
                                    "run.plan.data=14",
                                    "run.plan.order=\"tp-pp-cp-dp\"",
                                    "run.global_batch=224",
                                    "failures.random=false",
                                    "run.checkpoint.interval=\"1 h\"",
                                    "run.checkpoint.write=\"0 s\"",
                                    "run.checkpoint.read=\"0 s\"",
                                    "output.timeline=\"0 s\""};
  for (auto setting : more) {
    for (const char* name : {"slow.toml", "stops.csv"})
      if (const auto at = setting.find(name); at != std::string::npos)
        setting.replace(at, std::string(name).size(),
                        files.path(std::string(name) == "slow.toml" ? "cards/slow.toml" : name));
    settings.push_back(setting);
  }
  return scenario::read_scenario(path, settings).scenario;
}

struct Outcome {
  double step_s, steps, useful_s, stragglers_s, energy_j, grown_at_s, end_s;
};
Outcome run(const std::vector<std::string>& settings) {
  const auto scenario = load(settings);
  const auto values = engine::run_forked_values<double>([&] {
    experiment::Simulation simulation(scenario);
    double grown_at = 0;
    operations::RunObserver observer;
    observer.on_event = [&](const operations::RunEvent& event) {
      if (event.kind == operations::EventKind::Resized && grown_at == 0)
        grown_at = event.time.value();
    };
    const auto totals = simulation.run(1, observer);
    const auto& ledger = totals.ledger;
    return std::vector<double>{totals.step.value(),
                               static_cast<double>(totals.steps),
                               ledger.spent(Spending::Useful).value(),
                               ledger.spent(Spending::Stragglers).value(),
                               totals.energy.value(),
                               grown_at,
                               totals.simulated.value()};
  });
  return {values[0], values[1], values[2], values[3], values[4], values[5], values[6]};
}

/// A step of 16 replicas on all 8 nodes, all on one chip, with so many sequences each.
double step_of_16(std::int64_t sequences, bool slow) {
  std::vector<std::string> settings{"run.gpus=64", "run.plan.data=16",
                                    "run.global_batch=" + std::to_string(16 * sequences),
                                    "duration=\"1 h\""};
  if (slow) {
    settings.emplace_back("cluster.platform.chip.peak.bf16=\"494.75 TFLOP/s\"");
    settings.emplace_back("cluster.platform.chip.memory.bandwidth=\"1.675 TB/s\"");
  }
  return run(settings).step_s;
}

/// Of the run after it has grown.
double step_when_grown(const Outcome& grown) {
  const double n_before = std::round(grown.grown_at_s / grown.step_s);
  return (grown.useful_s - n_before * grown.step_s) / (grown.steps - n_before);
}

const std::vector<std::string> grows{
    "run.elastic={most_data=16}", "cluster.arrival=[{at=\"4 days\",nodes=1,chip=\"slow.toml\"}]"};
std::vector<std::string> and_also(std::vector<std::string> settings, const std::string& more) {
  settings.push_back(more);
  return settings;
}

TEST_CASE("a run that grows onto slower chips takes the step of the slowest replica") {
  const auto alike = run({grows[0], "cluster.arrival=[{at=\"4 days\",nodes=1}]"});
  CHECK(step_when_grown(alike) == doctest::Approx(step_of_16(14, false)));
  const auto mixed = run(grows);
  CHECK(mixed.grown_at_s == alike.grown_at_s);
  CHECK(step_when_grown(mixed) == doctest::Approx(step_of_16(14, true)));
  CHECK(mixed.steps < alike.steps);  // two slow replicas in sixteen hold up all
}

TEST_CASE("with the batch shared by speed the slow ones take what they can end in time") {
  // 14 x 15 + 2 x 7 = 224, and 14 for the fast ones leave 14 to the slow ones.
  const double by_hand = std::max(step_of_16(15, false), step_of_16(7, true));
  REQUIRE(by_hand < step_of_16(14, true));
  const auto mixed = run(and_also(grows, "run.split=\"by-speed\""));
  CHECK(step_when_grown(mixed) == doctest::Approx(by_hand));
  // Two replicas of half the speed are one more of 14: the run gains, if less than by two.
  const double alone = run({grows[1]}).steps;
  CHECK(mixed.steps > alone);
  CHECK(mixed.steps < run({grows[0], "cluster.arrival=[{at=\"4 days\",nodes=1}]"}).steps);
}

TEST_CASE("a spare with a slower chip slows the run that takes it") {
  const auto fails = run({"cluster.arrival=[{at=\"1 day\",nodes=1,chip=\"slow.toml\"}]",
                          "failures.replay=\"stops.csv\"", "recovery.detect=\"0 s\"",
                          "recovery.restart=\"0 s\"", "repair.automatic=\"50 days\""});
  const auto slow = run({"cluster.platform.chip.peak.bf16=\"494.75 TFLOP/s\"",
                         "cluster.platform.chip.memory.bandwidth=\"1.675 TB/s\""});
  // Steps kept before the checkpoint of 48 h were fast, all later ones slow.
  const double n_after = fails.stragglers_s / (slow.step_s - fails.step_s);
  CHECK(n_after == doctest::Approx(std::round(n_after)));
  CHECK(n_after == doctest::Approx(8 * 86400 / slow.step_s).epsilon(0.01));
}

TEST_CASE("each chip draws its own power") {
  const auto mixed = run(grows);
  // Seven nodes of 8 x (700 + 575) W, then one of 8 x (400 + 575) beside.
  const double seven_w = 7 * 8 * 1275, eighth_w = 8 * 975;
  CHECK(mixed.energy_j ==
        doctest::Approx(seven_w * mixed.end_s + eighth_w * (mixed.end_s - mixed.grown_at_s))
            .epsilon(1e-9));
}

TEST_CASE("chips that are clocked down keep a site under its cap whichever they are") {
  // Full: 56 x 1,275 + 8 x 975 = 79.2 kW. Idle, at a fifth of the chips' 42.4 kW: 45.28 kW.
  const auto capped =
      run({grows[0], grows[1], "cluster.platform.power.idle_fraction=0.2",
           "power.site=[{name=\"hall\",cap=\"75 kW\"}]", "power.response=\"frequency\""});
  CHECK(capped.energy_j ==
        doctest::Approx(56 * 1275 * capped.grown_at_s + 75e3 * (capped.end_s - capped.grown_at_s))
            .epsilon(1e-9));
}

}  // namespace
