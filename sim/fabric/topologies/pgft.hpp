// Parallel-port generalised fat trees PGFT(h; m1..mh; w1..wh; p1..ph) [Zahavi, JPDC 72(11), 2012].
//
// Layer 0 holds the GPUs. A vertex of layer i has m_i children in layer i-1, and one of layer i-1
// has w_i parents in layer i, with p_i parallel cables to each. Without parallel cables it is an
// XGFT [Oehring+, IPPS'95]: the two-level tree of 4 leaves of 4 GPUs and 4 tops is 4,4; 1,4.
// The taper of layer i, below over above, is m_i / (w_(i+1) p_(i+1)).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

struct Pgft {
  static constexpr const char* table = "pgft";  ///< of [fabric]
  static constexpr bool has_layers = true;  ///< of switches, the top one for more to be joined to

  std::vector<std::int64_t> children;  ///< m1..mh
  std::vector<std::int64_t> parents;   ///< w1..wh
  std::vector<std::int64_t> cables{};  ///< p1..ph; none: 1 everywhere
  Metres cable = metres(30);           ///< between switches. Assumption.
  std::vector<std::int64_t> speeds{};  ///< of a cable of each layer, in ports of a NIC; none: 1

  friend bool operator==(const Pgft&, const Pgft&) = default;
};

/// Throws std::invalid_argument unless there is at least one layer, as many `parents` (and
/// `cables` and `speeds`, if any) as `children`, and all are at least 1.
void validate(const Pgft& params);

/// GPUs that it joins.
std::int64_t endpoints(const Pgft& params);
/// GPUs below one leaf switch; with w1 > 1 they share w1 of them.
std::int64_t endpoints_per_leaf(const Pgft& params);

/// Joins `gpus`, as many as endpoints().
void lay(const Pgft& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
