// What jobs of a schedule had when, from its events.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "scheduling/replay.hpp"

namespace longhaul::report {

/// A job on its slots, from when it got them to when it left them.
struct JobStretch {
  scheduling::JobId job = scheduling::no_job;
  Seconds start, end;
  scheduling::Slots slots;
};

class JobStretches {
 public:
  /// The stretch that the event ends, if it ends one.
  std::optional<JobStretch> add(const scheduling::JobEvent& event,
                                const scheduling::Cluster& cluster) {
    if (event.started) {
      running_[event.job] = {event.job, event.time, {}, cluster.state(event.job).slots};
      return std::nullopt;
    }
    const auto at = running_.find(event.job);
    if (at == running_.end()) return std::nullopt;
    auto stretch = std::move(at->second);
    running_.erase(at);
    stretch.end = event.time;
    return stretch;
  }

 private:
  std::map<scheduling::JobId, JobStretch> running_;
};

}  // namespace longhaul::report
