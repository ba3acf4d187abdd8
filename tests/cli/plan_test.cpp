// longhaul plan as a user meets it.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../scenario/files.hpp"
#include "../scenario/small_run.hpp"
#include "program.hpp"

namespace longhaul::cli {
namespace {

using scenario::Files;

/// A folder with the small run in it: 16 layers on 16 GPUs, 32 sequences.
struct Desk {
  Desk() { scenario::write_small_run(files); }
  Outcome operator()(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"plan", "scenario.toml"});
    return run(arguments, {files.folder(), "", -1});
  }
  Files files;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("plan's help has an example") {
  const auto outcome = run({"plan", "--help"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.out, "Examples:\n  longhaul plan "));
  CHECK(contains(run({"--help"}).out, "longhaul plan "));
}

TEST_CASE("plan prints the same bytes twice, and how fast it was on standard error alone") {
  const Desk desk;
  const auto first = desk({});
  const auto second = desk({});
  CHECK(first.status == 0);
  CHECK(first.out == second.out);
  CHECK(contains(first.err, " a second\n"));
  CHECK_FALSE(contains(first.out, " a second"));
  for (const char* part : {"considered", "cannot run", "do not fit", "timed", "\nrank ", "\n  10 ",
                           "why the first wins", " instead of ", "\n[run.plan]\ntensor "})
    CHECK_MESSAGE(contains(first.out, part), part);
  CHECK_FALSE(contains(first.out, "expert"));  // the model has none
}

TEST_CASE("the plan that is printed to paste can be pasted, and is then the first") {
  const Desk desk;
  const auto before = desk({}).out;
  const auto pasted = before.substr(before.find("[run.plan]"));
  auto text = scenario::text_of(desk.files.path("scenario.toml"));
  const auto begin = text.find("[run.plan]");
  text.replace(begin, text.find("[run.checkpoint]") - begin, pasted);
  desk.files.write("scenario.toml", text);
  CHECK(contains(desk({}).out, "your plan  is the first\n"));
  CHECK(run({"run", "scenario.toml", "--dry-run"}, {desk.files.folder(), "", -1}).status == 0);
}

TEST_CASE("--json tells counts that sum, plans from the fastest on, and rivals that are slower") {
  const Desk desk;
  const auto outcome = desk({"--json", "--top", "4"});
  CHECK(outcome.status == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["considered"].get<int>() ==
        json["invalid"].get<int>() + json["too_large"].get<int>() + json["timed"].get<int>());
  REQUIRE(json["plans"].size() == 4);
  for (std::size_t i = 1; i < 4; ++i)
    CHECK(json["plans"][i]["step_s"] >= json["plans"][i - 1]["step_s"]);
  const auto& winner = json["plans"][0];
  for (const auto& item : json["rivals"].items()) {
    const std::string& field = item.key();
    const auto& rival = item.value();
    CAPTURE(field);
    CHECK(rival["plan"][field] != winner["plan"][field]);
    CHECK(rival["step_s"] >= winner["step_s"]);
    double longer_s = 0;
    for (const auto& [term, difference_s] : rival["longer_s"].items())
      longer_s += difference_s.get<double>();
    CHECK(longer_s ==
          doctest::Approx(rival["step_s"].get<double>() - winner["step_s"].get<double>()));
  }
  const auto& plan = winner["plan"];
  CHECK(plan["tensor"].get<int>() * plan["pipeline"].get<int>() * plan["data"].get<int>() *
            plan["context"].get<int>() ==
        16);
}

TEST_CASE("--keep keeps what the scenario says") {
  const Desk desk;
  const auto outcome =
      desk({"--json", "--keep", "tensor,microbatch", "--keep", "recompute", "--set",
            "run.plan.microbatch=2", "--set", "run.plan.recompute=selective"});
  CHECK(outcome.status == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  for (const auto& one : json["plans"]) {
    CHECK(one["plan"]["tensor"] == 2);
    CHECK(one["plan"]["microbatch"] == 2);
    CHECK(one["plan"]["recompute"] == "selective");
  }
  CHECK_FALSE(json["rivals"].contains("tensor"));
  CHECK(json["rivals"].contains("pipeline"));
}

TEST_CASE("a plan that is to be found needs none that is right, and no end of the run") {
  const Desk desk;
  desk.files.write("scenario.toml",
                   "[cluster]\nplatform = \"cards/cluster.toml\"\n[run]\nmodel = "
                   "\"cards/model.toml\"\ngpus = 16\nsequence = 1024\nglobal_batch = 32\n");
  const auto outcome = desk({});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.out, "your plan  cannot run on these GPUs: tensor 1, pipeline 1"));
}

