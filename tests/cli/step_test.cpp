// longhaul step as a user meets it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "desk.hpp"

namespace longhaul::cli {
namespace {

using Json = nlohmann::json;
using scenario::text_of;

/// Nothing but a cluster and a run; the layers of the first and the last stage are as many as those
/// of the others.
constexpr const char* bare = R"([cluster]
platform = "cards/cluster.toml"

[run]
model = "cards/model.toml"
gpus = 16
sequence = 1024
global_batch = 32
plan = { tensor = 2, pipeline = 2, data = 4, zero_stage = 1 }
)";

struct StepDesk : Desk {
  StepDesk() { files.write("bare.toml", bare); }
  Outcome step(const std::vector<std::string>& assignments,
               std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.begin(), {"step", "bare.toml"});
    for (const auto& assignment : assignments)
      arguments.insert(arguments.end(), {"--set", assignment});
    return (*this)(arguments);
  }
  Json json(const std::vector<std::string>& assignments) const {
    const auto outcome = step(assignments, {"--json"});
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    return Json::parse(outcome.out);
  }
};

/// Columns of a line: bytes of UTF-8 that begin a character.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

double sum_of_terms(const Json& terms) {
  double sum_s = 0;
  for (const auto& [key, value] : terms.items())
    if (!key.ends_with("_hidden_s")) sum_s += value.get<double>();
  return sum_s;
}

TEST_CASE("a step needs a cluster and a run, writes nothing and fits 100 columns") {
  const StepDesk desk;
  const auto before = all_files(desk.files.folder());
  for (const char* fidelity : {"run.fidelity=flow", "run.fidelity=analytic"}) {
    const auto outcome = desk.step({fidelity});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.out.find("bare · 16 of 64 H100-80GB-SXM · small · seed 1\nstep  ") == 0);
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) CHECK_MESSAGE(columns(line) <= 100, line);
    for (const char* term :
         {"gemm", "attention", "elementwise", "recompute", "launch", "tensor", "context", "expert",
          "pipeline", "bubble", "data", "optimizer", "straggling", "host", "total"})
      CHECK_MESSAGE(outcome.out.find(std::string("\n") + term + " ") != std::string::npos, term);
    CHECK((outcome.out.find("SimGrid") != std::string::npos) ==
          (std::string(fidelity) == "run.fidelity=flow"));
  }
  CHECK(all_files(desk.files.folder()) == before);
}

TEST_CASE("the terms of --json sum to the step, and calls to what is exposed and hidden") {
  const StepDesk desk;
  for (const std::vector<std::string>& assignments :
       {std::vector<std::string>{},
        {"run.fidelity=analytic"},
        {"run.plan.zero_stage=3"},
        {"run.plan.virtual_stages=2", "run.plan.recompute=full",
         "run.plan.recompute_share=0.25"}}) {
    const auto json = desk.json(assignments);
    const auto& terms = json["step_terms"];
    CHECK(sum_of_terms(terms) == doctest::Approx(json["step_s"].get<double>()).epsilon(1e-12));
    for (const std::string term : {"tensor", "data", "pipeline"}) {
      double spent_s = 0;
      for (const auto& phase : json["traffic"])
        if (phase["term"] == term)
          spent_s += phase["calls"].get<double>() * phase["call_s"].get<double>();
      CAPTURE(term);
      CHECK(spent_s > 0);
      CHECK(terms[term + "_s"].get<double>() + terms[term + "_hidden_s"].get<double>() ==
            doctest::Approx(spent_s).epsilon(1e-9));
    }
    double held = 0;
    for (const auto& [part, size] : json["memory"].items()) held += size.get<double>();
    CHECK(json["memory_bytes"].get<double>() == doctest::Approx(held).epsilon(1e-12));
    CHECK(json["memory_size_bytes"] == 80e9);
  }
  CHECK(desk.json({"run.plan.recompute=full"})["plan"]["recompute"] == "full");
  CHECK(desk.json({"run.plan.sequence_parallel=true"})["plan"]["sequence_parallel"] == true);
  // 32 sequences over 4 replicas, one at a time: 8 microbatches. With 16 layers on 2 stages, 8
  // each, 2 passes of 2 all-reduces: 256 a step, of 1024 x 2048 values of 2 bytes.
  const auto json = desk.json({});
  CHECK(json["microbatches"] == 8);
  CHECK(json["traffic"][0] == Json{{"term", "tensor"},
                                   {"collective", "all-reduce"},
                                   {"ranks", 2},
                                   {"ranks_per_domain", 2},
                                   {"payload_bytes", 1024 * 2048 * 2.0},
                                   {"calls", 256.0},
                                   {"call_s", json["traffic"][0]["call_s"]}});
}

