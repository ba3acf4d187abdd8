#include "engine/flow_phase.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

#include "engine/settings.hpp"
#include "fabric/contention.hpp"

namespace longhaul::engine {
namespace {

using fabric::Component;
using fabric::Contention;
using fabric::LinkIndex;

/// What a phase is made of once its flows are routed.
struct Phase {
  fabric::RoutedFlows flows;
  std::vector<Bytes> sizes;
  std::vector<Seconds> first_bytes;  // when a flow's bytes start, latency over
};

Contention contention_of(const fabric::Router& router, Phase& phase, Reduction reduction) {
  if (reduction == Reduction::Exact) {
    // Alike is what sends as much and starts its bytes at the same time.
    std::map<std::pair<double, double>, std::uint64_t> known;
    std::vector<std::uint64_t> labels;
    for (std::size_t f = 0; f < phase.sizes.size(); ++f) {
      const std::pair alike(phase.sizes[f].value(), phase.first_bytes[f].value());
      labels.push_back(known.emplace(alike, known.size()).first->second);
    }
    return find_contention(router, std::move(phase.flows), labels);
  }
  Component all;
  for (std::size_t p = 0; p < phase.flows.size(); ++p) all.flows.push_back(p);
  return {std::move(phase.flows), {std::move(all)}};
}

/// Links that the part may share, and its narrowest where none of those limits it as much. A part
/// of a split flow is held to its limit by itself, and only needs some link.
std::vector<LinkIndex> links_to_simulate(const fabric::Router& router,
                                         const fabric::RoutedFlows& flows, std::size_t part) {
  const auto shared = flows.route(part);
  std::vector<LinkIndex> links(shared.begin(), shared.end());
  const bool limited =
      flows.share[part] < 1.0 ? !links.empty() : std::ranges::any_of(links, [&](LinkIndex link) {
        return router.capacity(link) <= flows.limit[part];
      });
  if (!limited && flows.narrowest[part] >= 0) links.push_back(flows.narrowest[part]);
  return links;
}

std::vector<Seconds> run(FabricZone& zone, Phase phase, Reduction reduction) {
  const fabric::Router& router = zone.router();
  const Contention contention = contention_of(router, phase, reduction);
  const fabric::RoutedFlows& parts = contention.flows;
  const Seconds begin = now();
  std::vector<Seconds> part_ends(parts.size(), seconds(0));
  std::size_t left = 0;
  bool failed = false;
  for (std::size_t c = 0; c < contention.components.size(); ++c) {
    const Component& component = contention.components[c];
    if (component.like != c) continue;
    for (const std::size_t p : component.flows) {
      ++left;
      const std::size_t f = parts.flow[p];
      zone.start_over(links_to_simulate(router, parts, p), phase.first_bytes[f],
                      parts.share[p] * phase.sizes[f],
                      [&, p](TransferEnd end) {
                        --left;
                        failed |= end != TransferEnd::Finished;
                        part_ends[p] = now() - begin;
                      },
                      {parts.share[p], parts.limit[p]});
    }
  }
  run_engine();
  if (left > 0 || failed)
    throw std::runtime_error("a phase ended with transfers that did not arrive");
  std::vector<Seconds> ends(phase.sizes.size(), seconds(0));
  for (const Component& component : contention.components) {
    const Component& model = contention.components[component.like];
    for (std::size_t i = 0; i < component.flows.size(); ++i) {
      Seconds& end = ends[parts.flow[component.flows[i]]];
      end = std::max(end, part_ends[model.flows[i]]);
    }
  }
  return ends;
}

}  // namespace

std::vector<Seconds> run_phase(FabricZone& zone, std::span<const Transfer> transfers,
                               Reduction reduction) {
  std::vector<fabric::Flow> flows;
  for (const Transfer& transfer : transfers) flows.push_back(transfer.flow);
  Phase phase{route_flows(zone.router(), flows), {}, {}};
  const std::vector<Seconds> latency = phase.flows.flow_latency();
  for (std::size_t f = 0; f < flows.size(); ++f) {
    phase.sizes.push_back(transfers[f].size);
    phase.first_bytes.push_back(transfers[f].start + latency[f]);
  }
  return run(zone, std::move(phase), reduction);
}

Seconds run_schedule(FabricZone& zone, const collectives::Schedule& schedule,
                     std::span<const fabric::VertexIndex> gpus, Seconds software) {
  if (std::ssize(gpus) < schedule.ranks)
    throw std::invalid_argument("a schedule needs a GPU for each of its ranks");
  Seconds total = seconds(0);
  std::vector<Seconds> durations;
  for (const collectives::Round& round : schedule.rounds) {
    const auto earlier =
        std::ranges::find(schedule.rounds.begin(), schedule.rounds.begin() + std::ssize(durations),
                          round.messages, &collectives::Round::messages);
    const auto which = static_cast<std::size_t>(earlier - schedule.rounds.begin());
    if (which < durations.size()) {
      durations.push_back(durations[which]);
    } else {
      std::vector<Transfer> transfers;
      for (const collectives::Message& message : round.messages)
        transfers.push_back({{gpus[static_cast<std::size_t>(message.src)],
                              gpus[static_cast<std::size_t>(message.dst)]},
                             message.size,
                             software});
      durations.push_back(std::ranges::max(run_phase(zone, transfers)));
    }
    total += static_cast<double>(round.repeats) * durations.back();
  }
  return total;
}

std::vector<Seconds> run_rings(FabricZone& zone, std::span<const collectives::Ring> rings) {
  std::vector<fabric::Flow> flows;
  std::vector<std::size_t> ring_of;
  for (std::size_t r = 0; r < rings.size(); ++r)
    for (const auto& flow : flows_of(rings[r])) {
      flows.push_back(flow);
      ring_of.push_back(r);
    }
  Phase phase{route_flows(zone.router(), flows), {}, {}};
  std::vector<Seconds> hop(rings.size());
  for (std::size_t r = 0; r < rings.size(); ++r) hop[r] = rings[r].least_hop;
  const std::vector<Seconds> latency = phase.flows.flow_latency();
  for (std::size_t f = 0; f < flows.size(); ++f)
    hop[ring_of[f]] = std::max(hop[ring_of[f]], latency[f]);
  for (const std::size_t r : ring_of) {
    const auto steps = static_cast<double>(rings[r].steps);
    phase.sizes.push_back(steps * bytes(std::ceil(rings[r].chunk.value())));
    phase.first_bytes.push_back(steps * hop[r]);
  }
  std::vector<Seconds> ends(rings.size(), seconds(0));
  const std::vector<Seconds> arrivals = run(zone, std::move(phase), Reduction::Exact);
  for (std::size_t f = 0; f < arrivals.size(); ++f)
    ends[ring_of[f]] = std::max(ends[ring_of[f]], arrivals[f]);
  return ends;
}

}  // namespace longhaul::engine
