// Schedules of small loads for tests.
#pragma once

#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include "scheduling/metrics.hpp"
#include "scheduling/policy.hpp"
#include "scheduling/replay.hpp"

namespace longhaul::testing {

/// A job: submission [s], slots, run time [s], and an estimate [s] where it is another.
struct JobOf {
  double submit, slots, run_time;
  double estimate = -1;
};

inline scheduling::Trace trace_of(const std::vector<JobOf>& jobs) {
  scheduling::Trace trace;
  for (const auto& of : jobs) {
    scheduling::Job job;
    job.name = std::to_string(trace.jobs.size());
    job.submit = seconds(of.submit);
    job.slots = static_cast<std::int64_t>(of.slots);
    job.run_time = seconds(of.run_time);
    if (of.estimate >= 0) job.estimate = seconds(of.estimate);
    trace.jobs.push_back(job);
  }
  return trace;
}

/// A whole schedule, and what became of each job.
class ScheduleOf {
 public:
  ScheduleOf(scheduling::Trace trace, scheduling::Layout layout,
             const scheduling::PolicyConfig& config, scheduling::ClusterOptions options = {},
             scheduling::Disturbances disturbances = {}, std::string_view placement = "lowest")
      : trace_(std::move(trace)),
        placement_(scheduling::make_placement(placement)),
        disturbances_(std::move(disturbances)),
        policy_(scheduling::make_policy(config)),
        cluster_(trace_, std::move(layout), *placement_, std::move(options)),
        replay_(trace_, cluster_, *policy_, disturbances_) {}

  /// Moment by moment, without a simulated clock; `watch` sees the cluster after each.
  template <class Watch>
  ScheduleOf& run(Watch watch) {
    while (std::isfinite(replay_.next().value())) {
      replay_.advance();
      watch(cluster_);
    }
    return *this;
  }
  ScheduleOf& run() {
    return run([](const scheduling::Cluster&) {});
  }

  scheduling::Replay& replay() { return replay_; }
  const scheduling::Cluster& cluster() const { return cluster_; }
  const scheduling::Policy& policy() const { return *policy_; }
  const scheduling::JobState& job(std::size_t i) const {
    return cluster_.state(static_cast<scheduling::JobId>(i));
  }
  std::vector<double> starts() const {
    std::vector<double> times;
    for (std::size_t i = 0; i < trace_.jobs.size(); ++i) times.push_back(job(i).start.value());
    return times;
  }
  std::vector<double> ends() const {
    std::vector<double> times;
    for (std::size_t i = 0; i < trace_.jobs.size(); ++i) times.push_back(job(i).end.value());
    return times;
  }
  scheduling::ScheduleMetrics metrics() const {
    return scheduling::metrics_of(cluster_, replay_.totals());
  }

 private:
  scheduling::Trace trace_;
  std::unique_ptr<scheduling::Placement> placement_;
  scheduling::Disturbances disturbances_;
  std::unique_ptr<scheduling::Policy> policy_;
  scheduling::Cluster cluster_;
  scheduling::Replay replay_;
};

inline scheduling::Layout pool_of(std::int64_t machines) {
  scheduling::Layout layout;
  layout.nodes = machines;
  return layout;
}

inline scheduling::PolicyConfig policy_named(std::string_view name) {
  scheduling::PolicyConfig config;
  config.name = name;
  return config;
}

}  // namespace longhaul::testing

/// The words of tests that stand in the room's own namespace.
namespace longhaul::scheduling {

using testing::JobOf;
using testing::policy_named;
using testing::pool_of;
using testing::ScheduleOf;
using testing::trace_of;
/// One a job [s].
using Times = std::vector<double>;

}  // namespace longhaul::scheduling
