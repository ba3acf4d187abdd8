// What is said of failures, nodes, spares and checkpoints that do not go together.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "files.hpp"
#include "small_run.hpp"

namespace longhaul::scenario {
namespace {

/// The small run (16 GPUs on 2 of 8 nodes) with one text of its failure card replaced.
std::string of_causes(const std::string& from, const std::string& to) {
  const Files files;
  const auto scenario = write_small_run(files);
  auto text = text_of(files.path("cards/failures.toml"));
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  files.write("cards/failures.toml", text.replace(at, from.size(), to));
  return complaints(files, scenario);
}

std::string of(const std::vector<std::string>& assignments) {
  const Files files;
  return complaints(files, write_small_run(files), assignments);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a cause has one rate") {
  CHECK(of_causes("count = 40", "mtbf = \"100 days\"").empty());
  CHECK(of_causes("count = 40", "life = { weibull = [\"200 days\", 0.7] }").empty());
  CHECK(of_causes("count = 40", "life = { exponential = \"200 days\" }").empty());
  CHECK(
      of_causes("count = 40", "count = 40\nmtbf = \"100 days\"") ==
      "cards/failures.toml:8:9: error: cause 'gpu' has a count and an mtbf; take one of them out");
  CHECK(has(of_causes("count = 40", "mtbf = \"1 day\"\nlife = \"1 day\""),
            "cause 'gpu' has an mtbf and a life; take one of them out"));
  CHECK(has(of_causes("count = 40", "mtbf = \"0 s\""), "failures.causes.cause[0].mtbf"));
  CHECK(has(of_causes("count = 40", "count = -1"), "count = -1"));
}

TEST_CASE("what is of all causes is given for all") {
  CHECK(of_causes("count = 40", "count = 40\nrepair = { bar_after = 2 }").empty());
  CHECK(has(of_causes("count = 40", "count = 40\nrepair = { crews = 2 }"),
            "crews repair whatever failed; give those of cause 'gpu' as repair.crews"));
  CHECK(has(of_causes("count = 40", "count = 40\nrepair = { bar_score = 2 }"),
            "a node's score is of all its failures"));
  CHECK(has(of_causes("count = 40", "count = 40\nrepair = { score_half_life = \"2 days\" }"),
            "a node's score is of all its failures"));
}

TEST_CASE("runs share a store as flows, and by their names") {
  const std::string other = R"({ name = "b", size = "1 TB", every = "1 h" })";
  const std::string flow = "run.fidelity=flow";
  const std::string one = "run.checkpoint.other=[" + other + "]";
  CHECK(of({one, flow}).empty());
  CHECK(has(of({one}), "only flows share a store"));
  CHECK(has(of({one, flow, "run.checkpoint.write=1 min"}), "run.checkpoint.write says how long"));
  CHECK(has(of({"run.checkpoint.other=[" + other + ", " + other + "]", flow}),
            "two runs are called 'b'"));
  CHECK(has(of({R"(run.checkpoint.other=[{ name = "b", size = "1 TB", every = "0 s" }])", flow}),
            "run.checkpoint.other[0].every"));
}

TEST_CASE("a fault is noticed, or the run never goes back behind it") {
  CHECK(of_causes("count = 40", "count = 40\nslows = 1.2\nlatent = \"1 h\"").empty());
  CHECK(has(of_causes("count = 40", "count = 40\ncorrupts = true"), "give latent = \"1 day\""));
  CHECK(has(of_causes("count = 40", "count = 40\nlatent = \"1 day\""),
            "stops the run at once; give slows = 1.1 or corrupts = true"));
  CHECK(has(of_causes("count = 40", "count = 40\nplanned = true\nslows = 2"),
            "neither slows nor corrupts"));
}

TEST_CASE("only a fabric's own parts degrade it") {
  const auto degrading = [](const std::string& strikes, const std::string& more = "") {
    return of_causes("strikes = \"gpu\"",
                     "strikes = \"" + strikes + "\"\ndegrades = true\n" + more);
  };
  CHECK(degrading("switch").empty());
  CHECK(degrading("link").empty());
  CHECK(
      degrading("gpu") ==
      "cards/failures.toml:10:12: error: cause 'gpu' strikes no switch and no link, so the fabric "
      "is whole after it; give strikes = \"switch\" or \"link\", or take degrades out");
  CHECK(has(degrading("switch", "slows = 2"), "neither planned nor slows nor corrupts"));
  CHECK(has(degrading("link", "planned = true"), "neither planned nor slows nor corrupts"));

  const Files files;
  write_small_run(files);
  auto text = text_of(files.path("cards/failures.toml"));
  const std::string gpu = "strikes = \"gpu\"";
  files.write("cards/failures.toml",
              text.replace(text.find(gpu), gpu.size(), "strikes = \"switch\"\ndegrades = true"));
  const auto alone = files.write("alone.toml", R"(title = "no platform"
start = "2024-06-01"
duration = "10 days"
run.gpus = 8
run.step_time = "5 s"
run.checkpoint.interval = "30 min"
run.checkpoint.write = "1 min"
run.checkpoint.read = "1 min"
failures.causes = "cards/failures.toml"
)");
  CHECK(has(complaints(files, alone), "there is no fabric for cause 'gpu' to degrade"));
}

TEST_CASE("a run stands on a torus, not on the boards that stand by") {
  const Files files;
  const auto path = write_torus_run(files);
  CHECK(complaints(files, path).empty());  // 16 GPUs
  CHECK(complaints(files, path, {"run.gpus=8", "run.plan.data=2"}).empty());
  CHECK(complaints(files, path, {"run.gpus=20", "run.plan.data=5", "run.global_batch=40"}) ==
        "--set run.gpus=20: error: run.gpus = 20, but boards has 16 in its torus, and 8 on boards "
        "that stand by; take at most that many, or run.gpus = 0 for as many as the fastest plan "
        "takes");
}

TEST_CASE("nodes that are to stand by, arrive or be drained are there") {
  CHECK(of({"spares.warm=2", "spares.cold=6"}).empty());
  CHECK(has(of({"spares.cold=7"}),
            "the run needs 2 nodes at its start, but of 8 nodes 0 arrive "
            "later and 7 are cold spares"));
  CHECK(has(of({"cluster.arrival=[{at=\"1 day\",nodes=7}]"}), "of 8 nodes 7 arrive later"));
  CHECK(has(of({"cluster.arrival=[{at=\"-1 day\",nodes=1}]"}), "cluster.arrival[0].at"));
  CHECK(has(of({"cluster.nodes=4"}), "a platform has its nodes"));
  CHECK(has(of({"maintenance.every=\"1 ns\""}), "at least 60 s is wanted, or 0 for none"));
}

TEST_CASE("nodes arrive at a time or on a date, and not before the start") {
  const auto arrival = [](const std::string& text) {
    return of({"cluster.arrival=[{nodes=1," + text + "}]"});
  };
  CHECK(arrival("date=2024-06-03").empty());
  CHECK(arrival("date=2024-06-01").empty());  // the day it starts
  CHECK(has(arrival("at=\"1 day\",date=2024-06-03"), "`at` and `date` exclude each other"));
  CHECK(has(of({"cluster.arrival=[{nodes=1}]"}), "nothing says when; give at = \"30 days\""));
  const Files files;
  const auto scenario = write_small_run(files);
  const auto text = text_of(scenario);
  const auto line = std::count(text.begin(), text.end(), '\n') + 3;
  files.write("scenario.toml", text + "[[cluster.arrival]]\nnodes = 1\ndate = 2024-05-31\n");
  CHECK(complaints(files, scenario) ==
        "scenario.toml:" + std::to_string(line) +
            ":8: error: nodes arrive before the start of the run, 2024-06-01; give a later date");
}

/// The small run with nodes that arrive with a chip of this text in place of the platform's.
std::string with_chip(const std::string& from, const std::string& to,
                      std::vector<std::string> more = {}) {
  const Files files;
  const auto scenario = write_small_run(files);
  auto text = text_of(files.path("cards/chip.toml"));
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  files.write("cards/other.toml", text.replace(at, from.size(), to));
  more.push_back("cluster.arrival=[{at=\"1 day\",nodes=1,chip=\"" + files.path("cards/other.toml") +
                 "\"}]");
  return complaints(files, scenario, more);
}

TEST_CASE("nodes that arrive with another chip can join where the run can stand on it") {
  CHECK(with_chip("989.5", "300").empty());
  CHECK(with_chip("H100-80GB-SXM", "A100-80GB-SXM").empty());
  CHECK(has(with_chip("H100-80GB-SXM", "abacus"), "no calibrated constants for abacus and bf16"));
  CHECK(has(with_chip("400 Gbps", "200 Gbps"), "has slower links than H100-80GB-SXM"));
  CHECK(has(with_chip("80 GB", "2 GB"), "on H100-80GB-SXM, run.plan needs"));
  CHECK(has(
      with_chip("989.5", "300",
                {"run.plan.precision=\"fp8\"", "cluster.platform.chip.peak.fp8=\"1979 TFLOP/s\""}),
      "has no peak rate for run.plan.precision = fp8"));
  CHECK(has(with_chip("989.5", "300", {"run.elastic={}", "power.response=\"shrink\""}),
            "nodes on several chips draw unlike power"));
}

TEST_CASE("a batch is shared by speed where replicas meet once a step") {
  CHECK(of({"run.split=\"by-speed\""}).empty());
  CHECK(has(of({"run.split=\"by-speed\"", "run.plan.zero_stage=2"}),
            "replicas reduce gradients several times a step"));
}

TEST_CASE("shares of one whole, and drains that there are") {
  CHECK(
      has(of({"recovery.diagnosis.missed=0.6", "recovery.diagnosis.wrong=0.6"}), "add up to 1.2"));
  CHECK(has(of({"run.checkpoint.drain=\"1 min\""}), "give background = true"));
  CHECK(has(of({"run.checkpoint.interval=\"step\"", "run.checkpoint.background=true"}),
            "what is saved in every step cannot drain behind it"));
  CHECK(of({"run.checkpoint.interval=\"step\""}).empty());
  CHECK(has(of({"repair.escalates=1.5"}), "repair.escalates = 1.5"));
}

TEST_CASE("arrivals out of order are played in the order of time") {
  CHECK(of({"cluster.arrival=[{at=\"2 days\",nodes=1},{at=\"1 day\",nodes=1}]"}).empty());
}

TEST_CASE("an elastic run has a least and a most size that its plan lies between") {
  CHECK(of({"run.elastic={}"}).empty());
  CHECK(of({"run.elastic={least_data=4,most_data=8}"}).empty());
  CHECK(has(of({"run.elastic={least_data=5}"}), "but the plan's data is 4; take at most that"));
  CHECK(has(of({"run.elastic={least_data=4,most_data=3}"}), "but least_data is 4"));
  CHECK(has(of({"power.response=\"shrink\""}), "only where it is elastic"));
}

TEST_CASE("a decision has one date and what its kind needs") {
  const auto decision = [](const std::string& text) {
    return of({"run.decision=[{" + text + "}]"});
  };
  CHECK(decision("at=\"1 day\",kind=\"stop\"").empty());
  CHECK(decision("date=2024-06-05,kind=\"extend\",duration=\"1 day\"").empty());
  CHECK(decision("at=\"1 day\",kind=\"restart\",global_batch=64").empty());
  CHECK(has(decision("kind=\"stop\""), "nothing says when; give at = "));
  CHECK(has(decision("at=\"1 day\",date=2024-06-05,kind=\"stop\""), "exclude each other"));
  CHECK(has(decision("date=2024-05-05,kind=\"stop\""), "before the start of the run, 2024-06-01"));
  CHECK(has(decision("at=\"1 day\",kind=\"stop\",steps=5"), "steps is of a decision to extend"));
  CHECK(has(decision("at=\"1 day\",kind=\"extend\""), "nothing says by how much"));
  CHECK(has(decision("at=\"1 day\",kind=\"extend\",steps=5"), "run.steps is not given"));
  CHECK(has(decision("at=\"1 day\",kind=\"restart\",step_time=\"1 s\""), "follows from its batch"));
  CHECK(has(decision("at=\"1 day\",kind=\"restart\",global_batch=63"),
            "a batch of 63 sequences does not divide"));
}

}  // namespace
}  // namespace longhaul::scenario
