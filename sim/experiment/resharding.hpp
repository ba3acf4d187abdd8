// How long state takes over the fabric that changes hands with a change of size.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/fabric_config.hpp"
#include "fabric/router.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::experiment {

/// Every rank receives as much as the one that receives most (training::most_received), all at
/// once, from the same rank of the replica that held it; none from itself. The time of the slowest
/// flow beside the others, at the share of a NIC that collectives reach. Of a scenario with a model
/// and a platform; placements are nodes by position, none vacant. Throws fabric::NoPath.
Seconds reshard_time(const scenario::Scenario& scenario, const fabric::Router& router,
                     const std::vector<std::int64_t>& before,
                     const std::vector<std::int64_t>& after);

}  // namespace longhaul::experiment
