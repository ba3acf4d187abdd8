// A torus k1 x k2 x .. whose routers are the GPUs themselves, plain or twisted, of fixed cables or
// of boards that optical circuit switches join (rewire.hpp).
//
// A twisted one (torus_places.hpp) makes up for the unequal lengths of k x k x 2k and k x 2k x 2k:
// all-to-all takes fewer hops.
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
  /// Join the boards; a cable then leads from board to board over a switch.
  bool optical_switches = false;
  std::int64_t spare_boards = 0;  ///< that stand by at the optical switches; GPUs numbered last

  friend bool operator==(const Torus&, const Torus&) = default;
};

/// Throws std::invalid_argument unless there is a dimension, all are at least 1 and boards divide
/// them, for twisted shapes that are none, and for boards that optical switches cannot join.
void validate(const Torus& params);

/// Those of boards that stand by among them.
std::int64_t endpoints(const Torus& params);

/// Each link has the bandwidth of a NIC. A dimension of size 2 has two cables, as a ring of two;
/// one of size 1 has none.
void lay(const Torus& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
