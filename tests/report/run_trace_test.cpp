#include "report/run_trace.hpp"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace longhaul;
using namespace longhaul::operations;

namespace {

using Json = nlohmann::json;

scenario::Scenario two_causes() {
  scenario::Scenario scenario;
  scenario.title = "a run";
  scenario.start = *parse_date("2024-06-01");
  scenario.failures.causes.emplace();
  auto& causes = scenario.failures.causes->causes;
  causes.resize(2);
  causes[0].name = "faulty_gpu";
  causes[1].name = "upgrade";
  causes[1].planned = true;
  return scenario;
}

/// A run told stretch by stretch, as the engine does.
struct Told {
  explicit Told(std::size_t most = report::most_trace_events) : trace(scenario, most) {}
  void stretch(const char* state, double length_s) {
    trace.add(RunSpan{seconds(now_s), seconds(now_s + length_s), state});
    now_s += length_s;
  }
  void write(double step_s, double write_s) {
    stretch("step", step_s);
    stretch("checkpoint", write_s);
    trace.add(RunEvent{seconds(now_s), EventKind::Checkpoint, -1, -1, 0, seconds(write_s), {}});
  }
  /// The stretch goes to its end; the stop takes `lost_s`.
  void stop(const char* state, double length_s, double lost_s, std::int64_t cause = 0,
            std::int64_t node = 7) {
    trace.add(RunEvent{
        seconds(now_s + length_s), EventKind::Interruption, cause, node, 0, {}, seconds(lost_s)});
    stretch(state, length_s);
  }
  void sample(std::int64_t steps, double energy_j) {
    trace.add(RunSample{seconds(now_s), "step", steps, 0, 0, 0, joules(energy_j)});
  }
  Json written(double unfinished_s = 0) {
    RunTotals totals;
    totals.simulated = seconds(now_s);
    totals.ledger.spend(Spending::Unfinished, seconds(unfinished_s), 1);
    trace.end(totals);
    std::ostringstream stream;
    trace.write(stream, {});
    return Json::parse(stream.str());
  }

  scenario::Scenario scenario = two_causes();
  report::RunTrace trace;
  double now_s = 0;
};

std::vector<Json> events_of(const Json& trace, const char* phase) {
  std::vector<Json> events;
  for (const Json& event : trace["traceEvents"])
    if (event["ph"] == phase) events.push_back(event);
  return events;
}

/// Names and lengths [s] of the slices, which follow each other without gaps.
std::vector<std::pair<std::string, double>> states_of(const Json& trace) {
  std::vector<std::pair<std::string, double>> states;
  double end_us = 0;
  for (const Json& slice : events_of(trace, "X")) {
    CHECK(slice["ts"].get<double>() == doctest::Approx(end_us).epsilon(1e-12));
    end_us = slice["ts"].get<double>() + slice["dur"].get<double>();
    states.emplace_back(slice["name"], slice["dur"].get<double>() / 1e6);
  }
  return states;
}

/// Seconds by state, those of merged slices included.
std::map<std::string, double> sums_of(const Json& trace) {
  std::map<std::string, double> sums;
  for (const Json& slice : events_of(trace, "X")) {
    if (!slice.contains("args")) {
      sums[slice["name"]] += slice["dur"].get<double>() / 1e6;
      continue;
    }
    for (const auto& [key, value] : slice["args"].items())
      if (key.ends_with("_s")) sums[key.substr(0, key.size() - 2)] += value.get<double>();
  }
  return sums;
}

}  // namespace

TEST_CASE("steps are redone where a stop takes them, and compute where they are kept") {
  Told run;
  run.write(100, 5);
  run.stop("step", 60, 60);  // in steps
  run.stretch("detection", 10);
  run.stretch("restart", 20);
  run.stretch("step", 100);
  run.stop("checkpoint", 3, 100);  // in the write: what it would have saved goes too
  run.stretch("detection", 10);
  run.stretch("restart", 20);
  run.stretch("step", 50);
  run.stretch("recorded", 30);  // takes nothing by itself
  run.stop("step", 10, 60);
  run.stop("detection", 5, 0);  // during a recovery
  run.stretch("detection", 10);
  run.stretch("restart", 20);
  run.stretch("step", 25);
  using States = std::vector<std::pair<std::string, double>>;
  CHECK(states_of(run.written(10)) == States{{"compute", 100},
                                             {"checkpoint", 5},
                                             {"redone", 60},
                                             {"detection", 10},
                                             {"restart", 20},
                                             {"redone", 100},
                                             {"checkpoint", 3},
                                             {"detection", 10},
                                             {"restart", 20},
                                             {"redone", 50},
                                             {"recorded", 30},
                                             {"redone", 10},
                                             {"detection", 5},
                                             {"detection", 10},
                                             {"restart", 20},
                                             {"compute", 15},
                                             {"unfinished", 10}});
}

TEST_CASE("a stop is an instant named by its cause, with what it took") {
  Told run;
  run.stop("step", 3600, 1234.5);
  run.stop("step", 10, 0, 1, -1);
  const auto stops = events_of(run.written(), "i");
  REQUIRE(stops.size() == 2);
  CHECK(
      stops[0] ==
      Json{
          {"name", "faulty_gpu"},
          {"cat", "stop"},
          {"ph", "i"},
          {"s", "t"},
          {"ts", 3600e6},
          {"pid", 1},
          {"tid", 2},
          {"args",
           {{"lost_s", 1234.5}, {"planned", "no"}, {"node", 7}, {"date", "2024-06-01T01:00:00"}}}});
  CHECK(stops[1]["name"] == "upgrade");
  CHECK(stops[1]["args"]["planned"] == "yes");
  CHECK_FALSE(stops[1]["args"].contains("node"));
}

