#include "training/placed_traffic.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

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
    case Collective::AllToAll:
    case Collective::PointToPoint:
      return 1;
  }
  return 0;
}

/// The rank of each group whose own coordinate in the group is 0.
std::vector<std::int64_t> first_ranks(const Phase& phase, std::int64_t n_ranks) {
  std::vector<std::int64_t> first;
  for (std::int64_t rank = 0; rank < n_ranks; ++rank)
    if (rank % phase.period < phase.begins) first.push_back(rank);
  return first;
}

/// The group in the order of ring `rail`: through each scale-up domain from its rail-th rank on.
std::vector<VertexIndex> ring_order(const Phase& phase, std::int64_t first, std::int64_t rail,
                                    std::span<const VertexIndex> gpus) {
  std::vector<VertexIndex> ring;
  ring.reserve(static_cast<std::size_t>(phase.ranks));
  for (std::int64_t i = 0; i < phase.ranks; ++i) {
    const std::int64_t domain = i / phase.ranks_per_domain * phase.ranks_per_domain;
    const std::int64_t here = std::min(phase.ranks_per_domain, phase.ranks - domain);
    const std::int64_t member = domain + (i - domain + rail) % here;
    ring.push_back(gpus[static_cast<std::size_t>(first + member * phase.stride)]);
  }
  return ring;
}

/// An all-to-all as rings of one step: within each domain to the next rank, which loads every
/// scale-up link with what all exchanges there bring; and on each rail from each domain to the one
/// `shift` further, for every shift.
void add_all_to_all(PlacedPhase& placed, const Phase& phase, std::int64_t first,
                    std::span<const VertexIndex> gpus, const Efficiency& efficiency) {
  const auto at = [&](std::int64_t member) {
    return gpus[static_cast<std::size_t>(first + member * phase.stride)];
  };
  const auto [inside, outside] = all_to_all_bytes(phase);
  const auto ring = [&](std::vector<VertexIndex> members, Bytes sent, double share, Seconds hop) {
    const Bytes chunk = bytes(std::ceil(std::ceil(sent.value()) / share));
    placed.rings.push_back({std::move(members), chunk, 1, true, hop});
  };
  const std::int64_t width = phase.ranks_per_domain;
  const std::int64_t domains = (phase.ranks + width - 1) / width;
  for (std::int64_t domain = 0; domain < domains && width > 1; ++domain) {
    std::vector<VertexIndex> members;
    for (std::int64_t rank = domain * width; rank < std::min((domain + 1) * width, phase.ranks);
         ++rank)
      members.push_back(at(rank));
    ring(std::move(members), inside, efficiency.scale_up, hop_latency(phase, efficiency));
  }
  if (domains < 2) return;
  const Bytes to_each = outside / static_cast<double>(domains - 1);
  for (std::int64_t rail = 0; rail < width; ++rail)
    for (std::int64_t shift = 1; shift < domains; ++shift) {
      // A shift that divides the domains falls apart into several rings.
      const std::int64_t n_rings = std::gcd(shift, domains);
      for (std::int64_t start = 0; start < n_rings; ++start) {
        std::vector<VertexIndex> members;
        for (std::int64_t i = 0; i < domains / n_rings; ++i) {
          const std::int64_t rank = (start + i * shift) % domains * width + rail;
          if (rank < phase.ranks) members.push_back(at(rank));
        }
        ring(std::move(members), to_each, efficiency.scale_out, hop_latency(phase, efficiency));
      }
    }
}

/// Whether all GPUs of a ring share a scale-up domain.
bool stays_inside(const collectives::Ring& ring, const fabric::Fabric& fabric) {
  const auto domain = [&](VertexIndex gpu) {
    return fabric.places[static_cast<std::size_t>(gpu)].node;
  };
  return std::all_of(ring.gpus.begin(), ring.gpus.end(),
                     [&](VertexIndex gpu) { return domain(gpu) == domain(ring.gpus.front()); });
}

/// What a group gets of its NICs: of one, times the rails it has.
BytesPerSecond rails_bandwidth(const Phase& phase, VertexIndex gpu, const fabric::Fabric& fabric,
                               const Efficiency& efficiency) {
  return static_cast<double>(phase.ranks_per_domain) * efficiency.scale_out *
         fabric::injection_bandwidth(fabric, gpu);
}

/// The tree of an all-reduce where it is faster than its ring on this fabric's NICs.
std::optional<Tree> find_tree(const Phase& phase, VertexIndex gpu, const fabric::Fabric& fabric,
                              const Efficiency& efficiency) {
  if (phase.collective != Collective::AllReduce) return {};
  const BytesPerSecond bandwidth = rails_bandwidth(phase, gpu, fabric, efficiency);
  if (!(bandwidth > bytes_per_second(0))) return {};
  return find_faster_tree(phase, bandwidth, efficiency);
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
    Seconds chunk;
    for (std::size_t n = flows_of(ring).size(); n > 0; --n, ++flow) {
      hop = std::max(hop, channels[flow].latency);
      chunk = std::max<Seconds>(chunk, ring.chunk / channels[flow].bandwidth);
    }
    slowest = std::max<Seconds>(slowest, static_cast<double>(ring.steps) * (hop + chunk));
  }
  return phase.messages * (phase.software + slowest);
}

}  // namespace

PlacedPhase place(const Phase& phase, std::span<const VertexIndex> gpus,
                  const fabric::Fabric& fabric, const Efficiency& efficiency) {
  PlacedPhase placed{{}, software_alpha(phase.kind, efficiency), messages(phase, efficiency)};
  const bool transfer = phase.collective == Collective::PointToPoint;
  const bool leaves_domain = phase.ranks > phase.ranks_per_domain;
  const std::int64_t rails = !transfer && leaves_domain ? phase.ranks_per_domain : 1;
  const double parts =
      placed.messages * (transfer ? 1.0 : static_cast<double>(phase.ranks * rails));
  // A tree's flows are taken between the neighbours of the ring, with its own bytes and latency.
  const auto tree = find_tree(phase, gpus.front(), fabric, efficiency);
  const Bytes chunk =
      tree ? tree->sent / (placed.messages * static_cast<double>(tree->steps * rails))
           : bytes(std::ceil(phase.payload.value() / parts));
  const std::int64_t steps = tree ? tree->steps : steps_of(phase);
  const Seconds hop = tree ? tree->hop : hop_latency(phase, efficiency);
  for (const auto first : first_ranks(phase, std::ssize(gpus))) {
    if (phase.collective == Collective::AllToAll) {
      add_all_to_all(placed, phase, first, gpus, efficiency);
      continue;
    }
    for (std::int64_t rail = 0; rail < rails; ++rail) {
      collectives::Ring ring{ring_order(phase, first, rail, gpus), {}, steps, !transfer, hop};
      const double share = stays_inside(ring, fabric) ? efficiency.scale_up : efficiency.scale_out;
      ring.chunk = bytes(std::ceil(chunk.value() / share));
      placed.rings.push_back(std::move(ring));
    }
  }
  return placed;
}

Seconds placed_time(const Phase& phase, std::span<const VertexIndex> gpus,
                    const fabric::Router& router, const Efficiency& efficiency) {
  return phase_time(place(phase, gpus, router.fabric(), efficiency), router);
}

PhaseSeconds placed_times(const Traffic& traffic, std::span<const VertexIndex> gpus,
                          const fabric::Router& router, const Efficiency& efficiency) {
  PhaseSeconds times{};
  for (std::size_t i = 0; i < traffic.size; ++i)
    times[i] = placed_time(traffic.phases[i], gpus, router, efficiency);
  return times;
}

}  // namespace longhaul::training
