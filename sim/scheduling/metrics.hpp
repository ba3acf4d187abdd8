// What a schedule was worth.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduling/cluster.hpp"

namespace longhaul::scheduling {

/// Run times below this count as this much in the bounded slowdown [Feitelson+ 1997].
inline const Seconds least_run_time_of_slowdown = seconds(10);

/// One schedule. Waits and turnarounds are of jobs that ended; a wait is all the time in the queue,
/// first and after each preemption or failure. Percentiles are by nearest rank.
struct ScheduleMetrics {
  std::int64_t jobs = 0;  ///< that ended, killed ones among them
  std::int64_t killed = 0;
  std::int64_t refused = 0;
  Seconds mean_wait, median_wait, p99_wait, max_wait, sum_wait;
  std::int64_t jobs_that_wait = 0;
  Seconds mean_turnaround, median_turnaround, p99_turnaround, max_turnaround;
  double mean_bounded_slowdown = 0;  ///< of max(1, turnaround/max(run time, 10 s))
  Seconds makespan;                  ///< last end less first submission
  double utilisation = 0;            ///< slot time of jobs over slots x makespan
  double goodput = 0;                ///< of that, work that was kept, likewise
  double fragmentation = 0;          ///< free slots on partly used nodes, over slots x makespan
  double blocked = 0;  ///< free slots while the first in the queue wanted no more, likewise
  std::int64_t missed_deadlines = 0;
  std::int64_t longest_queue = 0;  ///< after the policy decided
  ClusterTotals totals;            ///< slot time by cause, preemptions, failures
};

ScheduleMetrics metrics_of(const Cluster& cluster, const ClusterTotals& totals);

}  // namespace longhaul::scheduling
