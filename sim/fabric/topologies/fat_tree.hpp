// Extended generalised fat trees XGFT(h; m1..mh; w1..wh) [Oehring+, IPPS'95].
//
// Layer 0 holds the GPUs. A vertex of layer i has m_i children in layer i-1, and one of layer i-1
// has w_i parents in layer i. Two-level tree of 4 leaves of 4 GPUs and 4 tops: XGFT(2;4,4;1,4).
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

struct FatTree {
  std::vector<std::int64_t> children;  ///< m1..mh
  std::vector<std::int64_t> parents;   ///< w1..wh
  BytesPerSecond bandwidth;            ///< of every link, one way
  Seconds latency;                     ///< of every link
};

/// Throws std::invalid_argument unless there is at least one layer, as many `children` as
/// `parents`, all at least 1, a positive bandwidth and a latency that is not negative.
Fabric make_fat_tree(const FatTree& params);

}  // namespace longhaul::fabric
