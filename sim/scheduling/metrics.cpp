#include "scheduling/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::scheduling {

namespace {

/// The least value that a share of all do not exceed; sorted values.
double nearest_rank(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

}  // namespace

ScheduleMetrics metrics_of(const Cluster& cluster, const ClusterTotals& totals) {
  ScheduleMetrics metrics;
  std::vector<double> waits, turnarounds, slowdowns;
  Seconds last;
  const auto& jobs = cluster.trace().jobs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& job = jobs[i];
    const auto& state = cluster.state(static_cast<JobId>(i));
    if (state.phase == Phase::Refused) ++metrics.refused;
    if (state.phase != Phase::Done && state.phase != Phase::Killed) continue;
    if (state.phase == Phase::Killed) ++metrics.killed;
    const auto turnaround = state.end - job.submit;
    waits.push_back(state.waited.value());
    turnarounds.push_back(turnaround.value());
    // A job that was killed ran for its limit.
    const auto run_time = job.limit ? std::min(job.run_time, *job.limit) : job.run_time;
    const double slowdown = turnaround / std::max(run_time, least_run_time_of_slowdown);
    slowdowns.push_back(std::max(1.0, slowdown));
    last = std::max(last, state.end);
    if (state.waited > Seconds{}) ++metrics.jobs_that_wait;
    if (job.deadline && state.end > *job.deadline) ++metrics.missed_deadlines;
  }
  metrics.jobs = static_cast<std::int64_t>(waits.size());
  double sum = 0;
  for (const double wait : waits) sum += wait;
  metrics.sum_wait = seconds(sum);
  metrics.mean_wait = seconds(mean(waits));
  metrics.mean_turnaround = seconds(mean(turnarounds));
  metrics.mean_bounded_slowdown = mean(slowdowns);
  std::sort(waits.begin(), waits.end());
  std::sort(turnarounds.begin(), turnarounds.end());
  metrics.median_wait = seconds(nearest_rank(waits, 0.5));
  metrics.p99_wait = seconds(nearest_rank(waits, 0.99));
  metrics.max_wait = seconds(nearest_rank(waits, 1));
  metrics.median_turnaround = seconds(nearest_rank(turnarounds, 0.5));
  metrics.p99_turnaround = seconds(nearest_rank(turnarounds, 0.99));
  metrics.max_turnaround = seconds(nearest_rank(turnarounds, 1));
  metrics.totals = totals;
  metrics.longest_queue = totals.longest_queue;
  if (waits.empty()) return metrics;
  metrics.makespan = last - jobs.front().submit;
  const double installed = static_cast<double>(cluster.n_slots()) * metrics.makespan.value();
  if (installed > 0) {
    metrics.utilisation =
        (totals.useful + totals.restarting + totals.redone + totals.killed) / installed;
    metrics.goodput = totals.useful / installed;
    metrics.fragmentation = totals.stranded / installed;
    metrics.blocked = totals.blocked / installed;
  }
  return metrics;
}

}  // namespace longhaul::scheduling
