// EASY backfill [Lifka 1995] by counts: in the order of submission; the first that does not fit is
// promised the moment at which enough slots will be free by the estimates, and others may start
// before it where they do not delay that.
#include <vector>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class Easy final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    const auto head = start_in_order(cluster, &Cluster::start_as_asked);
    backfill(cluster, cluster.queue().subspan(head));
  }
};

}  // namespace

std::unique_ptr<Policy> make_easy(const PolicyConfig& /*config*/) {
  return std::make_unique<Easy>();
}

}  // namespace longhaul::scheduling
