// The earliest deadline first [Liu & Layland, J. ACM 20(1), 1973]: a job whose deadline is earlier
// takes the slots of those whose is later, and jobs without one come last.
#include <limits>

#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class Edf final : public Policy {
 public:
  double rank(const Cluster& cluster, JobId job) const override {
    const auto& deadline = cluster.job(job).deadline;
    return deadline ? deadline->value() : std::numeric_limits<double>::infinity();
  }

  void decide(Cluster& cluster) override {
    run_first(cluster, merged_order(cluster, [&](JobId job) { return rank(cluster, job); }));
  }
};

}  // namespace

std::unique_ptr<Policy> make_edf(const PolicyConfig& /*config*/) { return std::make_unique<Edf>(); }

}  // namespace longhaul::scheduling
