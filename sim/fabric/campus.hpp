// Buildings of a site, and sites, each building with a network of its own.
//
// What has layers is joined by its top one. Networks without layers are islands: each GPU that is a
// router, or else each router, has one port more, to gateway switches of the building, and those
// lead to the campus. Traffic within an island stays in it, as it would take a shorter way over the
// gateways otherwise, which are the narrower network.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

struct Sites {
  std::int64_t sites = 1;
  std::int64_t buildings = 1;           ///< of a site
  std::int64_t campus_switches = 16;    ///< of a site; at most one for each top switch
  double building_taper = 1.0;          ///< bandwidth of a building's NICs over that out of it
  Metres building_cable = metres(500);  ///< from a building to the campus switches. Assumption.
  BytesPerSecond wan_bandwidth = bytes_per_second(12.5e12);  ///< of two sites, one way. Assumption.
  Metres distance = metres(0);                               ///< between any two sites, of fibre

  friend bool operator==(const Sites&, const Sites&) = default;
};

/// Throws std::invalid_argument, with what would be right.
void validate(const Sites& sites);

/// Makes what was laid over `gpus`, from vertex `first` on, part of an island of that number, with
/// what other planes laid over them. Returns what a gateway can be joined to: routers, or GPUs that
/// are routers themselves (once for all planes).
std::vector<VertexIndex> mark_island(Fabric& fabric, std::span<const VertexIndex> gpus,
                                     VertexIndex first, std::int32_t island);

/// Gateways of each building, as many as the site has campus switches, each to an equal part of its
/// routers; no more than have as many routers each, so that a router's port fits into each link
/// from there to the campus. `buildings` has the routers of each, and then its gateways instead.
void lay_gateways(const Sites& sites, Builder& builder,
                  std::vector<std::vector<VertexIndex>>& buildings, std::int64_t gpus_per_building);

/// Campus switches over what joins each building, and lines between the sites: a top switch to one
/// of them, a gateway to all.
void join_buildings(const Sites& sites, Builder& builder,
                    const std::vector<std::vector<VertexIndex>>& buildings,
                    std::int64_t gpus_per_building);

}  // namespace longhaul::fabric
