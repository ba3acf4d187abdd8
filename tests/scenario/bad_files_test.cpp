// Every mistake that a scenario can hold, and what is said of it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "files.hpp"
#include "small_run.hpp"

namespace longhaul::scenario {
namespace {

/// The small run with one text replaced in one of its files.
struct BadFile {
  const char* name;
  const char* file;
  std::string from, to;
  std::vector<std::string> assignments;  ///< "H/" stands for the folder
  std::string says;
};

void check_all(const std::vector<BadFile>& cases) {
  const Files files;
  files.write("more.toml", "seed = 8\n\n[run]\ngpsu = 3\n");
  files.write("loop.toml", "include = \"scenario.toml\"\n");
  for (const auto& bad : cases) {
    CAPTURE(bad.name);
    const auto scenario = write_small_run(files);
    auto text = text_of(files.path(bad.file));
    const auto at = text.find(bad.from);
    REQUIRE(at != std::string::npos);
    files.write(bad.file, text.replace(at, bad.from.size(), bad.to));
    auto assignments = bad.assignments;
    for (auto& assignment : assignments)
      if (const auto h = assignment.find("H/"); h != std::string::npos)
        assignment.replace(h, 1, files.folder());
    CHECK(complaints(files, scenario, assignments) == bad.says);
  }
}

TEST_CASE("the small run itself has no mistake") {
  const Files files;
  CHECK(complaints(files, write_small_run(files)).empty());
  CHECK(complaints(files, files.path("scenario.toml"),
                   {"failures.replay=" + files.path("replay.csv")})
            .empty());
}

/// Nothing but a cluster and a run.
constexpr const char* bare = R"([cluster]
platform = "cards/cluster.toml"

[run]
model = "cards/model.toml"
gpus = 16
sequence = 1024
global_batch = 32
plan = { tensor = 2, pipeline = 2, data = 4 }
)";

TEST_CASE("a step and a plan need a cluster and a run, months more") {
  const Files files;
  write_small_run(files);
  const auto path = files.write("bare.toml", bare);
  CHECK(read_scenario(path, {}, Purpose::Step).scenario.title == "bare");
  CHECK(read_scenario(path, {"title=mine"}, Purpose::Plan).scenario.title == "mine");
  CHECK(complaints(files, path) ==
        "bare.toml:1:1: error: missing key 'title' (the question, in a few words)\n"
        "bare.toml:1:1: error: nothing ends the run; give duration = \"54 days\" or run.steps = "
        "1000000");
}

TEST_CASE("only months read recorded stops and mind causes named twice") {
  const Files files;
  const auto path = write_small_run(files);
  const std::vector<std::string> wrong{"failures.replay=none.csv"};
  CHECK_THROWS_AS(read_scenario(path, wrong), InputError);
  CHECK_NOTHROW(read_scenario(path, wrong, Purpose::Step));
  CHECK_NOTHROW(read_scenario(path, wrong, Purpose::Plan));
}

TEST_CASE("degrees and memory of a given plan matter to a step, not to the search for a plan") {
  const Files files;
  write_small_run(files);
  const auto path = files.write("bare.toml", bare);
  const auto says = [&](const std::vector<std::string>& assignments, Purpose purpose) {
    return complaints(files, path, assignments, purpose);
  };
  CHECK(says({"run.plan.data=8"}, Purpose::Step) ==
        "bare.toml:6:8: error: gpus = 16, but tensor 2 x pipeline 2 x data 8 needs 32; set gpus = "
        "32 or data = 4");
  CHECK(says({"run.plan.data=8"}, Purpose::Plan).empty());
  const std::string narrow = "cluster.platform.chip.memory.size=8 GB";
  CHECK(says({narrow}, Purpose::Step).find("more than the 8.0 GB") != std::string::npos);
  CHECK(says({narrow}, Purpose::Plan).empty());
  // What no plan mends is said all the same.
  CHECK(says({"run.gpus=17"}, Purpose::Plan) ==
        "--set run.gpus=17: error: run.gpus = 17 leaves a node of 8 GPUs partly used; take 16 or 24"
        ", or run.gpus = 0 for as many as the fastest plan takes");
  CHECK(says({"run.plan.precision=fp8"}, Purpose::Plan).find("has no peak rate for fp8") !=
        std::string::npos);
  CHECK(says({"run.global_batch=0"}, Purpose::Plan).find("missing key 'run.global_batch'") !=
        std::string::npos);
}

TEST_CASE("a step and a plan are of a model") {
  const Files files;
  const auto path = files.write("t.toml", "[run]\nstep_time = \"5 s\"\n");
  for (const Purpose purpose : {Purpose::Step, Purpose::Plan}) {
    CHECK(complaints(files, path, {}, purpose) ==
          "t.toml:2:13: error: a step is worked out from a model; give run.model = "
          "\"models/llama3_405b.toml\" in place of run.step_time");
    CHECK(complaints(files, files.write("u.toml", "[run]\ngpus = 8\n"), {}, purpose) ==
          "u.toml:1:1: error: a step is worked out from a model; give run.model = "
          "\"models/llama3_405b.toml\"");
  }
}

TEST_CASE("an unknown key is named, with what was meant or what is known") {
  check_all({
      {"of a table",
       "scenario.toml",
       "gpus = 16",
       "gpu = 16",
       {},
       "scenario.toml:11:1: error: unknown key 'run.gpu'; did you mean 'gpus'?"},
      {"of the root, like nothing",
       "scenario.toml",
       "seed = 7",
       "colour = 7",
       {},
       "scenario.toml:4:1: error: unknown key 'colour'; known here: title start duration seed "
       "cluster run failures recovery repair spares maintenance power world lab rival schedule "
       "output "
       "constraints wall sweep"},
      {"a table",
       "scenario.toml",
       "[recovery]",
       "[recover]",
       {},
       "scenario.toml:28:2: error: unknown key 'recover'; did you mean 'recovery'?"},
      {"two letters swapped in a card",
       "cards/chip.toml",
       "tdp =",
       "tpd =",
       {},
       R"(cards/chip.toml:6:9: error: missing key 'cluster.platform.chip.power.tdp' (thermal design power of a chip)
)"
       "cards/chip.toml:6:11: error: unknown key 'cluster.platform.chip.power.tpd'; did you mean "
       "'tdp'?"},
      {"of an item of a list",
       "cards/failures.toml",
       R"(strikes = "gpu")",
       R"(stirkes = "gpu")",
       {},
       "cards/failures.toml:9:1: error: unknown key 'failures.causes.cause[0].stirkes'; did you "
       "mean 'strikes'?"},
      {"in an included file",
       "scenario.toml",
       R"(title = "a small run")",
       R"(include = "more.toml"
title = "a small run")",
       {},
       "more.toml:4:1: error: unknown key 'run.gpsu'; did you mean 'gpus'?"},
      {"in place of a required one",
       "cards/chip.toml",
       "multiprocessors",
       "multiprocesors",
       {},
       R"(cards/chip.toml:1:1: error: missing key 'cluster.platform.chip.multiprocessors' (streaming multiprocessors, for wave quantisation)
)"
       "cards/chip.toml:2:1: error: unknown key 'cluster.platform.chip.multiprocesors'; did you "
       "mean 'multiprocessors'?"},
      {"of another table",
       "scenario.toml",
       R"(gpus = 16
)",
       R"(gpus = 16
duration = "1 day"
)",
       {},
       "scenario.toml:12:1: error: unknown key 'run.duration'; known here: gpus sequence "
       "global_batch stack fidelity split step_time steps model plan across_sites checkpoint "
       "elastic "
       "decision efficiency"},
  });
}

