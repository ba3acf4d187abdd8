// Dragonfly: groups of routers, all joined within a group, and groups joined to each other by the
// routers' global ports [Kim+, ISCA'08].
//
// In full it has g = a h + 1 groups of a routers and one cable between any two groups, so a router
// is at most local, global, local = 3 hops away. The arrangement is the absolute one: port k of
// group G, which is on router k / h, leads to group k if k < G, else to group k + 1.
//
// With fewer groups each two have l cables (`cables`, or as many as there are ports for: a h / (g -
// 1), rounded down; what ports are over stay free). Port k of group G then leads to group j = k mod
// (g - 1) if j < G, else to j + 1, and is cable k / (g - 1) of that pair at both ends; cables
// between the same two routers are one bundle.
#pragma once

#include <cstdint>
#include <span>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

/// What is not given follows from the rest by the balanced a = 2p = 2h of the paper; where nothing
/// is, there are 33 groups of 8 routers, 1,056 GPUs.
struct Dragonfly {
  static constexpr const char* table = "dragonfly";  ///< of [fabric]
  std::int64_t routers = 0;                          ///< of a group, a; 0: twice the global ports
  std::int64_t gpus_per_router = 0;                  ///< p; 0: as many as global ports
  std::int64_t global_ports = 0;                     ///< of a router, h; 0: p, else half of a
  std::int64_t groups = 0;                           ///< g; 0: in full, a h + 1
  std::int64_t cables = 0;         ///< between any two groups; 0: as many as ports allow
  Metres local_cable = metres(3);  ///< within a group. Assumption, as the next.
  Metres global_cable = metres(100);

  friend bool operator==(const Dragonfly&, const Dragonfly&) = default;
};

/// The same with all of a, p and h.
Dragonfly balanced(Dragonfly params);

/// Throws std::invalid_argument, with numbers that would do, for counts below 0, for more groups or
/// cables than there are global ports for, and for more links than a fabric can hold.
void validate(const Dragonfly& params);

/// GPUs are numbered router by router, group by group.
std::int64_t endpoints(const Dragonfly& params);
std::int64_t endpoints_per_leaf(const Dragonfly& params);

/// A GPU's leaf is its router and its pod its group.
void lay(const Dragonfly& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