TEST_CASE("counters hold from one sample to the next") {
  Told run;
  run.sample(0, 0);
  run.stretch("step", 100);
  run.sample(9, 5000);
  run.stretch("step", 50);
  run.sample(14, 5500);
  const auto counters = events_of(run.written(), "C");
  std::map<std::string, std::vector<std::pair<double, double>>> values;  // [us], value
  for (const auto& counter : counters)
    values[counter["name"]].emplace_back(counter["ts"], counter["args"]["value"]);
  using Values = std::vector<std::pair<double, double>>;
  CHECK(values["kept steps"] == Values{{0, 0}, {100e6, 9}, {150e6, 14}});
  CHECK(values["mean power [W]"] == Values{{0, 50}, {100e6, 10}});  // 5000 J in 100 s; 500 in 50
}

TEST_CASE("a trace of the months says where and when it comes from") {
  Told run;
  run.stretch("step", 100);
  const auto trace = run.written();
  CHECK(trace["otherData"]["program"] == "longhaul");
  CHECK(trace["otherData"]["start"] == "2024-06-01");
  CHECK(trace["otherData"]["simulated_s"] == 100);
  CHECK_FALSE(trace["otherData"].contains("note"));
  CHECK(run.trace.note().empty());
  CHECK(trace["traceEvents"][0]["args"]["name"] == "a run, from 2024-06-01 UTC");
}

TEST_CASE("beyond the cap checkpoints are merged first, from stop to stop") {
  Told run(40);  // 20 slices
  for (int stop = 0; stop < 3; ++stop) {
    for (int i = 0; i < 10; ++i) run.write(100, 5);
    run.stop("step", 50, 50);
    run.stretch("restart", 20);
  }
  const auto trace = run.written();
  // For each stop 10 x 2 slices, redone and restart: 66 in all, and then 3 each.
  CHECK(trace["otherData"]["slices"] == 66);
  const auto slices = events_of(trace, "X");
  REQUIRE(slices.size() == 9);
  CHECK(slices[0]["name"] == "compute and others (20 slices)");
  CHECK(slices[0]["args"] == Json{{"compute_s", 1000.0},
                                  {"compute_slices", 10},
                                  {"checkpoint_s", 50.0},
                                  {"checkpoint_slices", 10}});
  CHECK(slices[1]["name"] == "redone");
  CHECK(sums_of(trace) ==
        std::map<std::string, double>{
            {"compute", 3000}, {"checkpoint", 150}, {"redone", 150}, {"restart", 60}});
  CHECK(trace["otherData"]["note"] ==
        "thinned: 9 slices stand for 66: steps and the checkpoints between two stops are one");
  CHECK(run.trace.note() == trace["otherData"]["note"]);
  states_of(trace);  // no gap, no overlap
}

TEST_CASE("however much happens, a trace keeps its cap and its sums") {
  Told run(64);
  for (int i = 0; i < 5000; ++i) {
    run.sample(i, 10.0 * i);
    run.write(7, 1);
    run.stop("step", 1.25, 1.25, i % 2);
    run.stretch("detection", 0.5);
  }
  run.sample(5000, 50'000);
  const auto trace = run.written();
  const auto slices = events_of(trace, "X");
  CHECK(slices.size() <= 32);
  CHECK(slices.size() >= 8);
  const auto stops = events_of(trace, "i");
  CHECK(stops.size() <= 16);
  CHECK(events_of(trace, "C").size() <= 16);
  CHECK(sums_of(trace)["compute"] == doctest::Approx(35'000).epsilon(1e-12));
  CHECK(sums_of(trace)["checkpoint"] == doctest::Approx(5000).epsilon(1e-12));
  CHECK(sums_of(trace)["redone"] == doctest::Approx(6250).epsilon(1e-12));
  std::int64_t n_stops = 0;
  double lost_s = 0;
  for (const auto& stop : stops) {
    n_stops += stop["args"]["stops"].get<std::int64_t>();
    lost_s += stop["args"]["lost_s"].get<double>();
  }
  CHECK(n_stops == 5000);
  CHECK(lost_s == doctest::Approx(6250).epsilon(1e-12));
  const auto last = events_of(trace, "C").back();
  CHECK(last["ts"].get<double>() == doctest::Approx(48'750e6));  // 5000 x 9.75 s
  CHECK(last["args"]["value"] == 5000);
  const std::string note = trace["otherData"]["note"];
  CHECK(note.find(" instants stand for 5000 stops; counters show one sample in 1024") !=
        std::string::npos);
  states_of(trace);
}

TEST_CASE("centuries are cut where viewers' clocks end") {
  Told run;
  run.stretch("step", 8e9);
  run.stretch("recorded", 2e9);
  run.stretch("recorded", 1e9);
  const auto trace = run.written();
  CHECK(states_of(trace).back() == std::pair<std::string, double>{"recorded", 1e9});
  CHECK(trace["otherData"]["note"] == "thinned: nothing after 9e+09 s is shown");
}