TEST_CASE("step and run agree on the step") {
  const Desk desk;
  for (const char* fidelity : {"run.fidelity=flow", "run.fidelity=analytic"}) {
    const auto step = desk({"step", "scenario.toml", "--json", "--set", fidelity});
    const auto run = desk({"run", "scenario.toml", "--json", "--set", fidelity, "--out", "r"});
    REQUIRE(step.status == 0);
    REQUIRE(run.status == 0);
    const auto a = Json::parse(step.out);
    const auto b = Json::parse(run.out);
    for (const char* key : {"step_terms", "step_s", "analytic_step_s", "mfu", "hfu", "memory",
                            "tokens_per_s_per_gpu", "title", "seed", "gpus"})
      CHECK_MESSAGE(a[key] == b[key], key);
  }
}

TEST_CASE("what cannot be priced is said with its place and what would be right") {
  const StepDesk desk;
  desk.files.write("given.toml", "[run]\nstep_time = \"5 s\"\n");
  const auto before = all_files(desk.files.folder());
  struct Case {
    std::string assignment, says;
  };
  for (const auto& [assignment, says] : std::vector<Case>{
           {"run.plan.data=8",
            "bare.toml:6:8: error: gpus = 16, but tensor 2 x pipeline 2 x data 8 needs 32; set "
            "gpus = 32 or data = 4\n"},
           {"cluster.platform.chip.memory.size=4 GB", "bare.toml:9:8: error: run.plan needs "},
           {"run.plan.precision=fp8",
            "--set run.plan.precision=fp8: error: H100-80GB-SXM has no peak rate for fp8; take "
            "bf16, or give its rate in cluster.platform.chip.peak\n"},
           {"run.plan.precision=fp7", "--set run.plan.precision=fp7: error: "},
           {"run.step_time=5 s",
            "--set run.step_time=5 s: error: run.step_time and run.model exclude each other"}}) {
    const auto outcome = desk.step({assignment}, {"--trace", "t.json"});
    const auto& given = assignment;
    CAPTURE(given);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_MESSAGE(outcome.err.find(says) == 0, outcome.err);
    CHECK(outcome.err.find("nothing was written\n") != std::string::npos);
  }
  CHECK(desk({"step", "given.toml"}).err ==
        "given.toml:2:13: error: a step is worked out from a model; give run.model = "
        "\"models/llama3_405b.toml\" in place of run.step_time\n1 error; nothing was written\n");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"step"},
                                                    {"step", "none.toml"},
                                                    {"step", "bare.toml", "--out", "x"}})
    CHECK(desk(arguments).status == 2);
  CHECK(all_files(desk.files.folder()) == before);
}

TEST_CASE("every rank of a step agrees with it, in either fidelity") {
  const StepDesk desk;
  for (const char* fidelity : {"run.fidelity=flow", "run.fidelity=analytic"}) {
    const auto outcome = desk.step({fidelity}, {"--json", "--every-rank"});
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    const auto step = Json::parse(outcome.out);
    CHECK(step["every_rank_step_s"].get<double>() ==
          doctest::Approx(step["step_s"].get<double>()).epsilon(0.02));
    CHECK(step["every_rank_step_s"] != step["step_s"]);
  }
  CHECK(desk.step({}, {"--every-rank"}).out.find("\nevery rank ") != std::string::npos);
  const auto dualpipe = desk.step({"run.plan.schedule=dualpipe"}, {"--every-rank"});
  CHECK(dualpipe.status == 2);
  CHECK(dualpipe.err.find("every rank knows 1f1b and zero-bubble alone") != std::string::npos);
}

TEST_CASE("SimGrid traces the links of every rank, in either fidelity, on request") {
  const StepDesk desk;
  for (const char* fidelity : {"run.fidelity=flow", "run.fidelity=analytic"}) {
    const auto before = all_files(desk.files.folder());
    const auto outcome = desk.step({fidelity}, {"--json", "--paje", "p.trace"});
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    const auto step = Json::parse(outcome.out);
    CHECK(step["paje"] == "p.trace");
    CHECK(step["every_rank_step_s"] ==
          Json::parse(desk.step({fidelity}, {"--json", "--every-rank"}).out)["every_rank_step_s"]);
    const auto trace = text_of(desk / "p.trace");
    CHECK(trace.find("#This file was generated using SimGrid") == 0);
    CHECK(trace.find("-> scale-up switch 0") != std::string::npos);
    CHECK(all_files(desk.files.folder()).size() <= before.size() + 1);  // replaces its own
  }
}

