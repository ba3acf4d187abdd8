// Runs that change their size or their batch, from a scenario file to its summary.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "experiment/summary.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;
using operations::Spending;

namespace {

const std::string stops = "failures.replay=stops.csv", two_stops = "failures.replay=two_stops.csv";

/// The small run on all 64 GPUs of its 8 nodes: 16 replicas of 4 GPUs, 2 sequences each. Nothing
/// fails but what is on a list.
scenario::Scenario load(std::vector<std::string> more) {
  const scenario::Files files;
  const auto path = scenario::write_small_run(files);
  files.write("stops.csv", "time_s,cause,lost_s,node\n3600,gpu,,7\n");
  files.write("two_stops.csv", "time_s,cause,lost_s,node\n3600,gpu,,0\n3700,gpu,,1\n");
  std::vector<std::string> settings{"run.gpus=64",
                                    "run.plan.data=16",
                                    "failures.random=false",
                                    "run.checkpoint.interval=\"100 days\"",
                                    "run.checkpoint.write=\"0 s\"",
                                    "run.checkpoint.read=\"0 s\"",
                                    "output.timeline=\"0 s\""};
  // A path on the command line is relative to where the command runs.
  for (auto& setting : more)
    for (const char* list : {"stops.csv", "two_stops.csv"})
      if (setting == std::string("failures.replay=") + list)
        setting = "failures.replay=\"" + files.path(list) + "\"";
  settings.insert(settings.end(), more.begin(), more.end());
  return scenario::read_scenario(path, settings).scenario;
}

/// step_s; steps; tokens; seconds useful, resized, waiting; size after the first change; seconds of
/// replacement.
std::vector<double> run(const std::vector<std::string>& settings) {
  const auto scenario = load(settings);
  return engine::run_forked_values<double>([&] {
    experiment::Simulation simulation(scenario);
    double size = 0;
    operations::RunObserver observer;
    observer.on_event = [&](const operations::RunEvent& event) {
      if (event.kind == operations::EventKind::Resized && size == 0)
        size = static_cast<double>(event.node);
    };
    const auto totals = simulation.run(1, observer);
    const auto summary = experiment::summarise(scenario, simulation.setup(), totals);
    return std::vector<double>{totals.step.value(),
                               static_cast<double>(totals.steps),
                               summary.tokens,
                               totals.ledger.spent(Spending::Useful).value(),
                               totals.ledger.spent(Spending::Resized).value(),
                               totals.ledger.spent(Spending::Waiting).value(),
                               size,
                               totals.ledger.spent(Spending::Replacement).value()};
  });
}

const std::vector<std::string> fails{stops, "repair.automatic=\"5 days\"",
                                     "recovery.detect=\"0 s\"", "recovery.restart=\"0 s\""};
std::vector<std::string> and_also(std::vector<std::string> settings, const std::string& more) {
  settings.push_back(more);
  return settings;
}

TEST_CASE("without a node to spare an elastic run goes on with the step of the smaller plan") {
  const auto waits = run(fails);
  CHECK(waits[5] == doctest::Approx(5 * 86400.0));  // from the failure on, for the repair
  const auto shrinks = run(and_also(fails, "run.elastic={grow=false}"));
  CHECK(shrinks[5] == 0);
  CHECK(shrinks[6] == 7);
  // 7 nodes hold 14 replicas; 32 sequences over them are 3 for the fullest, as 42 would be for all
  const auto smaller = run({"run.gpus=56", "run.plan.data=14", "run.global_batch=42"});
  CHECK(smaller[0] > 1.2 * shrinks[0]);
  CHECK(shrinks[4] == doctest::Approx(shrinks[1] * (smaller[0] - shrinks[0])));
  CHECK(shrinks[1] > waits[1]);
}

TEST_CASE("a run grows at the checkpoint after nodes arrive, on a date as at a time") {
  const std::vector<std::string> on_seven{"run.gpus=56", "run.plan.data=14", "run.global_batch=224",
                                          "run.checkpoint.interval=\"1 h\"",
                                          "run.elastic={most_data=16}"};
  const auto by_time = run(and_also(on_seven, "cluster.arrival=[{at=\"4 days\",nodes=1}]"));
  CHECK(by_time[6] == 8);
  CHECK(run(and_also(on_seven, "cluster.arrival=[{date=2024-06-05,nodes=1}]")) == by_time);
  CHECK(run(and_also(on_seven, "cluster.arrival=[{date=2024-06-06,nodes=1}]"))[1] < by_time[1]);
}

TEST_CASE("a run with a given step time goes slower as it has fewer nodes") {
  const scenario::Files files;
  files.write("run.toml", R"(title = "given"
duration = "10 days"
cluster.nodes = 8
[run]
gpus = 64
step_time = "10 s"
checkpoint = { interval = "100 days", write = "0 s", read = "0 s" }
elastic = { reconfigure = "1 min" }
[failures]
random = false
replay = "stops.csv"
causes = "failures.toml"
[recovery]
detect = "0 s"
restart = "0 s"
[repair]
automatic = "50 days"
)");
  files.write("stops.csv", "time_s,cause,lost_s,node\n3600,gpu,,7\n");
  files.write("failures.toml",
              "name = \"one\"\ngpus = 1000\nobserved = \"100 days\"\n"
              "[[cause]]\nname = \"gpu\"\ngroup = \"gpu\"\n"
              "strikes = \"gpu\"\ncount = 40\n");
  const auto read = scenario::read_scenario(files.path("run.toml"), {});
  const auto totals = engine::run_forked_values<double>([&] {
    experiment::Simulation simulation(read.scenario);
    const auto totals = simulation.run(1, {});
    return std::vector<double>{static_cast<double>(totals.steps),
                               totals.ledger.spent(Spending::Resized).value()};
  });
  // An hour is lost and a minute of change; then steps of 10 x 8 / 7 s for 10 days less that.
  CHECK(totals[0] == std::floor((10 * 86400 - 3660) / (80.0 / 7)));
  CHECK(totals[1] == doctest::Approx(totals[0] * 10.0 / 7));
}

TEST_CASE("a run over two sites that loses a node goes at the pace of the fuller site") {
  // A replica a node, four at each site, 4 sequences each.
  const std::vector<std::string> two_sites{
      "run.plan.tensor=4", "run.plan.data=8",
      "run.across_sites={sites=2,bandwidth=\"20 GB/s\",distance=\"100 km\"}"};
  auto loses = fails;
  loses.insert(loses.end(), two_sites.begin(), two_sites.end());
  const auto shrinks = run(and_also(loses, "run.elastic={grow=false}"));
  CHECK(shrinks[5] == 0);
  CHECK(shrinks[6] == 7);
  // Seven replicas take 5 sequences at most, and a site still has four of them.
  const auto fuller = run(and_also(two_sites, "run.global_batch=40"));
  CHECK(fuller[0] > shrinks[0]);
  CHECK(shrinks[4] == doctest::Approx(shrinks[1] * (fuller[0] - shrinks[0])));
}

TEST_CASE("a spare of another site does not bring the wide area into the traffic of a site") {
  // Seven nodes at each of two sites, with a spare each: the second of two failures at the first
  // site takes the spare of the second site, which then has all the nodes that a site should.
  const auto spares = run({two_stops, "run.gpus=112", "run.plan.tensor=4", "run.plan.data=14",
                           "run.plan.order=\"tp-pp-cp-dp\"", "run.global_batch=56",
                           "cluster.platform.fabric.sites={sites=2,distance=\"1000 km\","
                           "wan_bandwidth=\"10 GB/s\"}",
                           "run.across_sites={sites=2}", "repair.automatic=\"50 days\"",
                           "recovery.detect=\"0 s\"", "recovery.restart=\"0 s\""});
  CHECK(spares[3] == doctest::Approx(10 * 86400 - 3700).epsilon(1e-4));
}

TEST_CASE("replicas that are taken up receive their state over the fabric") {
  const std::vector<std::string> grows{"run.gpus=56",
                                       "run.plan.data=14",
                                       "run.plan.order=\"tp-pp-cp-dp\"",
                                       "run.global_batch=224",
                                       "run.checkpoint.interval=\"1 h\"",
                                       "cluster.arrival=[{at=\"4 days\",nodes=1}]",
                                       "run.efficiency.scale_out=1"};
  const auto free = run(and_also(grows, "run.elastic={most_data=16}"));
  const auto moves = run(and_also(grows, "run.elastic={most_data=16,reshard=true}"));
  CHECK(free[7] == 0);
  // Without ZeRO a GPU holds 2 + 12 B of each parameter of its half of 8 layers and of one table:
  // (16 x 12 x 2048^2 / 2 + 32000 x 2048) / 2 of them, and norms. At 50 GB/s of its NIC.
  const double held = (8 * 12 * std::pow(2048, 2) + 32000 * 2048.0) / 2;
  CHECK(moves[7] / (14 * held / 50e9) == doctest::Approx(1).epsilon(0.005));
  CHECK(moves[1] <= free[1]);
}

TEST_CASE("a decision to restart with twice the batch counts its tokens") {
  const auto plain = run({});
  const auto doubled = run({"run.decision=[{at=\"5 days\",kind=\"restart\",global_batch=64}]",
                            "recovery.restart=\"0 s\""});
  const auto whole = run({"run.global_batch=64"});
  const double before = std::ceil(5 * 86400 / plain[0]);
  const double after = doubled[1] - before;
  CHECK(after == doctest::Approx(5 * 86400 / whole[0]).epsilon(1e-4));
  CHECK(doubled[2] == doctest::Approx(1024 * (32 * before + 64 * after)));
  CHECK(doubled[3] == doctest::Approx(before * plain[0] + after * whole[0]));
}

TEST_CASE("a run is extended, and stopped") {
  CHECK(run({"run.decision=[{at=\"1 day\",kind=\"stop\"}]"})[3] ==
        doctest::Approx(86400).epsilon(1e-4));
  CHECK(run({"run.decision=[{at=\"1 day\",kind=\"extend\",duration=\"5 days\"}]"})[3] ==
        doctest::Approx(15 * 86400).epsilon(1e-4));
}

}  // namespace
