// HammingMesh: boards of accelerators in a mesh, whose outer ports go to one switch a row and one a
// column of accelerators [Hoefler+, SC'22]. Hx2Mesh and Hx4Mesh have boards of 2 x 2 and 4 x 4;
// with boards of 1 x 1 it is a HyperX of two dimensions.
//
//    .----row switch----.        One row of accelerators on two boards of 2 x 2. The port to the
//    |     |      |     |        left of a board's first accelerator and that to the right of its
//    o--o--'      '--o--o        last one go to the row's switch; columns likewise, so that all
//    |  |            |  |        four ports of an accelerator are used. Links within a board have
//    o--o            o--o        no length.
//
// Where there is one board in a row (column), its two ports are joined by a cable without a switch,
// so that the row is a ring; a board one accelerator wide leaves both free.
#pragma once

#include <cstdint>
#include <span>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

/// Defaults: the small Hx2Mesh of the paper, 16 x 16 boards of 2 x 2: 1,024 accelerators.
struct HammingMesh {
  static constexpr const char* table = "hammingmesh";  ///< of [fabric]
  std::int64_t board_width = 2;                        ///< accelerators in a row of a board, a
  std::int64_t board_height = 2;                       ///< and in a column, b
  std::int64_t width = 16;                             ///< boards in a row of boards, x
  std::int64_t height = 16;                            ///< and in a column, y
  Metres row_cable = metres(3);      ///< from board to row switch, copper [Hoefler+, SC'22]
  Metres column_cable = metres(20);  ///< from board to column switch, optical

  friend bool operator==(const HammingMesh&, const HammingMesh&) = default;
};

/// Throws std::invalid_argument, with what would be right, for counts below 1, negative lengths and
/// more links than a fabric can hold.
void validate(const HammingMesh& params);

/// GPUs are numbered board by board: those of a board row by row, boards row by row.
std::int64_t endpoints(const HammingMesh& params);

/// Each cable has the bandwidth of a NIC. Both cables of a board to the same switch from one
/// accelerator are one bundle.
void lay(const HammingMesh& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