TEST_CASE("what SimGrid cannot trace is refused and leaves nothing") {
  const StepDesk desk;
  desk.files.write("thesis.tex", "ten years of work");
  const auto before = all_files(desk.files.folder());
  for (const char* path : {"none/p.trace", "bare.toml/p.trace", "thesis.tex", "cards", "",
                           "/dev/null", "/proc/p.trace"}) {
    CAPTURE(path);
    const auto outcome = desk.step({}, {"--paje", path});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
    CHECK(all_files(desk.files.folder()) == before);
  }
  const auto large = desk.step({"run.gpus=512", "run.plan.data=128", "run.global_batch=128",
                                "cluster.platform.fabric.three_layer_clos.pods=64"},
                               {"--paje", "p.trace"});
  CHECK(large.err.find("--set run.gpus=512: error: every one of 512 ranks is more than can be "
                       "traced; take at most 256 GPUs, or leave --paje out") == 0);
  CHECK(all_files(desk.files.folder()) == before);
}

TEST_CASE("a trace is JSON with named lanes that ends where the step does") {
  const StepDesk desk;
  const auto outcome = desk.step({}, {"--json", "--trace", "t.json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto step = Json::parse(outcome.out);
  const auto trace = Json::parse(text_of(desk / "t.json"));
  CHECK(trace["otherData"]["program"] == "longhaul");
  CHECK(trace["otherData"]["step_s"] == step["trace_step_s"]);
  // The last of the two stages, with the output projection, is the slower: the closed form is
  // exact.
  CHECK(step["trace_step_s"].get<double>() ==
        doctest::Approx(step["step_s"].get<double>()).epsilon(1e-9));
  std::set<std::string> names;
  double end_us = 0;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "M" && event["args"].contains("name"))
      names.insert(event["args"]["name"].get<std::string>());
    if (event["ph"] == "X")
      end_us = std::max(end_us, event["ts"].get<double>() + event["dur"].get<double>());
  }
  CHECK(names == std::set<std::string>{"stage 0", "stage 1", "compute", "network: to next stage",
                                       "network: to previous stage", "network: gather parameters",
                                       "network: reduce gradients"});
  CHECK(end_us == doctest::Approx(1e6 * step["trace_step_s"].get<double>()).epsilon(1e-6));

  // A second one takes its place; the screen says so where the two totals differ.
  const std::vector<std::string> folded{"run.plan.schedule=dualpipe", "run.plan.pipeline=4",
                                        "run.plan.data=2"};
  const auto again = desk.step(folded, {"--trace", "t.json"});
  CHECK(again.status == 0);
  CHECK(again.out.find("\ntrace        t.json") != std::string::npos);
  CHECK(again.out.find("it ends at ") != std::string::npos);
  CHECK(Json::parse(text_of(desk / "t.json"))["otherData"]["step_s"] !=
        trace["otherData"]["step_s"]);
  CHECK(desk.step({}, {"--trace", "t.json"}).out.find("it ends at ") == std::string::npos);
}

TEST_CASE("a trace that cannot be written leaves nothing behind, and only traces are replaced") {
  const StepDesk desk;
  desk.files.write("thesis.tex", "ten years of work");
  const auto before = all_files(desk.files.folder());
  for (const char* path : {"none/t.json", "bare.toml/t.json", "/proc/t.json", "thesis.tex", "cards",
                           "", "/dev/null"}) {
    CAPTURE(path);
    const auto outcome = desk.step({}, {"--trace", path});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
    CHECK(all_files(desk.files.folder()) == before);
  }
  const auto full =
      run({"step", "bare.toml", "--trace", "t.json"}, {desk.files.folder(), "", 2000});
  CHECK(full.status == 2);
  CHECK(full.err.find("t.json: error: cannot be written: File too large") == 0);
  CHECK(all_files(desk.files.folder()) == before);
  const auto long_one = desk.step({"run.global_batch=4000000"}, {"--trace", "t.json"});
  CHECK(long_one.err.find("--set run.global_batch=4000000: error: a step of 4e+06 passes is more "
                          "than the 2e+06 that can be drawn") == 0);
  CHECK(all_files(desk.files.folder()) == before);
}

}  // namespace
}  // namespace longhaul::cli