TEST_CASE("what is missing is named, with its meaning") {
  check_all({
      {"a key",
       "scenario.toml",
       R"(title = "a small run"
)",
       "",
       {},
       "scenario.toml:1:1: error: missing key 'title' (the question, in a few words)"},
      {"a key of a card",
       "cards/model.toml",
       R"(layers = 16
)",
       "",
       {},
       "cards/model.toml:1:1: error: missing key 'run.model.layers' (transformer layers)"},
      {"a key of a table that a card leaves out",
       "cards/chip.toml",
       R"(memory = { size = "80 GB", bandwidth = "3.35 TB/s" }
)",
       "",
       {},
       R"(cards/chip.toml:1:1: error: missing key 'cluster.platform.chip.memory.size' (device memory)
)"
       "cards/chip.toml:1:1: error: missing key 'cluster.platform.chip.memory.bandwidth' (device "
       "memory bandwidth)"},
      {"a card",
       "cards/cluster.toml",
       R"(chip = "chip.toml"
)",
       "",
       {},
       "cards/cluster.toml:1:1: error: missing card 'cluster.platform.chip' (the chip, a card in "
       "platforms/chips/)"},
      {"an array of tables",
       "cards/failures.toml",
       R"(
[[cause]]
name = "gpu"
group = "gpu"
count = 40
strikes = "gpu"

[[cause]]
name = "software"
group = "software"
count = 20
strikes = "job"
)",
       "",
       {},
       "cards/failures.toml:1:1: error: missing [[failures.causes.cause]] (one cause of "
       "interruptions)"},
      {"an array of tables that is empty",
       "cards/failures.toml",
       R"(
[[cause]]
name = "gpu"
group = "gpu"
count = 40
strikes = "gpu"

[[cause]]
name = "software"
group = "software"
count = 20
strikes = "job"
)",
       R"(cause = []
)",
       {},
       "cards/failures.toml:4:9: error: failures.causes.cause = an empty list, but at least one "
       "table [[failures.causes.cause]] is wanted"},
      {"the sequence",
       "scenario.toml",
       R"(sequence = 1024
)",
       "",
       {},
       "scenario.toml:9:1: error: missing key 'run.sequence' (tokens of a sequence), for instance "
       "8192"},
      {"the batch",
       "scenario.toml",
       R"(global_batch = 32
)",
       "",
       {},
       "scenario.toml:9:1: error: missing key 'run.global_batch' (sequences of a step), for "
       "instance 2048"},
      {"the platform",
       "scenario.toml",
       R"(platform = "cards/cluster.toml"
)",
       "",
       {},
       R"(scenario.toml:6:1: error: a model needs a platform; give cluster.platform = "../platforms/clusters/meta_24k_roce.toml")"},
      {"the model",
       "scenario.toml",
       R"(model = "cards/model.toml"
)",
       "",
       {},
       R"(scenario.toml:9:1: error: the run has no step time; give run.model = "models/llama3_405b.toml" or run.step_time = "5 s"
)"
       R"(scenario.toml:21:1: error: without a model the size of a checkpoint is not known; give run.checkpoint.write = "5 min")"},
      {"the end",
       "scenario.toml",
       R"(duration = "10 days"
)",
       "",
       {},
       R"(scenario.toml:1:1: error: nothing ends the run; give duration = "54 days" or run.steps = 1000000)"},
  });
}

