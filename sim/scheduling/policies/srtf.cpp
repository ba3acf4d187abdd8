// The shortest remaining time first: a job that has less left takes the slots of those that have
// more.
#include <algorithm>
#include <utility>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class Srtf final : public Policy {
 public:
  double rank(const Cluster& cluster, JobId job) const override {
    return cluster.estimate_left(job).value();
  }

  void decide(Cluster& cluster) override {
    using Left = std::pair<double, JobId>;
    std::vector<Left> running;
    auto room = cluster.free().count();
    for (const auto& release : cluster.releases()) {
      if (release.job == no_job) continue;
      running.emplace_back(cluster.estimate_left(release.job).value(), release.job);
      room += release.slots;
    }
    std::sort(running.begin(), running.end());
    // The queue is in this order already. What lies behind the last job that could fit is left out.
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
    run_first(cluster, order);
  }
};

}  // namespace

std::unique_ptr<Policy> make_srtf(const PolicyConfig& /*config*/) {
  return std::make_unique<Srtf>();
}

}  // namespace longhaul::scheduling
