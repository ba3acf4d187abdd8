// A torus cut into boards that optical circuit switches join, and may join anew: around a dead
// board, to another shape, to a twisted torus [TPU v4, Jouppi+, ISCA'23].
//
// Each position on the faces of a board, dimension by dimension, has a switch: the outward links of
// all boards at that position, and those of the opposite face, end there. So a board may be
// followed by any board in each dimension, itself included, but always at the same position. Links
// keep their numbers: link 2i leaves its GPU forward in its dimension, wherever it leads. Boards
// that stand by are small tori of their own.
#pragma once

#include <cstdint>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

/// Throws std::invalid_argument, with what would be right, unless boards of `size`, numbered from 0
/// to `n_boards` - 1, can be joined so.
void check_wiring(const std::vector<std::int64_t>& size, std::int64_t n_boards,
                  const Wiring& wiring);

/// Ends the links between boards anew, in place. Takes any number of the boards. A router over the
/// fabric has to be told by Router::follow_wiring(). Throws std::invalid_argument, and changes
/// nothing, as check_wiring() does and where there are no optical switches.
void rewire(Fabric& fabric, const Wiring& wiring);

/// The wiring as it is, with boards that stand by, and are none of `dead`, in the places of `dead`.
/// Throws std::invalid_argument when there is no such board, or too few stand by.
Wiring with_spares(const Fabric& fabric, const std::vector<std::int64_t>& dead);

/// The board of a GPU. Throws std::invalid_argument where there is none.
std::int64_t board_of(const Fabric& fabric, VertexIndex gpu);

/// Optical switches, each of which has two ports in use for every board; 0 where there are none.
std::int64_t n_optical_switches(const Fabric& fabric);
/// The number of the one that a link goes through; -1: none.
std::int64_t optical_switch(const Fabric& fabric, LinkIndex link);

/// The fabric without GPUs that stand by, with their links and nodes. The others keep their order
/// and names; it cannot be re-wired.
Fabric without_standby(const Fabric& fabric);

}  // namespace longhaul::fabric