TEST_CASE("a file that cannot be read is reported where it is asked for") {
  check_all({
      {"a card that is not there",
       "scenario.toml",
       "cards/cluster.toml",
       "cards/claster.toml",
       {},
       "scenario.toml:7:12: error: there is no file cards/claster.toml; its folder has chip.toml, "
       "cluster.toml, failures.toml, model.toml"},
      {"a card that is a folder",
       "scenario.toml",
       "cards/cluster.toml",
       "cards",
       {},
       "scenario.toml:7:12: error: cards is not a file"},
      {"an include that is not there",
       "scenario.toml",
       "title",
       R"(include = "base.toml"
title)",
       {},
       "scenario.toml:1:11: error: there is no file base.toml; its folder has loop.toml, "
       "more.toml, "
       "scenario.toml"},
      {"an include of no text",
       "scenario.toml",
       "title",
       R"(include = ["more.toml", 3]
title)",
       {},
       "scenario.toml:1:25: error: include wants the path of a TOML file, or a list of them"},
      {"a file that includes itself",
       "scenario.toml",
       "title",
       R"(include = "scenario.toml"
title)",
       {},
       "scenario.toml:1:11: error: scenario.toml includes itself, by way of scenario.toml; take "
       "one of the includes out"},
      {"files that include each other",
       "scenario.toml",
       "title",
       R"(include = "loop.toml"
title)",
       {},
       "loop.toml:1:11: error: scenario.toml includes itself, by way of loop.toml; take one of the "
       "includes out"},
      {"recorded stops that are not there",
       "scenario.toml",
       "causes =",
       R"(replay = "repaly.csv"
causes =)",
       {},
       "scenario.toml:26:10: error: there is no file repaly.csv"},
  });
}

TEST_CASE("a value of the wrong type says which one is wanted") {
  check_all({
      {"a number for a card",
       "scenario.toml",
       R"("cards/cluster.toml")",
       "3",
       {},
       "scenario.toml:7:12: error: cluster.platform = 3, but a table or the path of a file that "
       "holds it is wanted"},
      {"a number for a table",
       "scenario.toml",
       R"([run.plan]
tensor = 2
pipeline = 2
data = 4)",
       "plan = 3",
       {},
       "scenario.toml:17:8: error: run.plan = 3, but a table is wanted"},
      {"a number for a list of tables",
       "cards/failures.toml",
       R"(
[[cause]]
name = "gpu"
group = "gpu"
count = 40
strikes = "gpu"

[[cause]]
name = "software"
group = "software"
count = 20
strikes = "job"
)",
       R"(cause = 3
)",
       {},
       "cards/failures.toml:4:9: error: failures.causes.cause = 3, but at least one table "
       "[[failures.causes.cause]] is wanted"},
      {"true for a quantity",
       "cards/cluster.toml",
       R"("100 GB/s")",
       "true",
       {},
       R"(cards/cluster.toml:14:13: error: cluster.platform.storage.bandwidth = true, but bytes a second in quotes is wanted, for instance "30 GB/s" or "30 Gbps")"},
      {"a list for a quantity",
       "cards/cluster.toml",
       R"("100 GB/s")",
       "[1]",
       {},
       R"(cards/cluster.toml:14:13: error: cluster.platform.storage.bandwidth = a list, but bytes a second in quotes is wanted, for instance "30 GB/s" or "30 Gbps")"},
      {"a date for a number",
       "scenario.toml",
       "gpus = 16",
       "gpus = 2024-06-01",
       {},
       "scenario.toml:11:8: error: run.gpus = 2024-06-01, but a whole number is wanted"},
      {"a fraction for a whole number",
       "scenario.toml",
       "gpus = 16",
       "gpus = 16.5",
       {},
       "scenario.toml:11:8: error: run.gpus = 16.5, but a whole number is wanted"},
      {"a word for a whole number",
       "scenario.toml",
       "gpus = 16",
       R"(gpus = "many")",
       {},
       R"(scenario.toml:11:8: error: run.gpus: "many" is not a number; write for instance 30)"},
      {"a number for a text",
       "scenario.toml",
       R"(title = "a small run")",
       "title = 3",
       {},
       "scenario.toml:1:9: error: title = 3, but a text in quotes is wanted"},
      {"a number for a switch",
       "scenario.toml",
       "causes =",
       R"(random = 1
causes =)",
       {},
       "scenario.toml:26:10: error: failures.random = 1, but true or false is wanted"},
      {"a number for a path",
       "scenario.toml",
       "causes =",
       R"(replay = 3
causes =)",
       {},
       "scenario.toml:26:10: error: failures.replay = 3, but the path of a file is wanted"},
      {"a number for a word",
       "scenario.toml",
       R"("analytic")",
       "3",
       {},
       R"(scenario.toml:15:12: error: run.fidelity = 3, but one of "analytic", "flow" is wanted)"},
      {"a number for a date",
       "scenario.toml",
       R"("2024-06-01")",
       "2024",
       {},
       R"(scenario.toml:2:9: error: start = 2024, but a date of 1900 to 2999 in UTC such as "2024-07-23" or "2024-07-23T06:30:00" is wanted)"},
  });
}

