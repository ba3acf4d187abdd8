// A torus looks the same from each of its GPUs, so that one of them tells of all.
#pragma once

#include <vector>

#include "fabric/graph.hpp"
#include "fabric/network_rows.hpp"

namespace longhaul::fabric {

/// Whether every GPU has the same links along the dimensions and nothing else: then any shift maps
/// the fabric onto itself.
bool is_uniform_torus(const Fabric& fabric);

/// Time of one byte of each ordered pair on the fullest link [s/B], from the loads of `rows` by
/// what GPU 0 sends: the links of one direction are alike, so each carries their mean for all
/// senders.
double torus_seconds_per_byte(const Fabric& fabric, const Rows& rows,
                              const std::vector<double>& loads);

}  // namespace longhaul::fabric
