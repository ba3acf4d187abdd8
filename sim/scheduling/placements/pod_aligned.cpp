// In as few pods as can be.
#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

class PodAligned final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    return fill_groups(request, free, layout, layout.nodes_per_pod);
  }
};

}  // namespace

std::unique_ptr<Placement> make_pod_aligned() { return std::make_unique<PodAligned>(); }

}  // namespace longhaul::scheduling
