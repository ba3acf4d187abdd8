// As few nodes as can be, and of those the ones with least room to spare.
#include <algorithm>

#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

class Packed final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    auto nodes = candidates(request, free, layout);
    if (request.per_node > 0) {
      std::stable_sort(nodes.begin(), nodes.end(),
                       [](const FreeNode& a, const FreeNode& b) { return a.free < b.free; });
      return fill(request, nodes, free, layout);
    }
    // The emptiest nodes first, and what is left goes where it fits most tightly.
    std::stable_sort(nodes.begin(), nodes.end(),
                     [](const FreeNode& a, const FreeNode& b) { return a.free > b.free; });
    auto left = request.slots;
    auto last = nodes.begin();
    for (; last != nodes.end() && last->free < left; ++last) left -= last->free;
    if (last == nodes.end()) return {};
    auto tight = last;
    for (auto node = last; node != nodes.end(); ++node)
      if (node->free >= left && node->free < tight->free) tight = node;
    std::iter_swap(last, tight);
    return fill(request, nodes, free, layout);
  }
};

}  // namespace

std::unique_ptr<Placement> make_packed() { return std::make_unique<Packed>(); }

}  // namespace longhaul::scheduling
