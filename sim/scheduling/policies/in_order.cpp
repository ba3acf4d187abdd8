#include "scheduling/policies/in_order.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <queue>
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
    return cluster.waits(job) ? cluster.asked(job).request.slots : count(cluster.state(job).slots);
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

namespace {

/// What the first job that does not fit is promised, and what others may take beyond it.
struct Shadow {
  Seconds time = seconds(std::numeric_limits<double>::infinity());
  std::int64_t extra = 0;  ///< slots that the first leaves, even then
};

Shadow shadow_of(const Cluster& cluster, const Waiting& head) {
  Shadow shadow;
  auto there = cluster.free().count();
  if (there < head.slots) {
    for (const auto& release : cluster.releases()) {
      if (there >= head.slots && release.time > shadow.time) break;
      there += release.slots;
      if (there >= head.slots) shadow.time = release.time;
    }
    shadow.extra = there - head.slots;
    return shadow;
  }
  // Enough are free, but not as it wants them: when they will be. Nobody runs beyond that.
  auto free = cluster.free();
  for (const auto& release : cluster.releases()) {
    free.add(cluster.slots_of(release));
    if (cluster.place(head.job, free).empty()) continue;
    shadow.time = release.time;
    break;
  }
  return shadow;
}

bool ends_before(const Cluster& cluster, const Shadow& shadow, const Waiting& job) {
  return cluster.now() + job.estimate <= shadow.time + same_moment;
}

/// Whether it could start now, by counts.
bool may_start(const Cluster& cluster, const Shadow& shadow, const Waiting& job) {
  return job.slots <= cluster.free().count() &&
         (job.slots <= shadow.extra || ends_before(cluster, shadow, job));
}

void start_behind(Cluster& cluster, Shadow& shadow, const Waiting& job) {
  if (!may_start(cluster, shadow, job) || !cluster.start_as_asked(job.job)) return;
  if (!ends_before(cluster, shadow, job)) shadow.extra -= job.slots;
}

}  // namespace

void backfill(Cluster& cluster, std::span<const Waiting> order) {
  if (order.empty() || cluster.free().count() == 0) return;
  auto shadow = shadow_of(cluster, order.front());
  for (const auto& job : order.subspan(1)) {
    if (cluster.free().count() == 0) break;
    start_behind(cluster, shadow, job);
  }
}

void backfill_by(Cluster& cluster, const Waiting& head,
                 const std::function<double(const Waiting&)>& key) {
  if (cluster.free().count() == 0) return;
  auto shadow = shadow_of(cluster, head);
  // Room only shrinks: who could not start now never will, and needs no place in the order.
  using Candidate = std::pair<double, const Waiting*>;
  std::vector<Candidate> candidates;
  for (const auto& job : cluster.queue())
    if (may_start(cluster, shadow, job) && job.job != head.job && cluster.waits(job.job))
      candidates.emplace_back(key(job), &job);
  std::priority_queue order(std::greater<>{}, std::move(candidates));
  for (; !order.empty() && cluster.free().count() > 0; order.pop())
    start_behind(cluster, shadow, *order.top().second);
}

}  // namespace longhaul::scheduling
