// A ring (or an open chain) of GPUs, each of which sends chunk after chunk to the next.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/graph.hpp"
#include "fabric/router.hpp"
#include "units/quantity.hpp"

namespace longhaul::collectives {

struct Ring {
  std::vector<fabric::VertexIndex> gpus;  ///< in ring order
  Bytes chunk;                            ///< what a rank sends in a step [B]
  std::int64_t steps =
      0;                ///< N-1 for reduce-scatter or all-gather, twice for both, 1 for a transfer
  bool closed = true;   ///< else the last rank sends to no one
  Seconds least_hop{};  ///< latency of a step where the longest route's is not more [s]
};

/// Who sends to whom: one flow a rank, in ring order. A ring of one has none.
std::vector<fabric::Flow> flows_of(const Ring& ring);

}  // namespace longhaul::collectives