TEST_CASE("a quantity that cannot be read says what would be right") {
  check_all({
      {"a number without unit",
       "scenario.toml",
       R"("30 min")",
       "30",
       {},
       R"(scenario.toml:23:12: error: run.checkpoint.interval = 30 has no unit; write "30 min" or "30 s")"},
      {"a number in quotes without unit",
       "scenario.toml",
       R"("30 min")",
       R"("30")",
       {},
       R"(scenario.toml:23:12: error: run.checkpoint.interval: "30" has no unit; write "30 min" or "30 s")"},
      {"a unit of another dimension",
       "scenario.toml",
       R"("30 min")",
       R"("30 GB")",
       {},
       R"(scenario.toml:23:12: error: run.checkpoint.interval: "30 GB" measures bytes, but time is wanted; write for instance "30 min" or "30 s")"},
      {"a unit that is none",
       "scenario.toml",
       R"("10 days")",
       R"("10 fortnights")",
       {},
       R"(scenario.toml:3:12: error: duration: unknown unit "fortnights"; write "10 min" or "10 s")"},
      {"no number",
       "cards/cluster.toml",
       R"("100 GB/s")",
       R"("fast")",
       {},
       R"(cards/cluster.toml:14:13: error: cluster.platform.storage.bandwidth: "fast" is not a number with a unit; write for instance "30 GB/s" or "30 Gbps")"},
      {"a number beyond doubles",
       "cards/cluster.toml",
       R"("100 GB/s")",
       R"("1e999 GB/s")",
       {},
       R"(cards/cluster.toml:14:13: error: cluster.platform.storage.bandwidth: "1e999 GB/s" is too large or too small a number)"},
      {"no number at all",
       "cards/cluster.toml",
       "taper = 1",
       "taper = nan",
       {},
       "cards/cluster.toml:11:9: error: cluster.platform.fabric.three_layer_clos.taper = nan, but "
       "a finite number "
       "is wanted"},
      {"infinity",
       "cards/cluster.toml",
       "taper = 1",
       "taper = inf",
       {},
       "cards/cluster.toml:11:9: error: cluster.platform.fabric.three_layer_clos.taper = inf, but "
       "a finite number "
       "is wanted"},
      {"a unit where none is wanted",
       "cards/cluster.toml",
       "taper = 1",
       R"(taper = "7 s")",
       {},
       R"(cards/cluster.toml:11:9: error: cluster.platform.fabric.three_layer_clos.taper: "7 s" measures time, but number is wanted; write for instance 7)"},
  });
}

TEST_CASE("a value out of range says the range") {
  check_all({
      {"at least",
       "cards/cluster.toml",
       "taper = 1",
       "taper = 0.5",
       {},
       "cards/cluster.toml:11:9: error: cluster.platform.fabric.three_layer_clos.taper = 0.5, but "
       "at least 1 is "
       "wanted"},
      {"a ratio",
       "cards/cluster.toml",
       R"("575 W")",
       R"("575 W"
idle_fraction = 1.5)",
       {},
       "cards/cluster.toml:18:17: error: cluster.platform.power.idle_fraction = 1.5, but 0 to 1 is "
       "wanted"},
      {"below one",
       "cards/cluster.toml",
       R"("575 W")",
       R"("575 W"
network_share = 1)",
       {},
       "cards/cluster.toml:18:17: error: cluster.platform.power.network_share = 1, but 0 to below "
       "1 is wanted"},
      {"more than none",
       "scenario.toml",
       R"("10 days")",
       R"("0 days")",
       {},
       "scenario.toml:3:12: error: duration = '0 days', but more than 0 s is wanted"},
      {"a count of none",
       "scenario.toml",
       "tensor = 2",
       "tensor = 0",
       {},
       "scenario.toml:18:10: error: run.plan.tensor = 0, but 1 to 1e+09 is wanted"},
      {"a count beyond reason",
       "scenario.toml",
       "gpus = 16",
       "gpus = 9000000000000000000",
       {},
       "scenario.toml:11:8: error: run.gpus = 9000000000000000000, but 0 to 1e+09 is wanted"},
      {"a count beyond 64 bits",
       "scenario.toml",
       "gpus = 16",
       "gpus = 90000000000000000000",
       {},
       "scenario.toml:11:28: error: this is no TOML: '90000000000000000000' is not representable "
       "in 64 bits (in a decimal integer)"},
      {"a stage of ZeRO",
       "scenario.toml",
       "tensor = 2",
       R"(tensor = 2
zero_stage = 4)",
       {},
       "scenario.toml:19:14: error: run.plan.zero_stage = 4, but 0 to 3 is wanted"},
      {"a seed below none",
       "scenario.toml",
       "seed = 7",
       "seed = -7",
       {},
       "scenario.toml:4:8: error: seed = -7, but at least 0 is wanted"},
      {"a rate that is none",
       "cards/chip.toml",
       "400 Gbps",
       "1e-300 B/s",
       {},
       R"(cards/chip.toml:5:40: error: cluster.platform.chip.links.nic = '1e-300 B/s', but 1 B/s to 1e+12 TB/s is wanted)"},
      {"an efficiency of none",
       "scenario.toml",
       "[run.plan]",
       "[run.efficiency]\ngemm = 0\n\n[run.plan]",
       {},
       R"(scenario.toml:18:8: error: run.efficiency.gemm = 0, but more than 0 to 1 is wanted)"},
      {"longer than any run",
       "scenario.toml",
       R"("10 days")",
       R"("1e300 s")",
       {},
       "scenario.toml:3:12: error: duration = 3.169e+292 years, but at most 10,000 years is "
       "wanted"},
  });
}

