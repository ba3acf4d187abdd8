// EASY backfill whose candidates are tried by their estimates, the shortest first; the promise is
// still that of the first in the order of submission [Tsafrir+ 2007, "EASY-SJBF"].
#include <algorithm>
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class ShortestFirstBackfill final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    const auto head = start_in_order(cluster, &Cluster::start_as_asked);
    const auto queue = cluster.queue().subspan(head);
    if (queue.empty() || cluster.free().count() == 0) return;
    std::vector<Waiting> order{queue.front()};
    for (const auto& waiting : queue.subspan(1))
      if (waiting.slots <= cluster.free().count()) order.push_back(waiting);
    std::stable_sort(order.begin() + 1, order.end(),
                     [](const Waiting& a, const Waiting& b) { return a.estimate < b.estimate; });
    backfill(cluster, order);
  }
};

}  // namespace

std::unique_ptr<Policy> make_shortest_first_backfill(const PolicyConfig& /*config*/) {
  return std::make_unique<ShortestFirstBackfill>();
}

}  // namespace longhaul::scheduling
