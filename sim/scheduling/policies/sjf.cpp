// The shortest job first, by what is left of its estimate; it waits for its slots, and all others
// behind it.
#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class Sjf final : public Policy {
 public:
  double rank(const Cluster& cluster, JobId job) const override {
    return cluster.estimate_left(job).value();
  }
  void decide(Cluster& cluster) override { start_in_order(cluster); }
};

}  // namespace

std::unique_ptr<Policy> make_sjf(const PolicyConfig& /*config*/) { return std::make_unique<Sjf>(); }

}  // namespace longhaul::scheduling
