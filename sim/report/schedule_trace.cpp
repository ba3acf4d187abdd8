#include "report/schedule_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "units/format.hpp"

namespace longhaul::report {

namespace {

/// Viewers count nanoseconds in 64 bits; whole microseconds are exact for 285 years.
std::int64_t nanoseconds(Seconds time) {
  return static_cast<std::int64_t>(std::llround(std::min(time.value(), 9e9) * 1e6)) * 1000;
}

}  // namespace

void ScheduleTrace::begin(const std::string& policy) {
  policies_.push_back(policy);
  running_ = {};
}

void ScheduleTrace::add(const scheduling::JobEvent& event, const scheduling::Cluster& cluster) {
  const auto ended = running_.add(event, cluster);
  if (!ended) return;
  const auto per_node = cluster.layout().slots_per_node;
  for (const auto& range : ended->slots)
    for (auto node = range.first / per_node; node <= range.last / per_node; ++node) {
      if (stretches_.size() >= most_trace_events) {
        ++n_left_out_;
        continue;
      }
      const auto first = std::max<std::int64_t>(range.first, node * per_node);
      const auto last = std::min<std::int64_t>(range.last, (node + 1) * per_node - 1);
      stretches_.push_back(
          {policies_.size() - 1, event.job, node, last - first + 1, ended->start, ended->end});
    }
}

std::string ScheduleTrace::note() const {
  if (n_left_out_ == 0) return {};
  return fmt::format("{} more slices are left out", format_count(n_left_out_));
}

void ScheduleTrace::write(std::ostream& stream, const Provenance& provenance) const {
  TraceWriter trace(stream, provenance, {{"title", scenario_.title}, {"left_out", n_left_out_}});
  // Threads are told apart by number over all policies.
  std::int64_t n_nodes = 0;
  for (const auto& stretch : stretches_) n_nodes = std::max(n_nodes, stretch.node + 1);
  const auto place = [&](const Stretch& stretch) {
    return TracePlace{static_cast<std::int64_t>(stretch.policy) + 1,
                      static_cast<std::int64_t>(stretch.policy) * n_nodes + stretch.node + 1};
  };
  std::set<std::pair<std::size_t, std::int64_t>> named;
  for (const auto& stretch : stretches_) {
    if (!named.insert({stretch.policy, stretch.node}).second) continue;
    trace.name_process(place(stretch), policies_[stretch.policy],
                       static_cast<std::int64_t>(stretch.policy));
    trace.name_thread(place(stretch), fmt::format("node {}", stretch.node), stretch.node);
  }
  for (const auto& stretch : stretches_) {
    const auto& job = scenario_.jobs.jobs[static_cast<std::size_t>(stretch.job)];
    trace.slice(place(stretch), job.name, "job", nanoseconds(stretch.start),
                nanoseconds(stretch.end),
                {{"slots here", stretch.slots},
                 {"submitted_s", job.submit.value()},
                 {"run_time_s", job.run_time.value()}});
  }
  trace.finish();
}

}  // namespace longhaul::report
