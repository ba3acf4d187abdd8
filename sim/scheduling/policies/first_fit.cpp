// In the order of submission, whoever fits: large jobs may wait for ever while small ones come.
#include "scheduling/policies/all.hpp"

namespace longhaul::scheduling {

namespace {

class FirstFit final : public Policy {
 public:
  void decide(Cluster& cluster) override {
    for (const auto& waiting : cluster.queue()) {
      if (cluster.free().count() == 0) break;
      cluster.start(waiting.job);
    }
  }
};

}  // namespace

std::unique_ptr<Policy> make_first_fit(const PolicyConfig& /*config*/) {
  return std::make_unique<FirstFit>();
}

}  // namespace longhaul::scheduling
