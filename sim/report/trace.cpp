#include "report/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

namespace longhaul::report {
namespace {

using training::Lane;
using training::Timeline;

// Rounding an end like the start that follows it keeps the two together.
std::int64_t nanoseconds(Seconds t) { return std::llround(t.value() * 1e9); }

TracePlace place_of(std::int64_t stage, Lane lane) {
  const auto n_lanes = static_cast<std::int64_t>(training::n_lanes);
  return {stage + 1, stage * n_lanes + static_cast<std::int64_t>(lane) + 1};
}

TraceFields other_data(const Timeline& timeline, std::size_t n_written) {
  TraceFields fields{{"step_s", timeline.total.value()},
                     {"slices", static_cast<std::int64_t>(timeline.slices.size())}};
  if (n_written == timeline.slices.size()) return fields;
  fields.emplace_back("slices_written", static_cast<std::int64_t>(n_written));
  const double last_s = n_written == 0 ? 0.0 : timeline.slices[n_written - 1].start.value();
  fields.emplace_back(
      "note",
      fmt::format("cut short: the first {} of {} slices, by start; nothing that starts later than "
                  "{:.6f} s of a step of {:.6f} s is shown",
                  n_written, timeline.slices.size(), last_s, timeline.total.value()));
  return fields;
}

}  // namespace

void write_trace(std::ostream& stream, const Timeline& timeline, const Provenance& provenance,
                 std::size_t most_events) {
  const std::size_t n_written = std::min(most_events, timeline.slices.size());
  TraceWriter trace(stream, provenance, other_data(timeline, n_written));
  std::set<Lane> lanes;
  for (const auto& slice : timeline.slices) lanes.insert(slice.lane);
  for (std::int64_t s = 0; s < timeline.stages; ++s) {
    trace.name_process(place_of(s, Lane::Compute), fmt::format("stage {}", s), s);
    for (const Lane lane : lanes)
      trace.name_thread(place_of(s, lane), std::string(training::name(lane)),
                        static_cast<int>(lane));
  }
  for (std::size_t i = 0; i < n_written; ++i) {
    const auto& slice = timeline.slices[i];
    TraceFields arguments;
    for (const auto& argument : slice.arguments)
      arguments.emplace_back(argument.name, argument.value);
    trace.slice(place_of(slice.stage, slice.lane), slice.name,
                slice.lane == Lane::Compute ? "compute" : "network", nanoseconds(slice.start),
                nanoseconds(slice.end), arguments);
  }
  trace.finish();
}

void write_trace_file(const std::string& path, const Timeline& timeline,
                      const Provenance& provenance) {
  TraceFile file(path);
  write_trace(file.stream(), timeline, provenance);
  file.finish();
}

}  // namespace longhaul::report
