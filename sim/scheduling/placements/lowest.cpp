// The slots with the lowest numbers.
#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

class Lowest final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    if (request.slots > free.count() || request.per_node > layout.slots_per_node) return {};
    if (request.per_node == 0 || layout.slots_per_node == 1) return free.lowest(request.slots);
    return fill(request, candidates(request, free, layout), free, layout);
  }
};

}  // namespace

std::unique_ptr<Placement> make_lowest() { return std::make_unique<Lowest>(); }

}  // namespace longhaul::scheduling
