// A queue of jobs on a cluster under one policy: the rooms put together.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "experiment/summary.hpp"
#include "scenario/scenario.hpp"
#include "scheduling/metrics.hpp"
#include "scheduling/replay.hpp"

namespace longhaul::experiment {

struct ScheduleObserver {
  std::function<void(const scheduling::JobEvent&)> on_event;
  /// Told at each moment how many jobs have ended; false stops.
  std::function<bool(std::int64_t n_ended)> go_on;
};

/// What came of it.
struct ScheduleOutcome {
  std::string policy;
  scheduling::ScheduleMetrics metrics;
  std::vector<scheduling::CauseTotals> causes;
  double offered_load = 0;  ///< slot time asked for over what is there until the last submission
  Joules energy;            ///< 0 where nothing says what a machine draws
  double wall_s = 0;
  bool interrupted = false;
};

/// Ready to run once. The scenario has a schedule and its trace, and outlives it.
class Schedule {
 public:
  /// `policy` is the one in place of the scenario's. Throws std::invalid_argument with what the
  /// checks of a scenario cannot see.
  Schedule(const scenario::Scenario& scenario, const std::string& policy, bool keep_slots = false);
  ~Schedule();
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  ScheduleOutcome run(const ScheduleObserver& observer = {});
  const scheduling::Cluster& cluster() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Every number of a schedule but its wall time, in the order of --json.
std::vector<Metric> schedule_metrics(const ScheduleOutcome& outcome);

/// Machines of a scenario's schedule; on a platform as far apart as there are links between them.
scheduling::Layout schedule_layout(const scenario::Scenario& scenario);

}  // namespace longhaul::experiment
