// Finish-time fairness [Themis, NSDI'20]: in rounds, the jobs that sharing delays most go first: by
// rho = (time since submission + what is left) / what it takes alone. Between rounds, free slots go
// to those that wait, in the same order.
#include <algorithm>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class FinishTimeFair final : public Policy {
 public:
  explicit FinishTimeFair(Seconds round) : round_(round) {}

  void decide(Cluster& cluster) override {
    if (cluster.now() + same_moment >= next_round_) {
      begin_round(cluster);
      next_round_ = cluster.now() + round_;
    } else if (cluster.free().count() > 0) {
      start_jobs(cluster);
    }
    if (cluster.any_waits()) cluster.wake_at(next_round_);
  }

 private:
  using ByDelay = std::pair<double, JobId>;

  static void begin_round(Cluster& cluster) {
    std::vector<ByDelay> by_delay;
    for (const auto& release : cluster.releases())
      if (release.job != no_job) by_delay.emplace_back(-rho(cluster, release.job), release.job);
    for (const auto& waiting : cluster.queue())
      by_delay.emplace_back(-rho(cluster, waiting.job), waiting.job);
    std::sort(by_delay.begin(), by_delay.end());
    std::vector<JobId> order;
    for (const auto& [delay, job] : by_delay) order.push_back(job);
    run_first(cluster, order);
  }

  /// Those that could start now, in their order.
  static void start_jobs(Cluster& cluster) {
    std::vector<ByDelay> by_delay;
    for (const auto& waiting : cluster.queue())
      if (waiting.slots <= cluster.free().count() || !cluster.job(waiting.job).choices.empty())
        by_delay.emplace_back(-rho(cluster, waiting.job), waiting.job);
    std::priority_queue order(std::greater<>{}, std::move(by_delay));
    for (; !order.empty() && cluster.free().count() > 0; order.pop())
      cluster.start(order.top().second);
  }

  static double rho(const Cluster& cluster, JobId job) {
    const auto left = cluster.estimate_left(job);
    const auto alone = left + seconds(cluster.done(job));
    return (cluster.now() - cluster.job(job).submit + left) / std::max(alone, seconds(1));
  }

  Seconds round_;
  Seconds next_round_;
};

}  // namespace

std::unique_ptr<Policy> make_finish_time_fair(const PolicyConfig& config) {
  return std::make_unique<FinishTimeFair>(config.round);
}

}  // namespace longhaul::scheduling
