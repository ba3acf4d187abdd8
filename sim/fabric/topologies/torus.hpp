// A torus k1 x k2 x .. whose routers are the GPUs themselves.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

struct Torus {
  std::vector<std::int64_t>
      dimensions;            ///< k1, k2, ..; neighbouring GPU numbers differ in the first
  BytesPerSecond bandwidth;  ///< of every link, one way
  Seconds latency;           ///< of every link
};

/// A dimension of size 2 has two cables, as a ring of two; one of size 1 has none.
/// Throws std::invalid_argument unless there is a dimension, all are at least 1, the bandwidth is
/// positive and the latency not negative.
Fabric make_torus(const Torus& params);

}  // namespace longhaul::fabric
