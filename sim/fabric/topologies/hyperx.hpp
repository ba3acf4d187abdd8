// HyperX: routers on a grid k1 x k2 x .., each joined to all others of its row in every dimension
// [Ahn+, SC'09]. One dimension is a full mesh, two are a flattened butterfly, and with the GPUs as
// the routers 8 x 8 x 4 x 4 is the pod of UB-Mesh [arXiv 2503.20377].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

struct HyperX {
  static constexpr const char* table = "hyperx";  ///< of [fabric]
  std::vector<std::int64_t> dimensions;  ///< k1, k2, ..; neighbouring routers differ in the first
  std::int64_t gpus_per_router = 0;      ///< 0: the GPUs are the routers
  std::vector<std::int64_t> cables{};    ///< between two routers, by dimension; none: 1 everywhere
  Metres first_cable = metres(3);        ///< in the first dimension. Assumption, as the next.
  Metres cable = metres(20);             ///< in the others

  friend bool operator==(const HyperX&, const HyperX&) = default;
};

/// Throws std::invalid_argument unless there is a dimension, there are as many `cables`, if any,
/// and all are at least 1.
void validate(const HyperX& params);

/// GPUs are numbered router by router.
std::int64_t endpoints(const HyperX& params);
/// 0 where the GPUs are the routers.
std::int64_t endpoints_per_leaf(const HyperX& params);

/// Each cable has the bandwidth of a NIC.
void lay(const HyperX& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