TEST_CASE("a word that is none of those wanted gets their list") {
  check_all({
      {"a fidelity",
       "scenario.toml",
       R"("analytic")",
       R"("analytical")",
       {},
       R"(scenario.toml:15:12: error: run.fidelity = 'analytical', but one of "analytic", "flow" is wanted)"},
      {"a policy or a time",
       "scenario.toml",
       R"("30 min")",
       R"("dally")",
       {},
       R"(scenario.toml:23:12: error: run.checkpoint.interval = 'dally', but one of "young", "daly", "adaptive", "step" or time is wanted, for instance "30 min" or "30 s")"},
      {"what a failure strikes",
       "cards/failures.toml",
       R"(strikes = "gpu")",
       R"(strikes = "cabinet")",
       {},
       R"(cards/failures.toml:9:11: error: failures.causes.cause[0].strikes = 'cabinet', but one of "gpu", "node", "switch", "link", "job", "rack", "pod", "site" is wanted)"},
      {"a day that does not exist",
       "scenario.toml",
       "2024-06-01",
       "2024-06-31",
       {},
       R"(scenario.toml:2:9: error: start = '2024-06-31', but a date of 1900 to 2999 in UTC such as "2024-07-23" or "2024-07-23T06:30:00" is wanted)"},
      {"a date of no zone but UTC",
       "scenario.toml",
       R"("2024-06-01")",
       "2024-06-01T00:00:00+02:00",
       {},
       R"(scenario.toml:2:9: error: start = 2024-06-01T00:00:00+02:00, but a date of 1900 to 2999 in UTC such as "2024-07-23" or "2024-07-23T06:30:00" is wanted)"},
  });
}

TEST_CASE("a distribution that cannot be drawn from says why") {
  check_all({
      {"an unknown one",
       "scenario.toml",
       "uniform",
       "unifrom",
       {},
       R"(scenario.toml:29:12: error: recovery.detect: unknown distribution 'unifrom'; there are "constant", "uniform", "log_uniform", "triangular", "normal", "lognormal", "exponential", "weibull", "choice", "metalog", "metalog_share", "metalog_growth")"},
      {"two at once",
       "scenario.toml",
       R"("5 min"] })",
       R"("5 min"], constant = "1 s" })",
       {},
       R"(scenario.toml:29:10: error: recovery.detect wants one distribution in its braces: "constant", "uniform", "log_uniform", "triangular", "normal", "lognormal", "exponential", "weibull", "choice", "metalog", "metalog_share", "metalog_growth")"},
      {"too few values",
       "scenario.toml",
       R"("1 min", "5 min")",
       R"("1 min")",
       {},
       "scenario.toml:29:22: error: recovery.detect: uniform takes 2 values (lowest, highest)"},
      {"the wrong order",
       "scenario.toml",
       R"("1 min", "5 min")",
       R"("9 min", "5 min")",
       {},
       "scenario.toml:29:22: error: recovery.detect: uniform wants its lowest value first"},
      {"no unit",
       "scenario.toml",
       R"("1 min", "5 min")",
       R"(1, "5 min")",
       {},
       R"(scenario.toml:29:23: error: recovery.detect.uniform = 1 has no unit; write "1 min" or "1 s")"},
      {"a unit on a plain parameter",
       "scenario.toml",
       R"(uniform = ["1 min", "5 min"])",
       R"(weibull = ["1 min", "5 min"])",
       {},
       R"(scenario.toml:29:32: error: recovery.detect.weibull: "5 min" measures time, but number is wanted; write for instance 5)"},
      {"values below the range",
       "scenario.toml",
       R"("1 min", )",
       R"("-1 min", )",
       {},
       "scenario.toml:29:22: error: recovery.detect: this uniform distribution can give other "
       "values, but at least 0 s is wanted; take one that stays inside"},
      {"values below the range, normal",
       "scenario.toml",
       R"(uniform = ["1 min", "5 min"])",
       R"(normal = ["1 min", "5 min"])",
       {},
       "scenario.toml:29:21: error: recovery.detect: this normal distribution can give other "
       "values, but at least 0 s is wanted; take one that stays inside"},
      {"values above the range",
       "scenario.toml",
       "tensor = 2",
       R"(tensor = 2
recompute_share = { uniform = [0.5, 2] })",
       {},
       "scenario.toml:19:31: error: run.plan.recompute_share: this uniform distribution can give "
       "other values, but more than 0 to 1 is wanted; take one that stays inside"},
      {"a count",
       "scenario.toml",
       "gpus = 16",
       "gpus = { normal = [16, 1] }",
       {},
       "scenario.toml:11:19: error: run.gpus: this normal distribution can give other values, but "
       "0 to 1e+09 is wanted; take one that stays inside"},
      {"a value beyond all bounds",
       "scenario.toml",
       R"("10 days")",
       R"({ lognormal = ["1 day", 1e300] })",
       {},
       "scenario.toml:3:12: error: duration: the value drawn is 0 s, but more than 0 s is wanted; "
       "take a narrower distribution"},
  });
}

