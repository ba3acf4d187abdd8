// Over as many nodes as can be: the emptiest first, a slot each in turn. A job of whole nodes gets
// whole nodes where enough are free, from each leaf switch in turn.
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "scheduling/placements/all.hpp"
#include "scheduling/placements/by_node.hpp"

namespace longhaul::scheduling {

namespace {

/// Nodes that are wholly free, one of each leaf in turn.
std::vector<FreeNode> whole_nodes_by_leaf(const std::vector<FreeNode>& nodes,
                                          const Layout& layout) {
  std::map<std::int64_t, std::int64_t> taken;               // by leaf
  std::vector<std::pair<std::int64_t, FreeNode>> in_turns;  // the leaf's how many-th
  for (const auto& node : nodes)
    if (node.free == layout.slots_per_node)
      in_turns.emplace_back(taken[node.node / layout.nodes_per_leaf]++, node);
  std::stable_sort(in_turns.begin(), in_turns.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<FreeNode> order;
  for (const auto& [turn, node] : in_turns) order.push_back(node);
  return order;
}

class Spread final : public Placement {
 public:
  Slots place(const Request& request, const SlotSet& free, const Layout& layout) const override {
    auto nodes = candidates(request, free, layout);
    if (layout.slots_per_node > 1 && request.slots % layout.slots_per_node == 0) {
      const auto slots = fill(request, whole_nodes_by_leaf(nodes, layout), free, layout);
      if (!slots.empty()) return slots;
    }
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
