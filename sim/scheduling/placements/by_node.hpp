// What placements by node share.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduling/placement.hpp"

namespace longhaul::scheduling {

/// Free slots of a node that could serve a request, at least one.
struct FreeNode {
  std::int64_t node = 0;
  std::int64_t free = 0;
};

/// Nodes that could take part, in their order: with at least per_node free slots where the request
/// says how many it wants on each.
std::vector<FreeNode> candidates(const Request& request, const SlotSet& free, const Layout& layout);

/// The lowest free slots of each node in the order given until the request is served: per_node on
/// each, else as many as are free. None where they do not suffice.
Slots fill(const Request& request, const std::vector<FreeNode>& nodes, const SlotSet& free,
           const Layout& layout);

/// Fewest groups of `nodes_per_group` nodes: the fullest one that can take the whole request, else
/// those with most free slots first; within a group by `better`.
Slots fill_groups(const Request& request, const SlotSet& free, const Layout& layout,
                  std::int64_t nodes_per_group);

}  // namespace longhaul::scheduling