TEST_CASE("what is no TOML is reported where it goes wrong") {
  check_all({
      {"no value",
       "scenario.toml",
       "gpus = 16",
       "gpus =",
       {},
       R"(scenario.toml:11:7: error: this is no TOML: expected value, saw '\n' (in a key-value pair))"},
      {"no equals sign",
       "cards/model.toml",
       "layers = 16",
       "layers 16",
       {},
       "cards/model.toml:2:8: error: this is no TOML: expected '=', saw '1' (in a key-value pair)"},
      {"a quantity without quotes",
       "scenario.toml",
       R"("10 days")",
       "10 days",
       {},
       R"(scenario.toml:3:15: error: this is no TOML: expected a comment or whitespace, saw 'd' (in a key-value pair); words and quantities stand in quotes, such as "54 days")"},
      {"a word without quotes",
       "scenario.toml",
       R"("30 min")",
       "daly",
       {},
       R"(scenario.toml:23:12: error: this is no TOML: could not determine value type (in a value); words and quantities stand in quotes, such as "54 days")"},
      {"a quote left open",
       "scenario.toml",
       R"("10 days")",
       R"("10 days)",
       {},
       "scenario.toml:3:20: error: this is no TOML: unescaped control characters other than TAB "
       "(U+0009) are explicitly prohibited (in a string); is the closing quote missing?"},
      {"a key twice",
       "scenario.toml",
       "gpus = 16",
       R"(gpus = 16
gpus = 8)",
       {},
       "scenario.toml:12:8: error: this is no TOML: cannot redefine existing integer 'gpus' (in a "
       "key-value pair)"},
      {"bytes of another encoding",
       "scenario.toml",
       "small",
       "sm"
       "\xe4"
       "ll",
       {},
       "scenario.toml:1:13: error: Encountered invalid utf-8 sequence; save the file as UTF-8"},
      {"a key without end",
       "scenario.toml",
       "title",
       R"(a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1
title)",
       {},
       "scenario.toml:1:1: error: a key of more than 32 parts; take dots out"},
      {"lists without end",
       "scenario.toml",
       "title",
       R"(a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
title)",
       {},
       "scenario.toml:1:261: error: this is no TOML: exceeded maximum nested value depth of 256 "
       "(TOML_MAX_NESTED_VALUES) (in a value)"},
  });
}

TEST_CASE("parts that do not fit together are reported at what has to change") {
  check_all({
      {"degrees that do not multiply to the GPUs",
       "scenario.toml",
       "gpus = 16",
       "gpus = 32",
       {},
       "scenario.toml:11:8: error: gpus = 32, but tensor 2 x pipeline 2 x data 4 needs 16; set "
       "gpus = 16 or data = 8"},
      {"degrees beyond counting",
       "scenario.toml",
       R"(tensor = 2
pipeline = 2
data = 4)",
       R"(tensor = 1000000000
pipeline = 1000000000
data = 4)",
       {},
       "scenario.toml:17:1: error: the degrees of run.plan multiply to more than 1e12; take "
       "smaller ones"},
      {"layers that do not divide",
       "scenario.toml",
       "pipeline = 2",
       R"(pipeline = 2
virtual_stages = 5)",
       {},
       "scenario.toml:20:18: error: virtual_stages = 5 does not divide the 8 layers of a stage; "
       "set "
       "virtual_stages to a divisor of 8"},
      {"heads that do not divide",
       "cards/model.toml",
       "heads = 16",
       "heads = 15",
       {},
       "cards/model.toml:5:9: error: hidden 2048 does not divide over 15 heads; set heads to a "
       "divisor "
       "of hidden, or give head_dim\n"
       "cards/model.toml:6:12: error: 15 heads do not share 16 key and value heads evenly; set "
       "kv_heads to a divisor of 15\n"
       "scenario.toml:18:10: error: 15 heads do not divide over tensor = 2; set tensor to a "
       "divisor of 15"},
      {"a batch that does not divide",
       "scenario.toml",
       "global_batch = 32",
       "global_batch = 30",
       {},
       "scenario.toml:13:16: error: a batch of 30 sequences does not divide by data 4 x microbatch "
       "1; set global_batch = 28"},
      {"a batch too small",
       "scenario.toml",
       "global_batch = 32",
       "global_batch = 2",
       {},
       "scenario.toml:17:1: error: microbatch 1 x data 4 = 4 exceeds the batch of 2 sequences; set "
       "global_batch = 4 or a smaller microbatch"},
      {"a plan that does not fit memory",
       "cards/model.toml",
       "hidden = 2048",
       "hidden = 65536",
       {},
       "scenario.toml:17:1: error: run.plan needs 1352.4 GB a GPU (parameters 148.1 GB, gradients "
       "296.3 GB, optimizer 888.8 GB, activations 15.3 GB, reserve 4.0 GB), 1272.4 GB more than "
       "the 80.0 GB of H100-80GB-SXM; no single knob is enough: divide the model over more GPUs"},
      {"more GPUs than the platform",
       "scenario.toml",
       R"(gpus = 16
)",
       R"(gpus = 128
)",
       {},
       R"(scenario.toml:11:8: error: gpus = 128, but tensor 2 x pipeline 2 x data 4 needs 16; set gpus = 16 or data = 32
)"
       "scenario.toml:11:8: error: run.gpus = 128, but small has 64; take at most that many"
       ", or run.gpus = 0 for as many as the fastest plan takes"},
      {"GPUs that are no whole nodes",
       "scenario.toml",
       "gpus = 16",
       "gpus = 12",
       {},
       R"(scenario.toml:11:8: error: gpus = 12, but tensor 2 x pipeline 2 x data 4 needs 16; set gpus = 16 or data = 3
)"
       "scenario.toml:11:8: error: run.gpus = 12 leaves a node of 8 GPUs partly used; take 8 or "
       "16, or run.gpus = 0 for as many as the fastest plan takes"},
      {"less than a node",
       "scenario.toml",
       "gpus = 16",
       "gpus = 4",
       {},
       R"(scenario.toml:11:8: error: gpus = 4, but tensor 2 x pipeline 2 x data 4 needs 16; set gpus = 16 or data = 1
)"
       "scenario.toml:11:8: error: run.gpus = 4 leaves a node of 8 GPUs partly used; take 8"
       ", or run.gpus = 0 for as many as the fastest plan takes"},
      {"a fabric beyond building",
       "cards/cluster.toml",
       "pods = 2",
       "pods = 1000000000",
       {},
       "cards/cluster.toml:4:1: error: 32000000000 GPUs need 176000000000 links, more than a "
       "fabric can hold (16777216); take fewer of them"},
      {"a number of the network that makes none",
       "cards/cluster.toml",
       R"([fabric.three_layer_clos]
gpus_per_leaf = 16
leaves_per_pod = 2
pods = 2
aggregation_per_pod = 4
cores = 4
taper = 1)",
       R"([fabric.fat_tree]
