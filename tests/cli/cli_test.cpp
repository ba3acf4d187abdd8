// The program as a user meets it: exit statuses, messages, files.
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "../scenario/files.hpp"
#include "desk.hpp"
#include "program.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul::cli {
namespace {

namespace fs = std::filesystem;
using scenario::text_of;

/// Without the one value that may differ between two runs.
std::map<std::string, std::string> without_wall_time(std::map<std::string, std::string> texts) {
  for (auto& [name, text] : texts)
    text = std::regex_replace(text, std::regex("\"wall_s\": [^\n]*"), "\"wall_s\": 0");
  return texts;
}

TEST_CASE("each command's help has an example, and the program its version") {
  const auto help = run({"--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("longhaul run ") != std::string::npos);
  for (const char* command : {"run", "compare", "report", "schema", "step", "validate"}) {
    CAPTURE(command);
    CHECK(help.out.find(command) != std::string::npos);
    const auto outcome = run({command, "--help"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("Example") != std::string::npos);
    CHECK(outcome.out.find(std::string("longhaul ") + command) != std::string::npos);
  }
  const auto version = run({"--version"});
  CHECK(version.status == 0);
  CHECK(std::regex_search(version.out, std::regex("[0-9]+\\.[0-9]+\\.[0-9]+")));
}

TEST_CASE("what the command line gets wrong ends with status 2 and nothing written") {
  const Desk desk;
  const auto before = all_files(desk.files.folder());
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"rnu", "scenario.toml"},
      {"run"},
      {"run", "scenario.toml", "--ouput", "x"},
      {"run", "scenario.toml", "--out"},
      {"run", "none.toml"},
      {"run", "cards"},
      {"run", "cards/model.toml"},
      {"run", "scenario.toml", "--seed", "x"},
      {"run", "scenario.toml", "--seed", "-1"},
      {"run", "scenario.toml", "--seed", "99999999999999999999"},
      {"run", "scenario.toml", "--set", "run.gpus"},
      {"run", "scenario.toml", "--set", "run.gpus=17", "--dry-run"},
      {"run", "scenario.toml", "--set", "output.timeline=1 ns"},
      {"run", "scenario.toml", "--out", "scenario.toml"},
      {"run", "scenario.toml", "--out", "cards"},
      {"run", "scenario.toml", "--out", "scenario.toml/results"},
      {"run", "scenario.toml", "--out", "/proc/results"},
      {"compare", "cards", "none"},
      {"validate", "none.csv"},
      {"validate", "replay.csv"},
  };
  for (const auto& arguments : wrong) {
    std::string line = "longhaul";
    for (const auto& argument : arguments) line += " " + argument;
    CAPTURE(line);
    const auto outcome = desk(arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
    CHECK(outcome.err.find("our fault") == std::string::npos);
    CHECK(all_files(desk.files.folder()) == before);
  }
}

TEST_CASE("validate ends with status 3 outside the band that is asked for") {
  const auto within = run({"validate"});
  CHECK(within.status == 0);
  CHECK(within.out.find("the 10 largest errors") != std::string::npos);
  const auto outside = run({"validate", "--band", "1"});
  CHECK(outside.status == 3);
  CHECK(outside.err.find("outside the band of 1 %") != std::string::npos);
  CHECK(run({"validate", "--band", "-1"}).status == 2);
}

TEST_CASE("validate says which rows do not divide evenly and which do not fit") {
  const Desk desk;
  const auto shipped =
      scenario::text_of(std::string(LONGHAUL_SOURCE_ROOT) + "/tests/published/measured_steps.csv");
  const auto row = [&](const std::string& batch, const std::string& microbatch) {
    return "mine,GPT,1.7,24,2304,9216,24,24,2048,51200,A100-80GB-SXM,32,1,1,32,1,1,1," +
           microbatch + "," + batch +
           ",none,fp16,megatron-lm-2021,no,fused-softmax,no,0,,,,,8,300,200,model,,3,,,,,\n";
  };
  desk.files.write("rows.csv", shipped.substr(0, shipped.find('\n') + 1) + row("512", "1") +
                                   row("500", "1") + row("512", "16"));
  const auto outcome = desk({"validate", "rows.csv", "--band", "1000"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  std::istringstream lines(outcome.out);
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);)
    if (line.find("mine ") == 0 && line.find(" mb ") != std::string::npos) rows.push_back(line);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].find(';') == std::string::npos);
  CHECK(rows[1].find("; rounded up, as it does not divide evenly") != std::string::npos);
  CHECK(rows[2].find("; does not fit memory as modelled") != std::string::npos);
}

TEST_CASE("mistakes are counted below their list") {
  const Desk desk;
  CHECK(desk({"run", "scenario.toml", "--set", "run.gpus=8.5", "--set", "colour=red"}).err ==
        "--set colour=red: error: unknown key 'colour'; known here: title start duration seed "
        "cluster run failures recovery repair spares maintenance power world lab rival schedule "
        "output "
        "constraints wall sweep\n"
        "--set run.gpus=8.5: error: run.gpus = 8.5, but a whole number is wanted\n"
        "2 errors; nothing was written\n");
  CHECK(desk({"run", "none.toml"}).err ==
        "none.toml: error: there is no file none.toml\n1 error; nothing was written\n");
}

TEST_CASE("a run writes its files, and the same seed the same bytes") {
  for (const char* fidelity : {"run.fidelity=analytic", "run.fidelity=flow"}) {
    CAPTURE(fidelity);
    const Desk desk;
    const auto make = [&](const char* out, const char* seed) {
      const auto outcome =
          desk({"run", "scenario.toml", "--out", out, "--seed", seed, "--set", fidelity});
      CAPTURE(outcome.err);
      REQUIRE(outcome.status == 0);
      return without_wall_time(all_files(desk / out));
    };
    const auto first = make("a", "1");
    for (const char* name :
         {"summary.json", "events.csv", "timeline.csv", "resolved.toml", "provenance.json"})
      CHECK(first.contains(name));
    CHECK(first.size() == 5);
    const auto again = make("b", "1");
    const auto other = make("c", "2");
    CHECK(first == again);
    for (const auto& file : other) CHECK_MESSAGE(file.second != first.at(file.first), file.first);
  }
}

TEST_CASE("results go to results/<scenario>-<seed>, and an earlier result is replaced") {
  const Desk desk;
  CHECK(desk({"run", "scenario.toml"}).status == 0);
  const auto first = without_wall_time(all_files(desk / "results"));
  CHECK(first.contains("scenario-7/summary.json"));
  CHECK(desk({"run", "scenario.toml", "--set", "duration=1 day", "--out", "results/scenario-7/"})
            .status == 0);
  const auto second = without_wall_time(all_files(desk / "results"));
  CHECK(second.size() == first.size());
  CHECK(second.at("scenario-7/summary.json") != first.at("scenario-7/summary.json"));
  CHECK(desk({"run", "scenario.toml"}).status == 0);
  CHECK(without_wall_time(all_files(desk / "results")) == first);
}

TEST_CASE("a folder that is no result of longhaul is refused and left as it is") {
  const Desk desk;
  desk.files.write("thesis/chapter1.tex", "ten years of work");
  desk.files.write("almost/provenance.json", "{\"program\": 3}");
  desk.files.write("broken/provenance.json", "{\"program\": \"longhaul\"");
  desk.files.write("list/provenance.json", "[\"longhaul\"]");
  fs::create_symlink(desk / "nowhere", desk / "dangling");
  const auto before = all_files(desk.files.folder());
  for (const char* folder : {"thesis", "almost", "broken", "list", "dangling", "."}) {
    CAPTURE(folder);
    const auto outcome = desk({"run", "scenario.toml", "--out", folder});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("is no result of longhaul; give another folder with --out, or move it "
                           "away") != std::string::npos);
    CHECK(all_files(desk.files.folder()) == before);
  }
  fs::create_directory(desk / "empty");
  CHECK(desk({"run", "scenario.toml", "--out", "empty"}).status == 0);
  CHECK(fs::exists(desk / "empty/summary.json"));
}

