// Flows that start together or nearly so, run to their end on SimGrid: phases of a step, rounds of
// a collective. Times are relative to the start of the phase.
//
// These functions run the engine until nothing is left: call them near clock 0 (in a forked child,
// see forked.hpp), with Clock::Detail, never amid a run of months.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "collectives/ring.hpp"
#include "collectives/schedule.hpp"
#include "engine/fabric_zone.hpp"
#include "fabric/router.hpp"
#include "units/quantity.hpp"

namespace longhaul::engine {

struct Transfer {
  fabric::Flow flow;
  Bytes size;     ///< [B], rounded up to a whole number
  Seconds start;  ///< after the start of the phase [s]; the route's latency comes on top
};

enum class Reduction {
  Exact,  ///< drop links that cannot fill up, simulate equal independent groups once
  None,   ///< every link and every flow, to check the other
};

/// When each transfer ends, after the start of the phase [s].
/// Throws std::runtime_error when no path is left or a link fails on the way.
std::vector<Seconds> run_phase(FabricZone& zone, std::span<const Transfer> transfers,
                               Reduction reduction = Reduction::Exact);

/// A collective as it is scheduled: each round starts when the one before has ended everywhere.
/// Equal rounds are simulated once. `gpus[r]` is where rank r runs; `software` is added to the
/// latency of each message. Throws std::invalid_argument unless there is a GPU for every rank.
Seconds run_schedule(FabricZone& zone, const collectives::Schedule& schedule,
                     std::span<const fabric::VertexIndex> gpus, Seconds software = seconds(0));

/// When each ring ends [s], with one flow a NIC and ring instead of one a step: steps x chunk bytes
/// after steps x the largest latency between neighbours (`least_hop` at least). Equal to the steps
/// themselves where nothing else shares the links; a lower bound where a ring's links are loaded
/// unevenly, as its faster flows do not wait for its slowest at each step.
std::vector<Seconds> run_rings(FabricZone& zone, std::span<const collectives::Ring> rings);

}  // namespace longhaul::engine
