#include "scheduling/placements/by_node.hpp"

#include <algorithm>
#include <limits>

namespace longhaul::scheduling {

std::vector<FreeNode> candidates(const Request& request, const SlotSet& free,
                                 const Layout& layout) {
  std::vector<FreeNode> nodes;
  if (request.slots > free.count() || request.per_node > layout.slots_per_node) return nodes;
  const auto least = std::max<std::int64_t>(request.per_node, 1);
  for (std::int64_t node = 0; node < layout.nodes; ++node) {
    const auto n = free.count_in(layout.slots_of(node));
    if (n >= least) nodes.push_back({node, n});
  }
  return nodes;
}

Slots fill(const Request& request, const std::vector<FreeNode>& nodes, const SlotSet& free,
           const Layout& layout) {
  std::vector<FreeNode> chosen;
  auto left = request.slots;
  for (const auto& [node, n] : nodes) {
    if (left == 0) break;
    const auto here = request.per_node > 0 ? request.per_node : std::min(left, n);
    chosen.push_back({node, here});
    left -= here;
  }
  if (left > 0) return {};
  std::sort(chosen.begin(), chosen.end(),
            [](const FreeNode& a, const FreeNode& b) { return a.node < b.node; });
  Slots slots;
  for (const auto& [node, n] : chosen)
    for (const auto& range : free.lowest(n, layout.slots_of(node).first)) append(slots, range);
  return slots;
}

Slots fill_groups(const Request& request, const SlotSet& free, const Layout& layout,
                  std::int64_t nodes_per_group) {
  const auto nodes = candidates(request, free, layout);
  struct Group {
    std::vector<FreeNode> nodes;
    std::int64_t room = 0;  // slots that it could give
  };
  std::vector<Group> groups(
      static_cast<std::size_t>((layout.nodes + nodes_per_group - 1) / nodes_per_group));
  for (const auto& node : nodes) {
    auto& group = groups[static_cast<std::size_t>(node.node / nodes_per_group)];
    group.nodes.push_back(node);
    group.room += request.per_node > 0 ? request.per_node : node.free;
  }
  // Whole groups that can take all of it come first, the fullest of them in front.
  const auto key = [&](const Group& group) {
    return group.room >= request.slots ? group.room - std::numeric_limits<std::int64_t>::max()
                                       : -group.room;
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const Group& a, const Group& b) { return key(a) < key(b); });
  std::vector<FreeNode> order;
  for (auto& group : groups) {
    // In a group the fullest nodes that still take all that is left, as in `packed`.
    std::stable_sort(group.nodes.begin(), group.nodes.end(),
                     [](const FreeNode& a, const FreeNode& b) { return a.free > b.free; });
    order.insert(order.end(), group.nodes.begin(), group.nodes.end());
  }
  return fill(request, order, free, layout);
}

}  // namespace longhaul::scheduling
