// A step's traffic on the fabric it is placed on: which GPU sends to which, and how long it takes.
#pragma once

#include <span>
#include <vector>

#include "fabric/router.hpp"
#include "training/efficiency.hpp"
#include "training/plan.hpp"
#include "training/traffic.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// One ring of a phase: each GPU sends `steps` chunks to the next, the last to the first. A
/// transfer between stages is an open chain of one step.
struct PlacedRing {
  std::vector<fabric::VertexIndex> gpus;  ///< in ring order
  bool closed = true;
  Bytes chunk;             ///< payload of a step over the share of the link that it reaches [B]
  std::int64_t steps = 0;
  Seconds least_hop;       ///< latency of a step, where the route's is not longer [s]
};

/// A phase, placed: everything in it runs at once. Its time is `software` and its slowest ring.
struct PlacedPhase {
  std::vector<PlacedRing> rings;
  Seconds software;
};

/// Every ring of a phase when rank r of the plan runs on `gpus[r]`. Groups with several ranks in a
/// scale-up domain run as many rings, each with its share of the payload and a NIC of its own.
///
/// The calibrated hop latencies were measured on machines with a network of their own; a route
/// that is longer than such a hop counts in full.
PlacedPhase place(const Phase& phase, const Plan& plan, std::span<const fabric::VertexIndex> gpus,
                  const fabric::Fabric& fabric, const Efficiency& efficiency);

/// Seconds of each phase in closed form with the links' loads: a ring of a phase moves at the
/// max-min fair bandwidth of its slowest flow, when all rings of the phase run at once.
PhaseSeconds placed_times(const Traffic& traffic, const Plan& plan,
                          std::span<const fabric::VertexIndex> gpus, const fabric::Router& router,
                          const Efficiency& efficiency);

}  // namespace longhaul::training
