// A torus looks the same from each of its GPUs, so that one of them tells of all.
#pragma once

#include <vector>

#include "fabric/graph.hpp"
#include "fabric/network_rows.hpp"

namespace longhaul::fabric {

/// Whether every GPU has the same links along the dimensions and nothing else: then any shift maps
/// the fabric onto itself.
bool is_uniform_torus(const Fabric& fabric);

/// Time of one byte of each ordered pair on the fullest link [s/B]. `sent`: bytes out along each
/// arc of `rows` of what GPU 0 sends alone. Links of one direction are alike, so with all senders
/// each carries N times their mean.
double torus_seconds_per_byte(const Fabric& fabric, const Rows& rows,
                              const std::vector<double>& sent);

}  // namespace longhaul::fabric
