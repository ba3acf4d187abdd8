// Links of a tree that sprayed flows load alike, so that they stand for each other.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

/// Endpoints [first, last), ascending and apart from each other.
using Intervals = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// Vertices of a kind and level that stand above the same endpoints are a side of a tree.
struct Sides {
  std::vector<std::int32_t> of;  ///< by vertex, the number of its side
  std::vector<Intervals> below;  ///< by side, a GPU or store being below itself
};

/// The links from one side to another are a bundle: a flow that reaches a side spread evenly over
/// its vertices leaves it so, and loads each link of the bundle that it takes alike, whatever flow
/// it is. By link, the first of its bundle; scale-up links are alone. Empty where that does not
/// hold everywhere: unequal links, vertices of a side with more of them than others, or ways on to
/// an endpoint that lead to several sides.
std::vector<LinkIndex> even_bundles(const Fabric& fabric, const Sides& sides);

}  // namespace longhaul::fabric
