// Higher priorities first. A job that waits takes the slots of jobs of lower priority that ran for
// the protected time, the lowest first and of those the last started.
#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class PriorityPolicy final : public Policy {
 public:
  explicit PriorityPolicy(Seconds protected_time) : protected_time_(protected_time) {}

  double rank(const Cluster& cluster, JobId job) const override {
    return -cluster.job(job).priority;
  }

  void decide(Cluster& cluster) override {
    const auto queue = cluster.queue();
    for (std::size_t next = start_in_order(cluster); next < queue.size(); ++next) {
      const auto& head = queue[next];
      if (cluster.start(head.job)) continue;
      if (!make_room(cluster, head) || !cluster.start(head.job)) break;
    }
  }

 private:
  /// Preempts for `head` where that suffices, else asks to be woken when it may.
  bool make_room(Cluster& cluster, const Waiting& head) {
    struct Victim {
      double priority;
      Seconds since;
      JobId job;
      std::int64_t slots;
    };
    std::vector<Victim> victims;
    auto room = cluster.free().count();
    auto later = seconds(std::numeric_limits<double>::infinity());
    const double priority = cluster.job(head.job).priority;
    for (const auto& release : cluster.releases()) {
      if (release.job == no_job) continue;
      const auto& job = cluster.job(release.job);
      if (!job.preemptible || job.priority >= priority) continue;
      const auto since = cluster.state(release.job).since;
      if (since + protected_time_ > cluster.now() + same_moment) {
        later = std::min(later, since + protected_time_);
        continue;
      }
      victims.push_back({job.priority, since, release.job, release.slots});
      room += release.slots;
    }
    std::vector<JobId> leaving;
    for (const auto& victim : victims) leaving.push_back(victim.job);
    if (room < head.slots || !fits_with(cluster, head.job, leaving)) {
      if (later < seconds(std::numeric_limits<double>::infinity())) cluster.wake_at(later);
      return false;
    }
    std::sort(victims.begin(), victims.end(), [](const Victim& a, const Victim& b) {
      return std::tuple(a.priority, -a.since, -a.job) < std::tuple(b.priority, -b.since, -b.job);
    });
    for (const auto& victim : victims) {
      if (!cluster.place(head.job, cluster.free()).empty()) break;
      cluster.preempt(victim.job);
    }
    return true;
  }

  Seconds protected_time_;
};

}  // namespace

std::unique_ptr<Policy> make_priority(const PolicyConfig& config) {
  return std::make_unique<PriorityPolicy>(config.protected_time);
}

}  // namespace longhaul::scheduling
