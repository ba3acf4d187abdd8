// What fails of a schedule's machines, from the causes of its scenario.
#pragma once

#include <vector>

#include "scenario/scenario.hpp"
#include "scheduling/replay.hpp"

namespace longhaul::experiment {

/// The scenario's causes of failure, as they strike these machines. A rack is cluster.per_rack
/// nodes one after the other, a site cluster.per_site, a pod what the platform says; all machines
/// are one where nothing is said. A switch, of the platform, takes the nodes that reach the others
/// by it alone. None where the scenario has none, or only for replays.
std::vector<scheduling::NodeFailureCause> schedule_failures(const scenario::Scenario& scenario,
                                                            const scheduling::Layout& layout);

}  // namespace longhaul::experiment
