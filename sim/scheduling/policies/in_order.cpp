#include "scheduling/policies/in_order.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace longhaul::scheduling {

std::size_t start_in_order(Cluster& cluster, bool (Cluster::*start)(JobId)) {
  const auto queue = cluster.queue();
  std::size_t next = 0;
  while (next < queue.size() && (cluster.*start)(queue[next].job)) ++next;
  return next;
}

void run_first(Cluster& cluster, const std::vector<JobId>& order) {
  const auto size_of = [&](JobId job) {
    return cluster.waits(job) ? cluster.request_of(job).slots : count(cluster.state(job).slots);
  };
  auto room = cluster.free().count();
  std::vector<JobId> running;
  for (const auto& release : cluster.releases())
    if (release.job != no_job) {
      room += release.slots;
      if (!cluster.job(release.job).preemptible) room -= release.slots;
    }
  std::vector<JobId> starting, spared;
  for (const auto job : order) {
    const bool waiting = cluster.waits(job);
    if (!waiting && !cluster.job(job).preemptible) continue;
    const auto n = size_of(job);
    if (n <= room) {
      room -= n;
      if (waiting) starting.push_back(job);
    } else if (!waiting) {
      spared.push_back(job);
    }
  }
  for (const auto job : starting)
    if (!cluster.start(job) && fits_with(cluster, job, spared))
      while (!cluster.start(job) && !spared.empty()) {
        cluster.preempt(spared.back());
        spared.pop_back();
      }
}

bool fits_with(const Cluster& cluster, JobId job, const std::vector<JobId>& leaving) {
  auto free = cluster.free();
  for (const auto other : leaving) free.add(cluster.state(other).slots);
  return !cluster.place(job, free).empty();
}

std::vector<JobId> merged_order(const Cluster& cluster,
                                const std::function<double(JobId running)>& rank) {
  std::vector<std::pair<double, JobId>> running;
  auto room = cluster.free().count();
  for (const auto& release : cluster.releases()) {
    if (release.job == no_job) continue;
    running.emplace_back(rank(release.job), release.job);
    room += release.slots;
  }
  std::sort(running.begin(), running.end());
  std::vector<JobId> order;
  auto next = running.begin();
  for (const auto& waiting : cluster.queue()) {
    for (; next != running.end() && next->first <= waiting.rank; ++next) {
      room -= count(cluster.state(next->second).slots);
      order.push_back(next->second);
    }
    if (room <= 0) break;
    if (waiting.slots > room) continue;
    room -= waiting.slots;
    order.push_back(waiting.job);
  }
  for (; next != running.end(); ++next) order.push_back(next->second);
  return order;
}

void backfill(Cluster& cluster, std::span<const Waiting> order) {
  if (order.empty()) return;
  const auto& head = order.front();
  // When enough slots will be free, and how many more than the head wants.
  auto there = cluster.free().count();
  auto shadow = seconds(std::numeric_limits<double>::infinity());
  std::int64_t extra = 0;
  if (there < head.slots) {
    for (const auto& release : cluster.releases()) {
      if (there >= head.slots && release.time > shadow) break;
      there += release.slots;
      if (there >= head.slots) shadow = release.time;
    }
    extra = there - head.slots;
  } else {
    // Enough are free, but not as it wants them: when they will be. Nobody runs beyond that.
    auto free = cluster.free();
    for (const auto& release : cluster.releases()) {
      free.add(cluster.slots_of(release));
      if (cluster.place(head.job, free).empty()) continue;
      shadow = release.time;
      break;
    }
  }
  for (std::size_t i = 1; i < order.size() && cluster.free().count() > 0; ++i) {
    const auto& job = order[i];
    if (job.slots > cluster.free().count()) continue;
    const bool ends_before = cluster.now() + job.estimate <= shadow + same_moment;
    if (!ends_before && job.slots > extra) continue;
    if (cluster.start_as_asked(job.job) && !ends_before) extra -= job.slots;
  }
}

}  // namespace longhaul::scheduling
