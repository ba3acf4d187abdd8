// A step's traffic on the fabric it is placed on: which GPU sends to which, and how long it takes.
#pragma once

#include <span>
#include <vector>

#include "collectives/ring.hpp"
#include "fabric/router.hpp"
#include "training/efficiency.hpp"
#include "training/plan.hpp"
#include "training/traffic.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// A phase, placed: its rings all run at once; each of its `messages` takes `software` and then
/// its slowest ring.
/// Chunks are larger than the payload by the share of a link's bandwidth that collectives reach.
struct PlacedPhase {
  std::vector<collectives::Ring> rings;
  Seconds software;
  double messages = 1.0;
};

/// Every ring of a phase when rank r of the plan runs on `gpus[r]`. Groups with several ranks in a
/// scale-up domain run as many rings, each with its share of the payload and a NIC of its own.
///
/// The calibrated hop latencies were measured on machines that had a network of their own; they
/// are the least a hop takes, and a route that is longer counts in full.
PlacedPhase place(const Phase& phase, std::span<const fabric::VertexIndex> gpus,
                  const fabric::Fabric& fabric, const Efficiency& efficiency);

/// Seconds of a phase in closed form with the links' loads: a ring moves at the max-min fair
/// bandwidth of its slowest flow, when all rings of the phase run at once.
Seconds placed_time(const Phase& phase, std::span<const fabric::VertexIndex> gpus,
                    const fabric::Router& router, const Efficiency& efficiency);
/// The same of each phase of a step.
PhaseSeconds placed_times(const Traffic& traffic, std::span<const fabric::VertexIndex> gpus,
                          const fabric::Router& router, const Efficiency& efficiency);

}  // namespace longhaul::training
