// Vertices and links whose loss separates GPUs.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

struct WeakPoints {
  /// Of each vertex: the GPUs that stay when it is lost, but outside the largest part that is left.
  std::vector<std::int64_t> cut_off_by_vertex;
  /// The same for one cable of each link, at the index of its first direction; 0 for bundles.
  std::vector<std::int64_t> cut_off_by_link;
};

/// Over the network, and over scale-up domains where GPUs forward.
WeakPoints find_weak_points(const Fabric& fabric);

}  // namespace longhaul::fabric