TEST_CASE("--json prints the summary that is written") {
  const Desk desk;
  const auto outcome = desk({"run", "scenario.toml", "--json", "--out", "r"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out == text_of(desk / "r/summary.json"));
  const auto json = nlohmann::json::parse(outcome.out);
  for (const char* key :
       {"simulated_s",  "step_s",        "mfu",          "hfu",           "run_mfu",     "steps",
        "tokens",       "flop",          "redone_steps", "redone_tokens", "redone_flop", "ettr",
        "goodput",      "interruptions", "mtbi_s",       "lost_s",        "checkpoints", "energy_j",
        "peak_power_w", "events",        "wall_s"})
    CHECK_MESSAGE(json.contains(key), key);
  CHECK(json["simulated_s"] == 10 * 86400.0);
  CHECK(json["seed"] == 7);
  // The parts of the time sum to the whole.
  double sum_s = json["ettr"].get<double>() * 864'000.0;
  for (const auto& [cause, lost_s] : json["lost_s"].items())
    if (cause != "stragglers") sum_s += lost_s.get<double>();
  CHECK(sum_s == doctest::Approx(864'000.0).epsilon(1e-9));
}

TEST_CASE("--dry-run prints a scenario that prints itself, and writes nothing") {
  const Desk desk;
  const auto before = all_files(desk.files.folder());
  const auto outcome = desk({"run", "scenario.toml", "--dry-run", "--set", "run.gpus=16"});
  CHECK(outcome.status == 0);
  CHECK(all_files(desk.files.folder()) == before);
  desk.files.write("resolved.toml", outcome.out);
  CHECK(desk({"run", "resolved.toml", "--dry-run"}).out == outcome.out);
}

TEST_CASE("the resolved scenario of a result gives the same result again") {
  const Desk desk;
  REQUIRE(desk({"run", "scenario.toml", "--out", "a", "--set", "failures.replay=replay.csv",
                "--set", "run.checkpoint.interval={uniform=[\"10 min\",\"50 min\"]}"})
              .status == 0);
  REQUIRE(desk({"run", "a/resolved.toml", "--out", "b"}).status == 0);
  const auto a = without_wall_time(all_files(desk / "a"));
  const auto b = without_wall_time(all_files(desk / "b"));
  for (const char* name : {"summary.json", "events.csv", "timeline.csv", "resolved.toml"})
    CHECK_MESSAGE(a.at(name) == b.at(name), name);
}

TEST_CASE("compare lists inputs that differ, then outputs") {
  const Desk desk;
  REQUIRE(desk({"run", "scenario.toml", "--out", "a"}).status == 0);
  REQUIRE(desk({"run", "scenario.toml", "--out", "b", "--set", "recovery.restart=2 h"}).status ==
          0);
  const auto outcome = desk({"compare", "a", "b"});
  CHECK(outcome.status == 0);
  const auto inputs = outcome.out.find("\ninputs\n");
  const auto outputs = outcome.out.find("\noutputs\n");
  REQUIRE(inputs != std::string::npos);
  REQUIRE(outputs != std::string::npos);
  CHECK(inputs < outputs);
  const auto between = outcome.out.substr(inputs, outputs - inputs);
  CHECK(between.find("recovery.restart") != std::string::npos);
  CHECK(between.find("2 h") != std::string::npos);
  CHECK(between.find("duration") == std::string::npos);
  CHECK(outcome.out.find("ettr", outputs) != std::string::npos);
  CHECK(desk({"compare", "a", "a"}).out == "provenance\n  none\ninputs\n  none\noutputs\n  none\n");
  for (const char* text : {"", "3", "[1]", "{\"ettr\":"}) {
    desk.files.write("a/summary.json", text);
    const auto broken = desk({"compare", "a", "b"});
    CHECK(broken.status == 2);
    CHECK(broken.err.find("a/summary.json: error: is not whole JSON") == 0);
  }
}

const nlohmann::json* find_key(const nlohmann::json& schema, const std::string& path) {
  const auto dot = path.find('.');
  auto key = path.substr(0, dot);
  const bool item = key.ends_with(']');
  key = key.substr(0, key.find('['));
  if (!schema.contains("properties") || !schema["properties"].contains(key)) return nullptr;
  const auto* inner = &schema["properties"][key];
  if (dot == std::string::npos) return inner;
  if (item) inner = &(*inner)["items"];
  if (inner->contains("anyOf"))
    for (const auto& choice : (*inner)["anyOf"]) {
      if (choice.contains("$ref")) return &choice;  // a distribution: its key is not a field
      if (choice.contains("properties")) inner = &choice;
    }
  return find_key(*inner, path.substr(dot + 1));
}

TEST_CASE("the schema is JSON and knows every key of every shipped scenario") {
  const auto outcome = run({"schema"});
  CHECK(outcome.status == 0);
  const auto schema = nlohmann::json::parse(outcome.out);
  for (const auto& file : scenario::shipped_scenarios())
    for (const auto& [path, value] : scenario::flat_toml(file)) {
      const auto& key = path;
      CAPTURE(key);
      CHECK(find_key(schema, key) != nullptr);
    }
  // And with every default written out.
  const Desk desk;
  desk.files.write("resolved.toml", desk({"run", "scenario.toml", "--dry-run"}).out);
  for (const auto& [path, value] : scenario::flat_toml(desk / "resolved.toml")) {
    const auto& key = path;
    CAPTURE(key);
    CHECK(find_key(schema, key) != nullptr);
  }
  CHECK(find_key(schema, "run.gpu") == nullptr);
}

TEST_CASE("an interrupted run leaves the earlier result whole and nothing else") {
  for (const int number : {SIGINT, SIGTERM}) {
    CAPTURE(number);
    const Desk desk;
    REQUIRE(desk({"run", "scenario.toml", "--out", "r"}).status == 0);
    const auto before = all_files(desk.files.folder());
    // 20 stops in 16 minutes for 60 years: 40 million of them, and as many restarts.
    Program program({"run", "scenario.toml", "--out", "r", "--set", "duration=60 years", "--set",
                     "failures.causes.observed=16 min", "--set", "output.timeline=0 s"},
                    {desk.files.folder(), "", -1});
    // It is under way once the unfinished folder holds events.
    bool writes = false;
    for (int i = 0; i < 3000 && !writes; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      for (const auto& entry : fs::directory_iterator(desk.files.folder())) {
        const auto events = entry.path() / "events.csv";
        std::error_code ignored;
        writes = writes || (entry.path().filename() != "r" && fs::exists(events, ignored) &&
                            fs::file_size(events, ignored) > 100'000);
      }
    }
    CHECK(writes);
    program.signal(number);
    const auto outcome = program.wait();
    CHECK(outcome.status == 130);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("nothing was written, earlier results are as they were") !=
          std::string::npos);
    CHECK(all_files(desk.files.folder()) == before);
  }
}

TEST_CASE("a disk that fills up leaves the earlier result whole and nothing else") {
  const Desk desk;
  REQUIRE(desk({"run", "scenario.toml", "--out", "r"}).status == 0);
  const auto before = all_files(desk.files.folder());
  const auto outcome = run({"run", "scenario.toml", "--out", "r"}, {desk.files.folder(), "", 2000});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("is the disk full?") != std::string::npos);
  CHECK(all_files(desk.files.folder()) == before);
}

TEST_CASE("output that cannot be printed is no success") {
  if (access("/dev/full", W_OK) != 0) {
    MESSAGE("skipped: there is no /dev/full");
    return;
  }
  const auto outcome = run({"schema"}, {".", "/dev/full", -1});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("cannot write") != std::string::npos);
}

TEST_CASE("a run that would write without end is refused with what to change") {
  const Desk desk;
  struct Case {
    std::vector<std::string> assignments;
    const char* says;
  };
  const std::vector<Case> cases{
      {{"output.timeline=1 us"},
       "is more than the 1e+08 that a run may write; take output.timeline"},
      {{"duration=9000 years", "output.timeline=0 s", "run.checkpoint.interval=1 s",
        "run.checkpoint.write=1 s"},
       "write them less often or end the run sooner"},
      {{"failures.causes.observed=1 ns"}, "look for a count or a time that cannot be right"},
  };
  for (const auto& bad : cases) {
    std::vector<std::string> arguments{"run", "scenario.toml"};
    for (const auto& assignment : bad.assignments)
      arguments.insert(arguments.end(), {"--set", assignment});
    const auto outcome = desk(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find(bad.says) != std::string::npos);
    CHECK_FALSE(fs::exists(desk / "results/scenario-7"));
  }
}

TEST_CASE("steps that never get done are refused") {
  const Desk desk;
  desk.files.write("steps.toml",
                   "title = \"t\"\n[run]\nstep_time = \"1 min\"\nsteps = 1000\n"
                   "[run.checkpoint]\nwrite = \"1 min\"\ninterval = \"1 h\"\n"
                   "[failures]\ncauses = \"cards/failures.toml\"\n");
  CHECK(desk({"run", "steps.toml"}).status == 0);
  // A failure every second, and a minute until the next step: e^60 tries.
  const auto outcome = desk({"run", "steps.toml", "--set", "failures.causes.observed=20 s"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err ==
        "steps.toml:4:9: error: 1000 steps would take more than 10,000 years, failures and lost "
        "work included; take fewer, or give a duration\n1 error; nothing was written\n");
}

}  // namespace
}  // namespace longhaul::cli
