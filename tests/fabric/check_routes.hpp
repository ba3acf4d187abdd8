// What every route keeps.
#pragma once

#include <doctest/doctest.h>

#include "fabric/router.hpp"

namespace longhaul::fabric {

/// The links of a route lead from one end of the flow to the other.
inline void check_connected(const Fabric& fabric, const Flow& flow, const Route& route) {
  VertexIndex at = flow.src;
  for (const LinkIndex link : route.links) {
    REQUIRE(fabric.links[static_cast<std::size_t>(link)].src == at);
    at = fabric.links[static_cast<std::size_t>(link)].dst;
  }
  CHECK(at == flow.dst);
}

}  // namespace longhaul::fabric
