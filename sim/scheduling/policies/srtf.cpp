// The shortest remaining time first: a job that has less left takes the slots of those that have
// more.
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
    run_first(cluster, merged_order(cluster, [&](JobId job) { return rank(cluster, job); }));
  }
};

}  // namespace

std::unique_ptr<Policy> make_srtf(const PolicyConfig& /*config*/) {
  return std::make_unique<Srtf>();
}

}  // namespace longhaul::scheduling
