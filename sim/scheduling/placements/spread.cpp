// Over as many nodes as can be: the emptiest first, a slot each in turn.
#include <algorithm>

#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

class Spread final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    auto nodes = candidates(request, free, layout);
    std::stable_sort(nodes.begin(), nodes.end(),
                     [](const FreeNode& a, const FreeNode& b) { return a.free > b.free; });
    if (request.per_node > 0 || nodes.empty()) return fill(request, nodes, free, layout);
    // The most that a node gives: at least `level` from each that has so much.
    std::vector<FreeNode> shares;
    auto left = request.slots;
    for (const auto& node : nodes) shares.push_back({node.node, 0});
    while (left > 0)
      for (std::size_t i = 0; i < nodes.size() && left > 0; ++i)
        if (shares[i].free < nodes[i].free) {
          ++shares[i].free;
          --left;
        }
    return fill(request, shares, free, layout);
  }
};

}  // namespace

std::unique_ptr<Placement> make_spread() { return std::make_unique<Spread>(); }

}  // namespace longhaul::scheduling