TEST_CASE("where nothing fits plan says by how much, and which knob would help") {
  const Desk desk;
  const auto outcome = desk({"--set", "cluster.platform.chip.memory.size=4.4 GB"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err,
                 "plans that can run fits the 4.4 GB of H100-80GB-SXM; the leanest "
                 "needs "));
  CHECK(contains(outcome.err, " too much (parameters "));
  CHECK(contains(outcome.err, "plans would fit with run.gpus = 64\n"));
  // 0.87e9 parameters: 18 bytes of each are 15.7 GB, 6 bytes 5.2 GB, beside a reserve of 4 GB.
  const auto kept = desk({"--set", "cluster.platform.chip.memory.size=14 GB", "--set",
                          "run.plan={tensor=1,pipeline=1,data=16}", "--keep", "tensor,pipeline"});
  CAPTURE(kept.err);
  CHECK(contains(kept.err, "plans would fit without --keep, or with run.plan.zero_stage = 1"));
  CHECK(contains(desk({"--set", "cluster.platform.chip.memory.size=4 GB"}).err,
                 "take a chip with more memory or shorter sequences"));
}

TEST_CASE("what is wrong with a question for plans is told with what would be right") {
  const Desk desk;
  struct Case {
    std::vector<std::string> arguments;
    const char* says;
  };
  const std::vector<Case> cases{
      {{"--keep", "tensr"}, "[run.plan] has no field 'tensr'; did you mean 'tensor'?"},
      {{"--keep", "tensor,colour"}, "[run.plan] has no field 'colour'; there are: tensor pipeline"},
      {{"--keep", "tensor", "--set", "run.plan.tensor=3"},
       "the kept tensor 3 does not divide 16 GPUs"},
      {{"--keep", "tensor,pipeline,data,context", "--set", "run.plan.data=2"},
       "the kept tensor 2 x pipeline 2 x context 1 x data 2 = 8 leaves no degree open to make 16 "
       "GPUs"},
      {{"--keep", "data", "--set", "run.global_batch=1"}, "exceeds the batch of 1 sequences"},
      {{"--keep", "virtual_stages", "--set", "run.plan.virtual_stages=1000000000"},
       "set virtual_stages to a divisor of 8"},
      {{"--top", "0"}, "not in range"},
      {{"--set", "run.gpus=17"}, "leaves a node of 8 GPUs partly used; take 16 or 24"},
      {{"--set", "run.plan.precision=nvfp4"}, "has no peak rate for nvfp4"},
  };
  for (const auto& wrong : cases) {
    CAPTURE(wrong.says);
    const auto outcome = desk(wrong.arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(contains(outcome.err, wrong.says));
  }
  desk.files.write("scenario.toml", "title = \"t\"\n[run]\nstep_time = \"5 s\"\n");
  CHECK(contains(desk({}).err, "give run.model = \"models/llama3_405b.toml\""));
  desk.files.write("scenario.toml",
                   "title = \"t\"\n[run]\nmodel = \"cards/model.toml\"\nsequence = 8\n"
                   "global_batch = 8\n");
  CHECK(contains(desk({}).err, "a model needs a platform"));
}

}  // namespace
}  // namespace longhaul::cli
