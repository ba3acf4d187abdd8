// How long the phases of a step take when their flows run on SimGrid.
#pragma once

#include <span>

#include "engine/fabric_zone.hpp"
#include "training/placed_traffic.hpp"

namespace longhaul::engine {

/// Seconds of each phase, each run alone as flows on the fabric, near clock 0: call it in a forked
/// child, never amid a run of months. Agrees with training::placed_times to rounding where a
/// phase's flows do not disturb each other unevenly.
training::PhaseSeconds flow_times(FabricZone& zone, const training::Traffic& traffic,
                                  std::span<const fabric::VertexIndex> gpus,
                                  const training::Efficiency& efficiency);

}  // namespace longhaul::engine
