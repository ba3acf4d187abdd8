// What can flow between two halves of a fabric's GPUs.
#pragma once

#include <cstdint>
#include <span>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

/// What is taken out of the graph: a vertex, or one cable of a link and its reverse.
struct Failed {
  VertexIndex vertex = -1;
  LinkIndex link = -1;
};

struct HalvesFlow {
  double cables = 0.0;
  BytesPerSecond bandwidth;  ///< one way [B/s]
};

/// The largest flow from all GPUs of the lower half to all of the upper one (`upper`: 1 for those),
/// which is the narrowest cut that leaves the halves whole. Scale-up links count only where a
/// domain has GPUs in both halves.
HalvesFlow flow_between_halves(const Fabric& fabric, std::span<const char> upper,
                               Failed failed = {});
/// Its bandwidth alone.
BytesPerSecond bandwidth_between_halves(const Fabric& fabric, std::span<const char> upper,
                                        Failed failed = {});

}  // namespace longhaul::fabric