levels = 2
ports = 5)",
       {},
       "cards/cluster.toml:7:9: error: ports = 5: half of a switch's ports lead up, so take an "
       "even number such as 4 or 6"},
      {"a number of the fabric that makes none",
       "cards/cluster.toml",
       "fabric.gpus_per_node = 8",
       "fabric.gpus_per_node = 8\nfabric.gpus_per_nic = 3",
       {},
       "cards/cluster.toml:5:23: error: gpus_per_nic = 3, but a node has 8 GPUs; take a divisor "
       "of that"},
      {"a model and a step time",
       "scenario.toml",
       "gpus = 16",
       R"(gpus = 16
step_time = "1 s")",
       {},
       "scenario.toml:12:13: error: run.step_time and run.model exclude each other; take one out"},
      {"a chip without calibrated constants",
       "cards/chip.toml",
       "H100-80GB-SXM",
       "TPU",
       {},
       "scenario.toml:14:9: error: no calibrated constants for TPU and this precision; give "
       "[run.efficiency], or a stack of platforms/calibration.toml"},
      {"a cause named twice",
       "cards/failures.toml",
       R"(name = "software")",
       R"(name = "gpu")",
       {},
       "cards/failures.toml:12:8: error: cause 'gpu' is named twice; give each cause a name of its "
       "own"},
      {"recorded stops without causes",
       "scenario.toml",
       R"(causes = "cards/failures.toml")",
       R"(replay = "replay.csv")",
       {},
       "scenario.toml:26:10: error: a replay needs failures.causes, which name what its rows refer "
       "to"},
  });
}

TEST_CASE("a bad row of recorded stops is reported with its line") {
  check_all({
      {"unsorted",
       "replay.csv",
       "200,software",
       "50,software",
       {"failures.replay=H/replay.csv"},
       "replay.csv:4:1: error: time_s = 50 is before the row above (100); sort the rows by time"},
      {"a time that is no number",
       "replay.csv",
       "100,",
       "soon,",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: time_s = 'soon', but seconds since the start of the run are wanted, "
       "at least 0"},
      {"a negative time",
       "replay.csv",
       "100,",
       "-1,",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: time_s = '-1', but seconds since the start of the run are wanted, "
       "at least 0"},
      {"an infinite time",
       "replay.csv",
       "100,",
       "inf,",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: time_s = 'inf', but seconds since the start of the run are wanted, "
       "at least 0"},
      {"an unknown cause, nearly right",
       "replay.csv",
       "software",
       "sofware",
       {"failures.replay=H/replay.csv"},
       "replay.csv:4:1: error: cause 'sofware' is not in few; did you mean 'software'?"},
      {"an unknown cause",
       "replay.csv",
       "software",
       "meteor",
       {"failures.replay=H/replay.csv"},
       "replay.csv:4:1: error: cause 'meteor' is not in few; add it to the failure card"},
      {"a loss that is no number",
       "replay.csv",
       "60",
       "1 h",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: lost_s = '1 h', but seconds are wanted, or nothing"},
      {"a missing column",
       "replay.csv",
       "cause,",
       "why,",
       {"failures.replay=H/replay.csv"},
       R"(replay.csv:1:1: error: Extra column "why" in header; a replay has the columns time_s,cause,lost_s,node)"},
      {"a missing column, no other",
       "replay.csv",
       R"(time_s,cause,lost_s
100,gpu,60
200,software,)",
       R"(cause,lost_s
gpu,60)",
       {"failures.replay=H/replay.csv"},
       "replay.csv:1:1: error: missing column 'time_s'; a replay has the columns "
       "time_s,cause,lost_s,node"},
      {"too many columns",
       "replay.csv",
       "100,gpu,60",
       "100,gpu,60,7",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: Too many columns; a replay has the columns "
       "time_s,cause,lost_s,node"},
      {"too few columns",
       "replay.csv",
       "100,gpu,60",
       "100",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: Too few columns; a replay has the columns time_s,cause,lost_s,node"},
      {"a node that is not there",
       "replay.csv",
       R"(time_s,cause,lost_s
100,gpu,60
200,software,)",
       R"(time_s,cause,lost_s,node
100,gpu,60,8
200,software,,7)",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: node = '8', but a number from 0 to 7 is wanted, or nothing"},
      {"a quote left open",
       "replay.csv",
       "100,gpu,60",
       R"(100,"gpu,60)",
       {"failures.replay=H/replay.csv"},
       "replay.csv:3:1: error: Escaped string was not closed; a replay has the columns "
       "time_s,cause,lost_s,node"},
      {"nothing at all",
       "replay.csv",
       R"(# two stops
time_s,cause,lost_s
100,gpu,60
200,software,
)",
       "",
       {"failures.replay=H/replay.csv"},
       "replay.csv:1:1: error: Header missing; a replay has the columns time_s,cause,lost_s,node"},
  });
}

