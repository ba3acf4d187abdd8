#include "training/moving_times.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace longhaul::training {
namespace {

/// What a phase sends, and over which rings of ranks. Rings that send alike are of one kind.
std::pair<RingTerms, RingEnds> rings_of(const PlacedPhase& phase,
                                        std::span<const std::int32_t> rank_of) {
  RingTerms terms;
  RingEnds ends;
  const auto rank = [&](fabric::VertexIndex gpu) { return rank_of[static_cast<std::size_t>(gpu)]; };
  for (const auto& ring : phase.rings) {
    terms.steps = static_cast<double>(ring.steps);  // of all rings of a phase, as least_hop
    terms.least_hop = ring.least_hop;
    const auto known = std::ranges::find(terms.chunks, ring.chunk);
    ends.kind.push_back(static_cast<std::uint8_t>(known - terms.chunks.begin()));
    if (known == terms.chunks.end()) terms.chunks.push_back(ring.chunk);
    for (const auto& flow : flows_of(ring)) ends.flows.emplace_back(rank(flow.src), rank(flow.dst));
    ends.first.push_back(ends.flows.size());
  }
  return {std::move(terms), std::move(ends)};
}

}  // namespace

MovingTimes::MovingTimes(const Traffic& traffic, std::vector<fabric::VertexIndex> gpus,
                         const fabric::Router& router, const Efficiency& efficiency)
    : traffic_(&traffic), router_(&router), efficiency_(&efficiency), gpus_(std::move(gpus)) {
  lay_all();
}

void MovingTimes::lay_all() {
  terms_.clear();
  nics_ = fabric::injection_bandwidth(router_->fabric(), gpus_.front());
  const auto types = std::make_shared<const fabric::LinkTypes>(*router_);
  for (const Phase& phase : *traffic_) lay(phase, types);
}

void MovingTimes::lay(const Phase& phase, const std::shared_ptr<const fabric::LinkTypes>& types) {
  const auto placed = place(phase, gpus_, router_->fabric(), *efficiency_);
  std::vector<std::int32_t> rank_of(static_cast<std::size_t>(router_->fabric().n_gpus()), -1);
  for (std::size_t rank = 0; rank < gpus_.size(); ++rank)
    rank_of[static_cast<std::size_t>(gpus_[rank])] = static_cast<std::int32_t>(rank);
  auto [terms, ends] = rings_of(placed, rank_of);
  const auto same = std::ranges::find(rings_, ends, &MovingRings::ends);
  terms_.push_back({placed.software, placed.messages, std::move(terms),
                    static_cast<std::size_t>(same - rings_.begin())});
  if (same == rings_.end()) rings_.emplace_back(std::move(ends), gpus_, *router_, types);
}

void MovingTimes::move(std::span<const Move> moves) {
  std::vector<std::int32_t> ranks;
  for (const auto& [rank, gpu] : moves) {
    gpus_[static_cast<std::size_t>(rank)] = gpu;
    ranks.push_back(static_cast<std::int32_t>(rank));
  }
  for (auto& rings : rings_)
    if (!rings.stay_inside()) rings.move(ranks, gpus_);
  // The NICs of the first rank decide between a ring and a tree. They are looked for among all
  // links, so only where there may be a tree.
  const auto may_be_tree = [](const Phase& phase) {
    return phase.collective == Collective::AllReduce && phase.ranks > phase.ranks_per_domain;
  };
  if (std::ranges::find(ranks, 0) == ranks.end() || std::ranges::none_of(*traffic_, may_be_tree))
    return;
  if (fabric::injection_bandwidth(router_->fabric(), gpus_.front()) != nics_) lay_all();
}

PhaseSeconds MovingTimes::times() {
  PhaseSeconds times{};
  for (std::size_t i = 0; i < traffic_->size; ++i) {
    const auto& terms = terms_[i];
    if (const auto slowest = rings_[terms.rings].find_slowest(terms.ring)) {
      times[i] = terms.messages * (terms.software + *slowest);
      continue;
    }
    ++n_solved_;
    times[i] = placed_time(traffic_->phases[i], gpus_, *router_, *efficiency_);
  }
  return times;
}

}  // namespace longhaul::training
