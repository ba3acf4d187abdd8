// Slim Fly: about as many routers as there can be with two hops between any two of them [Besta &
// Hoefler, SC'14]. The graphs are those of McKay, Miller and Siran (1998) in the form of Hafner
// (2004).
//
// For a prime power q = 4w + delta, delta one of -1, 0, 1, there are 2 q^2 routers (0, x, y) and
// (1, m, c) over the field of q elements:
//   (0, x, y) - (0, x, z)  where y - z is in X
//   (1, m, c) - (1, m, d)  where c - d is in X'
//   (0, x, y) - (1, m, c)  where y = m x + c
// With a primitive element e, X' is e X, and X is
//   delta  1: e^0, e^2, .. e^(q-3)
//   delta  0: e^0, e^2, .. e^(q-2)
//   delta -1: e^0, e^2, .. e^(2w-2) and e^(2w-1), e^(2w+1), .. e^(4w-3)
#pragma once

#include <cstdint>
#include <span>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

struct SlimFly {
  static constexpr const char* table = "slim_fly";  ///< of [fabric]
  std::int64_t q = 5;                ///< a prime power, not 2 more than a multiple of 4
  std::int64_t gpus_per_router = 0;  ///< 0: half of k', rounded up, as the paper recommends
  Metres local_cable = metres(3);    ///< in a rack, (0, x, ..) and (1, x, ..). Assumption.
  Metres global_cable = metres(20);  ///< between racks. Assumption.

  friend bool operator==(const SlimFly&, const SlimFly&) = default;
};

/// Throws std::invalid_argument, with the nearest that would do, for a q that has no such graph.
void validate(const SlimFly& params);

/// Ports of a router to others: k' = (3 q - delta) / 2.
std::int64_t network_radix(const SlimFly& params);

/// GPUs are numbered router by router, rack by rack: the routers (0, x, ..), then (1, x, ..).
std::int64_t endpoints(const SlimFly& params);
std::int64_t endpoints_per_leaf(const SlimFly& params);

/// A GPU's leaf is its router and its pod the rack of that.
void lay(const SlimFly& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
