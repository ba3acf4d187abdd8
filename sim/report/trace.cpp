#include "report/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "report/whole_file.hpp"

namespace longhaul::report {
namespace {

using Json = nlohmann::ordered_json;
using training::Lane;
using training::Slice;
using training::Timeline;

// Viewers count in whole nanoseconds: rounding an end like the start that follows it keeps the two
// together.
std::int64_t nanoseconds(Seconds t) { return std::llround(t.value() * 1e9); }
double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e3; }

// Counted from 1, and no thread twice in a trace: viewers take 0 for the idle process and thread.
std::int64_t process_of(std::int64_t stage) { return stage + 1; }
std::int64_t thread_of(std::int64_t stage, Lane lane) {
  return stage * static_cast<std::int64_t>(training::n_lanes) + static_cast<std::int64_t>(lane) + 1;
}

Json metadata(const char* what, std::int64_t stage, Lane lane, Json arguments) {
  return {{"name", what},
          {"ph", "M"},
          {"pid", process_of(stage)},
          {"tid", thread_of(stage, lane)},
          {"args", std::move(arguments)}};
}

Json event(const Slice& slice) {
  const std::int64_t start = nanoseconds(slice.start);
  Json json{{"name", slice.name},
            {"cat", slice.lane == Lane::Compute ? "compute" : "network"},
            {"ph", "X"},
            {"ts", microseconds(start)},
            {"dur", microseconds(nanoseconds(slice.end) - start)},
            {"pid", process_of(slice.stage)},
            {"tid", thread_of(slice.stage, slice.lane)}};
  for (const auto& argument : slice.arguments)
    json["args"][std::string(argument.name)] = argument.value;
  return json;
}

constexpr std::string_view begin_of_trace = "{\"displayTimeUnit\":\"ms\",\n\"otherData\":";
constexpr FileKind trace_files{"trace", begin_of_trace, "--trace"};

Json other_data(const Timeline& timeline, const Provenance& provenance, std::size_t n_written) {
  Json json{{"program", "longhaul"},
            {"version", provenance.version},
            {"revision", provenance.revision},
            {"seed", provenance.seed},
            {"calibration", provenance.calibration},
            {"step_s", timeline.total.value()},
            {"slices", timeline.slices.size()}};
  for (const auto& input : provenance.inputs)
    json["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  if (n_written == timeline.slices.size()) return json;
  json["slices_written"] = n_written;
  const double last_s = n_written == 0 ? 0.0 : timeline.slices[n_written - 1].start.value();
  json["note"] = fmt::format(
      "cut short: the first {} of {} slices, by start; nothing that starts later than "
      "{:.6f} s of a step of {:.6f} s is shown",
      n_written, timeline.slices.size(), last_s, timeline.total.value());
  return json;
}

}  // namespace

void write_trace(std::ostream& stream, const Timeline& timeline, const Provenance& provenance,
                 std::size_t most_events) {
  const std::size_t n_written = std::min(most_events, timeline.slices.size());
  stream << begin_of_trace << other_data(timeline, provenance, n_written).dump()
         << ",\n\"traceEvents\":[";
  const char* separator = "\n";
  const auto write = [&](const Json& json) {
    stream << separator << json.dump();
    separator = ",\n";
  };

  std::set<Lane> lanes;
  for (const Slice& slice : timeline.slices) lanes.insert(slice.lane);
  for (std::int64_t s = 0; s < timeline.stages; ++s) {
    const Lane first = Lane::Compute;
    write(metadata("process_name", s, first, {{"name", fmt::format("stage {}", s)}}));
    write(metadata("process_sort_index", s, first, {{"sort_index", s}}));
    for (const Lane lane : lanes) {
      write(metadata("thread_name", s, lane, {{"name", training::name(lane)}}));
      write(metadata("thread_sort_index", s, lane, {{"sort_index", static_cast<int>(lane)}}));
    }
  }
  for (std::size_t i = 0; i < n_written; ++i) write(event(timeline.slices[i]));
  stream << "\n]}\n";
}

void refuse_other_than_trace(const std::string& path) { refuse_other_than(trace_files, path); }

void write_trace_file(const std::string& path, const Timeline& timeline,
                      const Provenance& provenance) {
  write_whole_file(trace_files, path,
                   [&](std::ostream& stream) { write_trace(stream, timeline, provenance); });
}

}  // namespace longhaul::report
