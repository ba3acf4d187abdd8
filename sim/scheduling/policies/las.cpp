// Least attained service, in levels [Tiresias, NSDI'19, "discretised 2D-LAS"]: a job begins in the
// first level and falls to the next when it has used so many slot-seconds; lower levels go first,
// in the order of submission within one.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class LeastAttained final : public Policy {
 public:
  explicit LeastAttained(const std::vector<std::int64_t>& slot_hours) {
    for (const auto level : slot_hours)
      levels_.push_back(static_cast<double>(level) * seconds_per_hour);
    std::sort(levels_.begin(), levels_.end());
  }

  double rank(const Cluster& cluster, JobId job) const override {
    return static_cast<double>(level(cluster, job)) * later_than_all +
           cluster.job(job).submit.value();
  }

  void decide(Cluster& cluster) override {
    run_first(cluster, merged_order(cluster, [&](JobId job) { return rank(cluster, job); }));
    if (!cluster.any_waits()) return;
    double falls = std::numeric_limits<double>::infinity();  // seconds until one does
    for (const auto& release : cluster.releases()) {
      if (release.job == no_job) continue;
      const auto next = level(cluster, release.job);
      if (next == levels_.size()) continue;
      const auto missing = levels_[next] - cluster.slot_seconds(release.job);
      falls = std::min(falls, missing / static_cast<double>(release.slots));
    }
    if (falls < std::numeric_limits<double>::infinity())
      cluster.wake_at(cluster.now() + seconds(falls));
  }

 private:
  /// Submissions are at most 1e12 s (see README.md).
  static constexpr double later_than_all = 1e13;

  /// What its slots use within a moment, or between two dates that the clock tells apart, counts.
  std::size_t level(const Cluster& cluster, JobId job) const {
    const double moment = 2 * same_moment.value() + 8 * std::numeric_limits<double>::epsilon() *
                                                        std::abs(cluster.now().value());
    const double slots = static_cast<double>(
        std::max(cluster.asked(job).request.slots, count(cluster.state(job).slots)));
    const auto above = std::upper_bound(levels_.begin(), levels_.end(),
                                        cluster.slot_seconds(job) + slots * moment);
    return static_cast<std::size_t>(above - levels_.begin());
  }

  std::vector<double> levels_;  // slot-seconds, ascending
};

}  // namespace

std::unique_ptr<Policy> make_las(const PolicyConfig& config) {
  return std::make_unique<LeastAttained>(config.levels);
}

}  // namespace longhaul::scheduling
