// Under as few leaf switches as can be: there, GPUs of one rail are one hop apart.
#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

class RailAligned final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    return fill_groups(request, free, layout, layout.nodes_per_leaf);
  }
};

}  // namespace

std::unique_ptr<Placement> make_rail_aligned() { return std::make_unique<RailAligned>(); }

}  // namespace longhaul::scheduling
