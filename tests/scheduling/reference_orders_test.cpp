// Policies that look only at what could start, beside the same rules that sort the whole queue.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numbers>
#include <vector>

#include "scheduling/policies/in_order.hpp"
#include "scheduling/schedules.hpp"

namespace longhaul::scheduling {
namespace {

/// The queue behind the first job that does not fit, by estimates.
class SortedBackfill final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    const auto queue = cluster.queue().subspan(start_in_order(cluster, &Cluster::start_as_asked));
    if (queue.empty()) return;
    std::vector<Waiting> order(queue.begin(), queue.end());
    std::stable_sort(order.begin() + 1, order.end(),
                     [](const Waiting& a, const Waiting& b) { return a.estimate < b.estimate; });
    backfill(cluster, order);
  }
};

/// The whole queue by what each user used, which is summed up anew each time.
class SortedShares final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    const auto passed = cluster.now() - last_;
    last_ = cluster.now();
    const double kept = std::exp2(-(passed / half_life_));
    for (auto& [user, used] : used_) used *= kept;
    for (const auto& [user, slots] : running_)
      used_[user] += slots * half_life_.value() / std::numbers::ln2 * (1 - kept);
    const auto used = [&](const Waiting& job) { return used_[cluster.job(job.job).user]; };
    std::vector<Waiting> order(cluster.queue().begin(), cluster.queue().end());
    std::stable_sort(order.begin(), order.end(), [&](const Waiting& a, const Waiting& b) {
      return used(a) < used(b) || (used(a) == used(b) && user(cluster, a) < user(cluster, b));
    });
    std::size_t head = 0;
    while (head < order.size() && cluster.start_as_asked(order[head].job)) ++head;
    backfill(cluster, std::span(order).subspan(head));
    running_.clear();
    for (const auto& release : cluster.releases())
      running_[cluster.job(release.job).user] += static_cast<double>(release.slots);
  }

 private:
  static std::int32_t user(const Cluster& cluster, const Waiting& job) {
    return cluster.job(job.job).user;
  }

  Seconds half_life_ = PolicyConfig{}.half_life;
  Seconds last_;
  std::map<std::int32_t, double> used_, running_;
};

/// Jobs of three users for 8 slots, more than they can do at once.
Trace crowded_trace() {
  Trace trace;
  trace.users = {"a", "b", "c"};
  double submit_s = 0;
  const int n = *rc::gen::inRange(1, 60);
  for (int i = 0; i < n; ++i) {
    Job job;
    job.name = std::to_string(i);
    job.submit = seconds(submit_s += *rc::gen::inRange(0, 20));
    job.slots = *rc::gen::inRange<std::int64_t>(1, 9);
    job.run_time = seconds(*rc::gen::inRange(0, 100));
    job.estimate = job.run_time + seconds(*rc::gen::inRange(0, 50));
    job.user = *rc::gen::inRange(0, 3);
    trace.jobs.push_back(job);
  }
  return trace;
}

std::vector<double> starts_under(const Trace& trace, Policy& policy) {
  const auto placement = make_placement("lowest");
  const Disturbances none;
  Cluster cluster(trace, pool_of(8), *placement, {});
  Replay replay(trace, cluster, policy, none);
  while (std::isfinite(replay.next().value())) replay.advance();
  std::vector<double> starts;
  for (std::size_t i = 0; i < trace.jobs.size(); ++i)
    starts.push_back(cluster.state(static_cast<JobId>(i)).start.value());
  return starts;
}

TEST_CASE("backfill by estimates starts jobs as if the whole queue were sorted") {
  CHECK(rc::check([] {
    const auto trace = crowded_trace();
    SortedBackfill sorted;
    RC_ASSERT(starts_under(trace, *make_policy({.name = "sjf-backfill"})) ==
              starts_under(trace, sorted));
  }));
}

TEST_CASE("fair shares start jobs as if the whole queue were sorted") {
  CHECK(rc::check([] {
    const auto trace = crowded_trace();
    SortedShares sorted;
    RC_ASSERT(starts_under(trace, *make_policy({.name = "fair-share"})) ==
              starts_under(trace, sorted));
  }));
}

}  // namespace
}  // namespace longhaul::scheduling
