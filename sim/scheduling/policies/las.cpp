// Least attained service, in levels [Tiresias, NSDI'19, "discretised 2D-LAS"]: a job begins in the
// first level and falls to the next when it has used so many slot-seconds; lower levels go first,
// in the order of submission within one.
#include <algorithm>
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
    return static_cast<double>(level(cluster.slot_seconds(job))) * later_than_all +
           cluster.job(job).submit.value();
  }

  void decide(Cluster& cluster) override {
    run_first(cluster, merged_order(cluster, [&](JobId job) { return rank(cluster, job); }));
    if (!cluster.any_waits()) return;
    double falls = std::numeric_limits<double>::infinity();  // seconds until one does
    for (const auto& release : cluster.releases()) {
      if (release.job == no_job) continue;
      const auto used = cluster.slot_seconds(release.job);
      const auto next = level(used);
      if (next < levels_.size())
        falls = std::min(falls, (levels_[next] - used) / static_cast<double>(release.slots));
    }
    if (falls < std::numeric_limits<double>::infinity())
      cluster.wake_at(cluster.now() + seconds(falls));
  }

 private:
  /// Submissions are at most 1e12 s (see README.md).
  static constexpr double later_than_all = 1e13;

  /// What is within a moment of the next level is in it.
  std::size_t level(double slot_seconds) const {
    const auto above =
        std::upper_bound(levels_.begin(), levels_.end(), slot_seconds * (1 + 1e-12) + 1e-6);
    return static_cast<std::size_t>(above - levels_.begin());
  }

  std::vector<double> levels_;  // slot-seconds, ascending
};

}  // namespace

std::unique_ptr<Policy> make_las(const PolicyConfig& config) {
  return std::make_unique<LeastAttained>(config.levels);
}

}  // namespace longhaul::scheduling