TEST_CASE("an override is checked like the file, and named itself") {
  check_all({
      {"no value",
       "scenario.toml",
       "",
       "",
       {"run.gpus"},
       "--set run.gpus: error: write --set key.path=value, for instance --set run.gpus=8192"},
      {"no key",
       "scenario.toml",
       "",
       "",
       {"=3"},
       "--set =3: error: write --set key.path=value, for instance --set run.gpus=8192"},
      {"no unit",
       "scenario.toml",
       "",
       "",
       {"run.checkpoint.interval=30"},
       R"(--set run.checkpoint.interval=30: error: run.checkpoint.interval = 30 has no unit; write "30 min" or "30 s")"},
      {"an empty value",
       "scenario.toml",
       "",
       "",
       {"run.gpus="},
       R"(--set run.gpus=: error: run.gpus: "" is not a number; write for instance 30)"},
      {"an unknown key",
       "scenario.toml",
       "",
       "",
       {"run.gpu=8"},
       "--set run.gpu=8: error: unknown key 'run.gpu'; did you mean 'gpus'?"},
      {"a value in a card",
       "scenario.toml",
       "",
       "",
       {"cluster.platform.chip.power.tdp=650 GB"},
       R"(--set cluster.platform.chip.power.tdp=650 GB: error: cluster.platform.chip.power.tdp: "650 GB" measures bytes, but power is wanted; write for instance "650 W" or "650 MW")"},
      {"an unknown key in a card",
       "scenario.toml",
       "",
       "",
       {"cluster.platform.chip.power.tpd=650 W"},
       "--set cluster.platform.chip.power.tpd=650 W: error: unknown key "
       "'cluster.platform.chip.power.tpd'; did you mean 'tdp'?"},
      {"a key that is none",
       "scenario.toml",
       "",
       "",
       {"run..gpus=8"},
       "--set run..gpus=8: error: this is no TOML: expected bare key starting character or string "
       "delimiter, saw '.' (in a key)"},
      {"a key without end",
       "scenario.toml",
       "",
       "",
       {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"},
       "--set a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1: "
       "error: a key of more than 32 parts; take dots out"},
      {"a file that is not there",
       "scenario.toml",
       "",
       "",
       {"cluster.platform=nothere.toml"},
       "--set cluster.platform=nothere.toml: error: there is no file nothere.toml"},
      {"what does not fit",
       "scenario.toml",
       "",
       "",
       {"run.gpus=32"},
       "--set run.gpus=32: error: gpus = 32, but tensor 2 x pipeline 2 x data 4 needs 16; set gpus "
       "= 16 or data = 8"},
      {"a seed that is none",
       "scenario.toml",
       "",
       "",
       {"seed=99999999999999999999"},
       "--set seed=99999999999999999999: error: seed = '99999999999999999999', but a whole number "
       "is wanted"},
      {"an include",
       "scenario.toml",
       "",
       "",
       {"include=base.toml"},
       "--set include=base.toml: error: unknown key 'include'; known here: title start duration "
       "seed cluster run failures recovery repair spares maintenance power world lab rival "
       "schedule output "
       "constraints wall sweep"},
      {"two at once",
       "scenario.toml",
       "",
       "",
       {"run.gpus=-1", "run.plan.tensor=0"},
       R"(--set run.gpus=-1: error: run.gpus = -1, but 0 to 1e+09 is wanted
)"
       "--set run.plan.tensor=0: error: run.plan.tensor = 0, but 1 to 1e+09 is wanted"},
  });
}

TEST_CASE("all mistakes are reported at once, in the order of files and lines") {
  check_all({
      {"the file of the first page",
       "scenario.toml",
       R"(gpus = 16
sequence = 1024
global_batch = 32
stack = "meta-2024"
fidelity = "analytic"

[run.plan]
tensor = 2
pipeline = 2
data = 4

[run.checkpoint]
interval = "30 min"

[failures])",
       R"(gpus = 24
sequence = 1024
global_batch = 32
stack = "meta-2024"
fidelity = "analytic"

[run.plan]
tensor = 2
pipeline = 2
data = 4

[run.checkpoint]
interval = 30

[falures])",
       {},
       R"(scenario.toml:11:8: error: gpus = 24, but tensor 2 x pipeline 2 x data 4 needs 16; set gpus = 16 or data = 6
)"
       R"(scenario.toml:23:12: error: run.checkpoint.interval = 30 has no unit; write "30 min" or "30 s"
)"
       "scenario.toml:25:2: error: unknown key 'falures'; did you mean 'failures'?"},
      {"in file, card and override",
       "cards/cluster.toml",
       R"(bandwidth = "100 GB/s")",
       R"(bandwidth = "100 GB")",
       {"run.plan.tensor=x", "recovery.restart=5"},
       R"(--set recovery.restart=5: error: recovery.restart = 5 has no unit; write "5 min" or "5 s"
)"
       R"(--set run.plan.tensor=x: error: run.plan.tensor: "x" is not a number; write for instance 30
)"
       R"(cards/cluster.toml:14:13: error: cluster.platform.storage.bandwidth: "100 GB" measures bytes, but bytes a second is wanted; write for instance "100 GB/s" or "100 Gbps")"},
  });
}

}  // namespace
}  // namespace longhaul::scenario
