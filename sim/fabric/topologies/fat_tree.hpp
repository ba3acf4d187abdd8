// Fat trees of switches with k ports each, full or in part [Leiserson 1985; Al-Fares+, SIGCOMM'08].
//
// Two levels: k/2 GPUs below each leaf, the rest of its ports up, and as many spines as those need.
// Three levels: pods of k/2 leaves and as many middle switches. In full they join k^2/2 and k^3/4
// GPUs; with fewer, spines are left out and those that stay have parallel cables to each leaf. A
// taper t gives t ports down for each one up at the leaves.
#pragma once

#include <cstdint>
#include <span>

#include "fabric/builder.hpp"
#include "fabric/topologies/pgft.hpp"

namespace longhaul::fabric {

struct FatTree {
  static constexpr const char* table = "fat_tree";  ///< of [fabric]
  static constexpr bool has_layers = true;  ///< of switches, the top one for more to be joined to

  std::int64_t ports = 64;    ///< of a switch, k
  std::int64_t levels = 2;    ///< of switches, 2 or 3
  std::int64_t gpus = 0;      ///< fewer than in full; 0: in full
  double taper = 1.0;         ///< ports down over ports up, of a leaf
  Metres cable = metres(30);  ///< between switches. Assumption.

  friend bool operator==(const FatTree&, const FatTree&) = default;
};

/// Throws std::invalid_argument, with numbers that would do, where ports do not come out even.
void validate(const FatTree& params);

/// The same tree as numbers of children, parents and parallel cables. Throws as validate().
Pgft as_pgft(const FatTree& params);

std::int64_t endpoints(const FatTree& params);
std::int64_t endpoints_per_leaf(const FatTree& params);
void lay(const FatTree& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
