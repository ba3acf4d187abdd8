// Least attained service, in levels [Tiresias, NSDI'19, "discretised 2D-LAS"]: a job begins in the
// first level and falls to the next when it has used so many slot-seconds; lower levels go first,
// in the order of submission within one.
#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class LeastAttained final : public Policy {
 public:
  explicit LeastAttained(std::vector<double> levels) : levels_(std::move(levels)) {
    std::sort(levels_.begin(), levels_.end());
  }

  void decide(Cluster& cluster) override {
    struct Place {
      std::size_t level;
      double submit;
      JobId job;
      bool operator<(const Place& other) const {
        return std::tie(level, submit, job) < std::tie(other.level, other.submit, other.job);
      }
    };
    std::vector<Place> places;
    double falls = std::numeric_limits<double>::infinity();  // seconds until one does
    const auto place = [&](JobId job) {
      const auto used = cluster.slot_seconds(job);
      // What is within a moment of the next level is in it.
      const auto above =
          std::upper_bound(levels_.begin(), levels_.end(), used * (1 + 1e-12) + 1e-6);
      places.push_back({static_cast<std::size_t>(above - levels_.begin()),
                        cluster.job(job).submit.value(), job});
      return above == levels_.end() ? std::numeric_limits<double>::infinity() : *above - used;
    };
    for (const auto& release : cluster.releases())
      if (release.job != no_job)
        falls = std::min(falls, place(release.job) / static_cast<double>(release.slots));
    for (const auto& waiting : cluster.queue()) place(waiting.job);
    std::sort(places.begin(), places.end());
    std::vector<JobId> order;
    order.reserve(places.size());
    for (const auto& at : places) order.push_back(at.job);
    run_first(cluster, order);
    // Whoever started just now may fall first.
    for (const auto& release : cluster.releases()) {
      if (release.job == no_job) continue;
      const auto used = cluster.slot_seconds(release.job);
      const auto above =
          std::upper_bound(levels_.begin(), levels_.end(), used * (1 + 1e-12) + 1e-6);
      if (above != levels_.end())
        falls = std::min(falls, (*above - used) / static_cast<double>(release.slots));
    }
    if (falls < std::numeric_limits<double>::infinity())
      cluster.wake_at(cluster.now() + seconds(falls));
  }

 private:
  std::vector<double> levels_;  // slot-seconds, ascending
};

}  // namespace

std::unique_ptr<Policy> make_las(const PolicyConfig& config) {
  return std::make_unique<LeastAttained>(config.levels);
}

}  // namespace longhaul::scheduling
