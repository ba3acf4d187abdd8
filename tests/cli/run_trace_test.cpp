// longhaul run --trace as a user meets it.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "desk.hpp"

namespace longhaul::cli {
namespace {

using Json = nlohmann::json;
using scenario::text_of;

TEST_CASE("slices by state sum to the ledger of the summary and never overlap") {
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{},
        {"--set", "run.fidelity=flow"},
        {"--set", "failures.causes.observed=2 days"},  // stops within stops
        {"--set", "failures.replay=replay.csv"}}) {
    const Desk desk;
    std::vector<std::string> arguments{"run", "scenario.toml", "--json", "--out",
                                       "r",   "--trace",       "t.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto outcome = desk(arguments);
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.err.empty());
    const auto summary = Json::parse(outcome.out);
    const auto trace = Json::parse(text_of(desk / "t.json"));
    std::map<std::string, double> sums_s;
    double end_us = 0;
    std::int64_t n_stops = 0;
    std::int64_t last_steps = 0;
    for (const auto& event : trace["traceEvents"]) {
      if (event["ph"] == "i") ++n_stops;
      if (event["name"] == "kept steps") last_steps = event["args"]["value"];
      if (event["ph"] != "X") continue;
      CHECK(event["ts"].get<double>() >= end_us - 1e-3);
      end_us = event["ts"].get<double>() + event["dur"].get<double>();
      sums_s[event["name"]] += event["dur"].get<double>() / 1e6;
    }
    CHECK(end_us == doctest::Approx(1e6 * summary["simulated_s"].get<double>()).epsilon(1e-12));
    CHECK(n_stops == summary["interruptions"]["total"]);
    CHECK(last_steps == summary["steps"]);
    const double kept_s = summary["steps"].get<double>() * summary["step_s"].get<double>() +
                          summary["lost_s"]["stragglers"].get<double>();
    CHECK(sums_s["compute"] == doctest::Approx(kept_s).epsilon(1e-6));
    for (const auto& [state, lost_s] : summary["lost_s"].items()) {
      if (state == "stragglers") continue;
      const auto& lost_to = state;
      CAPTURE(lost_to);
      CHECK(std::abs(sums_s[state] - lost_s.get<double>()) <= 1e-6 * lost_s.get<double>());
    }
    CHECK(trace["otherData"]["start"] == "2024-06-01");
  }
}

TEST_CASE("a trace of the months changes no result, and the same seed gives the same bytes") {
  const Desk desk;
  const auto plain = desk({"run", "scenario.toml", "--out", "a"});
  const auto traced = desk({"run", "scenario.toml", "--out", "b", "--trace", "b.json"});
  REQUIRE(traced.status == 0);
  CHECK(plain.out.find("ui.perfetto.dev") == std::string::npos);
  CHECK(traced.out.find("\nb.json   for ui.perfetto.dev\n") != std::string::npos);
  CHECK(text_of(desk / "a/events.csv") == text_of(desk / "b/events.csv"));
  CHECK(text_of(desk / "a/timeline.csv") == text_of(desk / "b/timeline.csv"));
  REQUIRE(desk({"run", "scenario.toml", "--out", "b", "--trace", "c.json"}).status == 0);
  CHECK(text_of(desk / "b.json") == text_of(desk / "c.json"));
  REQUIRE(desk({"run", "scenario.toml", "--seed", "8", "--trace", "c.json"}).status == 0);
  CHECK(text_of(desk / "b.json") != text_of(desk / "c.json"));
}

TEST_CASE("what was thinned is told on the terminal and in the file") {
  const Desk desk;
  // 86,400 writes of 10 s, and steps between them: more than 100,000 slices.
  const auto outcome = desk({"run", "scenario.toml", "--trace", "t.json", "--set",
                             "duration=100 days", "--set", "run.checkpoint.interval=20 s"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto trace = Json::parse(text_of(desk / "t.json"));
  const std::string note = trace["otherData"]["note"];
  CHECK(note.find("steps and the checkpoints between two stops are one") != std::string::npos);
  CHECK(outcome.out.find("\nt.json   for ui.perfetto.dev; " + note + "\n") != std::string::npos);
  CHECK(trace["otherData"]["slices"] > 200'000);
  CHECK(trace["traceEvents"].size() < 200'000);
}

TEST_CASE("a trace of the months takes no other file's place and leaves nothing half-written") {
  const Desk desk;
  desk.files.write("thesis.tex", "ten years of work");
  REQUIRE(desk({"run", "scenario.toml", "--out", "r"}).status == 0);
  const auto before = all_files(desk.files.folder());
  for (const char* path : {"none/t.json", "scenario.toml/t.json", "/proc/t.json", "thesis.tex",
                           "cards", "", "/dev/null", "r/t.json", "./r/../r/deep/t.json"}) {
    CAPTURE(path);
    const auto outcome = desk({"run", "scenario.toml", "--out", "r", "--trace", path});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
    CHECK(all_files(desk.files.folder()) == before);
  }
  CHECK(desk({"run", "scenario.toml", "--out", "r", "--trace", "r/t.json"})
            .err.find("r/t.json: error: a trace cannot lie in r, the folder of the results") == 0);
  // The results fit, the trace does not.
  const auto full = run({"run", "scenario.toml", "--out", "r", "--trace", "t.json"},
                        {desk.files.folder(), "", 70'000});
  CHECK(full.status == 2);
  CHECK(full.err.find("t.json: error: cannot be written: File too large") == 0);
  CHECK(all_files(desk.files.folder()) == before);
}

TEST_CASE("an interrupted run leaves no trace") {
  const Desk desk;
  const auto before = all_files(desk.files.folder());
  Program program(
      {"run", "scenario.toml", "--out", "r", "--trace", "t.json", "--set", "duration=60 years",
       "--set", "failures.causes.observed=16 min", "--set", "output.timeline=0 s"},
      {desk.files.folder(), "", -1});
  // Its files are set up one after the other: the trace's after the folder of the results.
  bool writes = false;
  for (int i = 0; i < 3000 && !writes; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    for (const auto& entry : std::filesystem::directory_iterator(desk.files.folder()))
      writes = writes || entry.path().filename().string().find(".t.json.") == 0;
  }
  CHECK(writes);
  program.signal(SIGINT);
  CHECK(program.wait().status == 130);
  CHECK(all_files(desk.files.folder()) == before);
}

}  // namespace
}  // namespace longhaul::cli
