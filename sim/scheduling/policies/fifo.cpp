// First in, first out: whoever stands behind a job that does not fit waits with it.
#include "scheduling/policies/all.hpp"
#include "scheduling/policies/in_order.hpp"

namespace longhaul::scheduling {

namespace {

class Fifo final : public Policy {
 public:
  void decide(Cluster& cluster) override { start_in_order(cluster); }
};

}  // namespace

std::unique_ptr<Policy> make_fifo(const PolicyConfig& /*config*/) {
  return std::make_unique<Fifo>();
}

}  // namespace longhaul::scheduling
