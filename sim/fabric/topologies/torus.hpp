// A torus k1 x k2 x .. whose routers are the GPUs themselves.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

struct Torus {
  static constexpr const char* table = "torus";  ///< of [fabric]
  std::vector<std::int64_t>
      dimensions;            ///< k1, k2, ..; neighbouring GPU numbers differ in the first
  Metres cable = metres(0);  ///< between neighbours; 0: a backplane

  friend bool operator==(const Torus&, const Torus&) = default;
};

/// Throws std::invalid_argument unless there is a dimension and all are at least 1.
void validate(const Torus& params);

std::int64_t endpoints(const Torus& params);

/// Each link has the bandwidth of a NIC. A dimension of size 2 has two cables, as a ring of two;
/// one of size 1 has none.
void lay(const Torus& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
