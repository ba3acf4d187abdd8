#include "training/placed_traffic.hpp"

#include <algorithm>

#include "fabric/analysis.hpp"

namespace longhaul::training {

namespace {

using fabric::VertexIndex;

std::int64_t steps_of(const Phase& phase) {
  switch (phase.collective) {
    case Collective::AllReduce:
      return 2 * (phase.ranks - 1);
    case Collective::ReduceScatter:
    case Collective::AllGather:
      return phase.ranks - 1;
    case Collective::PointToPoint:
      return 1;
  }
  return 0;
}

/// First ranks of the phase's groups: those whose own coordinate in the group is 0.
std::vector<std::int64_t> first_ranks(const Phase& phase, std::int64_t n_ranks) {
  std::vector<std::int64_t> first;
  // The ends of a tied embedding lie on the first and the last stage: one group a rank of a stage.
  const std::int64_t last =
      phase.kind == TrafficKind::EmbeddingTie ? n_ranks - phase.stride : n_ranks;
  for (std::int64_t rank = 0; rank < last; ++rank)
    if (phase.kind == TrafficKind::EmbeddingTie || rank / phase.stride % phase.ranks == 0)
      first.push_back(rank);
  return first;
}

/// The group in the order of ring `rail`: through each scale-up domain from its rail-th rank on.
std::vector<VertexIndex> ring_order(const Phase& phase, std::int64_t first, std::int64_t rail,
                                    std::span<const VertexIndex> gpus) {
  std::vector<VertexIndex> ring;
  ring.reserve(static_cast<std::size_t>(phase.ranks));
  const std::int64_t inside = phase.ranks_per_domain;
  for (std::int64_t i = 0; i < phase.ranks; ++i) {
    const std::int64_t domain = i / inside;
    const std::int64_t here = std::min(inside, phase.ranks - domain * inside);
    const std::int64_t member = domain * inside + (i % inside + rail) % here;
    ring.push_back(gpus[static_cast<std::size_t>(first + member * phase.stride)]);
  }
  return ring;
}

std::vector<fabric::Flow> flows_of(const PlacedRing& ring) {
  std::vector<fabric::Flow> flows;
  const std::size_t n = ring.gpus.size();
  for (std::size_t i = 0; i + (ring.closed ? 0 : 1) < n; ++i)
    flows.push_back({ring.gpus[i], ring.gpus[(i + 1) % n], 0});
  return flows;
}

Seconds phase_time(const PlacedPhase& phase, const fabric::Router& router) {
  std::vector<fabric::Flow> flows;
  for (const auto& ring : phase.rings) {
    const auto own = flows_of(ring);
    flows.insert(flows.end(), own.begin(), own.end());
  }
  const auto channels = fabric::channels(router, flows);
  Seconds slowest;
  std::size_t flow = 0;
  for (const auto& ring : phase.rings) {
    Seconds hop = ring.least_hop;
    Seconds step;
    const std::size_t n = ring.gpus.size() - (ring.closed ? 0 : 1);
    for (std::size_t i = 0; i < n; ++i, ++flow) {
      hop = std::max(hop, channels[flow].latency);
      step = std::max(step, ring.chunk / channels[flow].bandwidth);
    }
    slowest = std::max(slowest, static_cast<double>(ring.steps) * (hop + step));
  }
  return phase.software + slowest;
}

}  // namespace

PlacedPhase place(const Phase& phase, const Plan& plan, std::span<const VertexIndex> gpus,
                  const fabric::Fabric& fabric, const Efficiency& efficiency) {
  PlacedPhase placed;
  placed.software = software_alpha(phase.kind, efficiency);
  const bool closed = phase.collective != Collective::PointToPoint;
  const std::int64_t rails =
      closed && phase.ranks > phase.ranks_per_domain ? phase.ranks_per_domain : 1;
  const double share = closed ? static_cast<double>(phase.ranks * rails) : 1.0;
  for (const auto first : first_ranks(phase, gpus.size() == 0 ? 0 : gpus_of(plan)))
    for (std::int64_t rail = 0; rail < rails; ++rail) {
      PlacedRing ring;
      ring.gpus = ring_order(phase, first, rail, gpus);
      ring.closed = closed;
      ring.steps = steps_of(phase);
      const auto domain = [&](VertexIndex gpu) {
        return fabric.places[static_cast<std::size_t>(gpu)].node;
      };
      const bool inside = std::all_of(ring.gpus.begin(), ring.gpus.end(), [&](VertexIndex gpu) {
        return domain(gpu) == domain(ring.gpus.front());
      });
      ring.chunk = bytes(std::ceil(phase.payload.value() / share)) /
                   (inside ? efficiency.scale_up : efficiency.scale_out);
      ring.least_hop = hop;
      placed.rings.push_back(std::move(ring));
    }
  return placed;
}

}  // namespace longhaul::training
