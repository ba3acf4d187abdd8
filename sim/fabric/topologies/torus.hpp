// A torus k1 x k2 x .. whose routers are the GPUs themselves, plain or twisted.
//
// A twisted one [Camara+, IEEE TPDS 21(12), 2010; TPU v4, Jouppi+, ISCA'23] has two lengths, k and
// 2k, and the wrap of each short dimension also goes k further in each long one. In k x k x 2k and
// k x 2k x 2k that makes up for the unequal lengths: all-to-all takes fewer hops.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

struct Torus {
  static constexpr const char* table = "torus";  ///< of [fabric]
  std::vector<std::int64_t>
      dimensions;                     ///< k1, k2, ..; neighbouring GPU numbers differ in the first
  Metres cable = metres(3);           ///< between neighbours; 0: a backplane. Assumption.
  std::vector<std::int64_t> board{};  ///< sizes of boards or cubes, whose links have no length
  bool twist = false;                 ///< of three dimensions, k and 2k long, in any order

  friend bool operator==(const Torus&, const Torus&) = default;
};

/// Throws std::invalid_argument unless there is a dimension, all are at least 1 and boards divide
/// them, and for twisted
/// shapes that are none.
void validate(const Torus& params);

std::int64_t endpoints(const Torus& params);

/// Each link has the bandwidth of a NIC. A dimension of size 2 has two cables, as a ring of two;
/// one of size 1 has none.
void lay(const Torus& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
