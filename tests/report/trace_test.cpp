#include "report/trace.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>

using namespace longhaul;
using namespace longhaul::training;

namespace {

using Json = nlohmann::json;
using PlaceInTrace = std::pair<std::int64_t, std::int64_t>;  // process, thread

Timeline two_stages() {
  Timeline timeline;
  timeline.stages = 2;
  timeline.slices = {
      {0, Lane::Compute, "forward 0", seconds(0.0), seconds(0.25), {{"gemm_s", 0.25}}},
      {0, Lane::ToNext, "activations 0", seconds(0.125), seconds(0.25), {{"to_stage", 1.0}}},
      {1, Lane::Compute, "forward 0", seconds(0.25), seconds(0.5), {}}};
  timeline.total = seconds(0.5);
  return timeline;
}

/// Passes whose lengths are no whole number of nanoseconds.
Timeline played() {
  ChunkWork chunk;
  chunk.forward.gemm = seconds(1.0 / 290.0);
  chunk.input_gradient.gemm = chunk.weight_gradient.gemm = seconds(1.0 / 270.0);
  StepParts parts;
  parts.pipeline = {PipelineSchedule::OneForwardOneBackward, 4, 2, 32};
  parts.chunks.assign(8, chunk);
  parts.transfer = seconds(1e-4 / 3.0);
  parts.transfer_hidden = seconds(0.5e-4 / 3.0);
  parts.reduce = {seconds(0.1), seconds(0.05)};
  parts.gather = {seconds(0.07), seconds(0.06)};
  parts.optimizer = seconds(1.0 / 70.0);
  return step_timeline(parts);
}

report::Provenance provenance() {
  report::Provenance p;
  p.version = "1.2.3";
  p.revision = "0123456789ab";
  p.seed = 42;
  p.calibration = "h100";
  p.inputs = {{"a.toml", "ff"}};
  p.wall_s = 17.0;
  return p;
}

std::string text_of(const Timeline& timeline, std::size_t most = report::most_trace_events) {
  std::ostringstream stream;
  report::write_trace(stream, timeline, provenance(), most);
  return stream.str();
}
Json trace_of(const Timeline& timeline, std::size_t most = report::most_trace_events) {
  return Json::parse(text_of(timeline, most));
}

std::int64_t nanoseconds(const Json& microseconds) {
  const double ns = microseconds.get<double>() * 1e3;
  CHECK(std::abs(ns - std::round(ns)) < 1e-3);
  return std::llround(ns);
}

}  // namespace

TEST_CASE("a slice becomes a complete event in microseconds with its arguments") {
  const Json trace = trace_of(two_stages());
  CHECK(trace["displayTimeUnit"] == "ms");
  const Json& events = trace["traceEvents"];
  const auto n = events.size();
  CHECK(events[n - 2] == Json{{"name", "activations 0"},
                              {"cat", "network"},
                              {"ph", "X"},
                              {"ts", 125000.0},
                              {"dur", 125000.0},
                              {"pid", 1},
                              {"tid", 2},
                              {"args", {{"to_stage", 1.0}}}});
  CHECK(events[n - 1] == Json{{"name", "forward 0"},
                              {"cat", "compute"},
                              {"ph", "X"},
                              {"ts", 250000.0},
                              {"dur", 250000.0},
                              {"pid", 2},
                              {"tid", 6}});
}

TEST_CASE("every stage and lane of a trace is named before it is used") {
  const Timeline timeline = played();
  std::map<std::int64_t, std::string> processes;
  std::map<PlaceInTrace, std::string> threads;
  const Json trace = trace_of(timeline);
  for (const Json& event : trace["traceEvents"]) {
    const std::int64_t process = event["pid"];
    const PlaceInTrace place{process, event["tid"]};
    if (event["name"] == "process_name") processes[process] = event["args"]["name"];
    if (event["name"] == "thread_name") threads[place] = event["args"]["name"];
    if (event["ph"] == "X") {
      CHECK(processes.count(process) == 1);
      CHECK(threads.count(place) == 1);
    }
  }
  CHECK(processes == std::map<std::int64_t, std::string>{
                         {1, "stage 0"}, {2, "stage 1"}, {3, "stage 2"}, {4, "stage 3"}});
  CHECK(threads.size() == 4 * 5);
  CHECK(threads.at({4, 16}) == "compute");  // 3 stages of 5 lanes before it
  CHECK(threads.at({4, 18}) == "network: to previous stage");
}

TEST_CASE("events come by start and those of one lane never overlap by a nanosecond") {
  const Timeline timeline = played();
  std::map<PlaceInTrace, std::int64_t> free;
  std::int64_t before = 0;
  std::int64_t last = 0;
  std::size_t n = 0;
  const Json trace = trace_of(timeline);
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    const std::int64_t start = nanoseconds(event["ts"]);
    const std::int64_t end = start + nanoseconds(event["dur"]);
    std::int64_t& free_from = free[{event["pid"], event["tid"]}];
    CHECK(start >= before);
    CHECK(start >= free_from);
    CHECK(end >= start);
    before = start;
    free_from = end;
    last = std::max(last, end);
    ++n;
  }
  CHECK(n == timeline.slices.size());
  CHECK(last == std::llround(timeline.total.value() * 1e9));
}

TEST_CASE("a trace says where it comes from and nothing that differs between two runs") {
  const Json other = trace_of(two_stages())["otherData"];
  CHECK(other == Json{{"program", "longhaul"},
                      {"version", "1.2.3"},
                      {"revision", "0123456789ab"},
                      {"seed", 42},
                      {"calibration", "h100"},
                      {"inputs", {{{"path", "a.toml"}, {"sha256", "ff"}}}},
                      {"step_s", 0.5},
                      {"slices", 3}});
  CHECK(text_of(played()) == text_of(played()));
}

TEST_CASE("a trace that is cut short says so") {
  const Json trace = trace_of(two_stages(), 2);
  std::size_t n = 0;
  for (const Json& event : trace["traceEvents"]) n += event["ph"] == "X" ? 1 : 0;
  CHECK(n == 2);
  CHECK(trace["otherData"]["slices"] == 3);
  CHECK(trace["otherData"]["slices_written"] == 2);
  CHECK(trace["otherData"]["note"] ==
        "cut short: the first 2 of 3 slices, by start; nothing that starts later than 0.125000 s "
        "of a step of 0.500000 s is shown");
  CHECK(!trace_of(two_stages(), 3)["otherData"].contains("note"));
  CHECK(trace_of(two_stages(), 0)["otherData"]["slices_written"] == 0);
}
