#include "engine/rank_network.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace longhaul::engine {
namespace {

using training::TrafficKind;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

RankNetwork::RankNetwork(FabricZone& zone, const training::Plan& plan,
                         const training::Traffic& traffic, const training::Efficiency& efficiency,
                         std::span<const fabric::VertexIndex> gpus)
    : zone_(zone),
      gpus_(gpus),
      rank_of_(at(zone.router().fabric().n_gpus()), -1),
      common_(plan.data * plan.context > 1),
      places_(gpus.size()),
      transfer_hidden_(efficiency.pipeline_overlap) {
  for (std::size_t r = 0; r < gpus.size(); ++r)
    rank_of_[at(gpus[r])] = static_cast<std::int32_t>(r);
  std::array<Placed, exchanges.size()> inside_layers;
  const auto inside = [&](Exchange exchange) -> Placed& {
    return inside_layers[static_cast<std::size_t>(exchange)];
  };
  for (const auto& phase : traffic) {
    auto placed = training::place(phase, gpus, zone.router().fabric(), efficiency);
    switch (phase.kind) {
      case TrafficKind::Tensor:
        inside(Exchange::Tensor).push_back(std::move(placed));
        break;
      case TrafficKind::Context:
        inside(Exchange::Context).push_back(std::move(placed));
        break;
      case TrafficKind::Expert:
        inside(Exchange::Expert).push_back(std::move(placed));
        break;
      case TrafficKind::Pipeline:
        place_chains(placed);
        break;
      case TrafficKind::DataReduce:
        add(reduces_, phase, placed);
        break;
      case TrafficKind::DataGather:
        add(gathers_, phase, placed);
        break;
      case TrafficKind::EmbeddingTie:
        add(ties_, phase, placed);
        break;
    }
  }
  for (std::size_t i = 0; i < exchanges.size(); ++i) exchanges_[i] = make(inside_layers[i]);
}

std::unique_ptr<RankGroups> RankNetwork::make(std::span<const training::PlacedPhase> phases) {
  auto groups = std::make_unique<RankGroups>(zone_, phases, rank_of_, gpus_.size());
  all_groups_.push_back(groups.get());
  return groups;
}

void RankNetwork::add(std::vector<DataPhase>& phases, const training::Phase& phase,
                      const training::PlacedPhase& placed) {
  // Of two, the first is for what all replicas have in common, the second for experts.
  const bool experts = !phases.empty() || !common_;
  phases.push_back({make({&placed, 1}), phase.count, experts});
}

void RankNetwork::place_chains(const training::PlacedPhase& placed) {
  transfer_software_ = placed.software;
  for (const auto& ring : placed.rings) {
    transfer_least_hop_ = ring.least_hop;
    Chain& chain = chains_.emplace_back();
    chain.transfer = bytes(std::ceil(ring.chunk.value()));
    for (const auto gpu : ring.gpus) {
      const auto rank = at(rank_of_[at(gpu)]);
      places_[rank] = {chains_.size() - 1, std::ssize(chain.ranks)};
      chain.ranks.push_back(rank);
    }
  }
}

RankGroups* RankNetwork::find_groups(Exchange exchange, std::size_t rank) const {
  RankGroups* groups = exchanges_[static_cast<std::size_t>(exchange)].get();
  return groups->contains(rank) ? groups : nullptr;
}

void RankNetwork::transfer(std::size_t from, std::size_t to,
                           const std::function<void()>& on_sender_free,
                           std::function<void()> on_arrival) {
  auto routes = zone_.router().routes({gpus_[from], gpus_[to], 0});
  Seconds hop = transfer_least_hop_;
  for (const auto& route : routes) hop = std::max(hop, route.latency);
  const Seconds latency = transfer_software_ + hop;
  const Bytes size = chains_[places_[from].chain].transfer;
  const auto send = [this, latency, size, routes = std::move(routes)](double share,
                                                                      std::function<void()> then) {
    ++n_transfers_;
    zone_.start_routes(routes, share * latency, share * size,
                       [then = std::move(then)](TransferEnd end) {
                         if (end == TransferEnd::Finished) then();
                       });
  };
  const double hidden = transfer_hidden_;
  if (hidden >= 1.0) {
    send(1.0, std::move(on_arrival));
    return on_sender_free();
  }
  send(1.0 - hidden, [send, hidden, on_sender_free, arrived = std::move(on_arrival)] {
    if (hidden > 0.0)
      send(hidden, arrived);
    else
      arrived();
    on_sender_free();
  });
}

std::int64_t RankNetwork::n_flows_started() const {
  std::int64_t n = n_transfers_;
  for (const RankGroups* groups : all_groups_) n += groups->n_flows_started();
  return n;
}

}  // namespace longhaul::engine
