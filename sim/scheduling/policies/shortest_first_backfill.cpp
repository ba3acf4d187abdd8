// EASY backfill whose candidates are tried by their estimates, the shortest first; the promise is
// still that of the first in the order of submission [Tsafrir+ 2007, "EASY-SJBF"].
#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class ShortestFirstBackfill final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    const auto head = start_in_order(cluster, &Cluster::start_as_asked);
    const auto queue = cluster.queue();
    if (head == queue.size()) return;
    backfill_by(cluster, queue[head],
                [](const Waiting& waiting) { return waiting.estimate.value(); });
  }
};

}  // namespace

std::unique_ptr<Policy> make_shortest_first_backfill(const PolicyConfig& /*config*/) {
  return std::make_unique<ShortestFirstBackfill>();
}

}  // namespace longhaul::scheduling
