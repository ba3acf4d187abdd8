#include "training/moving_rings.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace longhaul::training {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::uint8_t> kinds_of_flows(const RingEnds& ends) {
  std::vector<std::uint8_t> kinds(ends.flows.size());
  for (std::size_t ring = 0; ring < ends.kind.size(); ++ring)
    for (auto flow = ends.first[ring]; flow < ends.first[ring + 1]; ++flow)
      kinds[flow] = ends.kind[ring];
  return kinds;
}

bool all_inside(const RingEnds& ends, std::span<const fabric::VertexIndex> gpus,
                const fabric::Fabric& fabric) {
  const auto node = [&](std::int32_t rank) { return fabric.places[at(gpus[at(rank)])].node; };
  return std::ranges::all_of(ends.flows, [&](const auto& flow) {
    return node(flow.first) >= 0 && node(flow.first) == node(flow.second);
  });
}

std::size_t count_kinds(const RingEnds& ends) {
  return ends.kind.empty() ? 0 : std::size_t{std::ranges::max(ends.kind)} + 1;
}

}  // namespace

MovingRings::MovingRings(RingEnds ends, std::span<const fabric::VertexIndex> gpus,
                         const fabric::Router& router)
    : ends_(std::move(ends)),
      stay_inside_(all_inside(ends_, gpus, router.fabric())),
      flows_(router, kinds_of_flows(ends_), count_kinds(ends_)),
      hop_(n_rings()),
      hops_(count_kinds(ends_)),
      witness_(count_kinds(ends_), -1) {
  index_ranks(gpus.size());
  for (std::size_t ring = 0; ring < n_rings(); ++ring) ++hops_[ends_.kind[ring]][hop_[ring]];
  std::vector<std::int32_t> all(gpus.size());
  std::iota(all.begin(), all.end(), 0);
  move(all, gpus);
}

void MovingRings::index_ranks(std::size_t n_ranks) {
  first_of_rank_.assign(n_ranks + 1, 0);
  for (const auto& [src, dst] : ends_.flows) {
    ++first_of_rank_[at(src) + 1];
    ++first_of_rank_[at(dst) + 1];
  }
  std::partial_sum(first_of_rank_.begin(), first_of_rank_.end(), first_of_rank_.begin());
  flows_of_rank_.resize(first_of_rank_.back());
  std::vector<std::size_t> fill(first_of_rank_.begin(), first_of_rank_.end() - 1);
  for (std::size_t flow = 0; flow < ends_.flows.size(); ++flow)
    for (const auto rank : {ends_.flows[flow].first, ends_.flows[flow].second})
      flows_of_rank_[fill[at(rank)]++] = static_cast<std::int32_t>(flow);
  for (std::size_t ring = 0; ring < n_rings(); ++ring)
    ring_of_.resize(ends_.first[ring + 1], static_cast<std::int32_t>(ring));
}

void MovingRings::move(std::span<const std::int32_t> ranks,
                       std::span<const fabric::VertexIndex> gpus) {
  const auto only_once = [](std::vector<std::int32_t>& list) {
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  flows_moved_.clear();
  for (const auto rank : ranks)
    flows_moved_.insert(
        flows_moved_.end(),
        flows_of_rank_.begin() + static_cast<std::ptrdiff_t>(first_of_rank_[at(rank)]),
        flows_of_rank_.begin() + static_cast<std::ptrdiff_t>(first_of_rank_[at(rank) + 1]));
  only_once(flows_moved_);
  rings_moved_.clear();
  for (const auto flow : flows_moved_) {
    const auto [src, dst] = ends_.flows[at(flow)];
    const auto ring = ring_of_[at(flow)];
    const Seconds before = flows_.latency(flow);
    flows_.set(flow, {gpus[at(src)], gpus[at(dst)], 0});
    const Seconds now = flows_.latency(flow);
    if (now > before ? now > hop_[at(ring)] : now < before && before == hop_[at(ring)])
      rings_moved_.push_back(ring);
  }
  flows_.settle();
  only_once(rings_moved_);
  for (const auto ring : rings_moved_) {
    auto& hops = hops_[ends_.kind[at(ring)]];
    const auto before = hops.find(hop_[at(ring)]);
    if (--before->second == 0) hops.erase(before);
    hop_[at(ring)] = longest_hop(at(ring));
    ++hops[hop_[at(ring)]];
  }
}

Seconds MovingRings::longest_hop(std::size_t ring) const {
  Seconds longest;
  for (auto flow = ends_.first[ring]; flow < ends_.first[ring + 1]; ++flow)
    longest = std::max(longest, flows_.latency(static_cast<std::int32_t>(flow)));
  return longest;
}

Seconds MovingRings::ring_time(const RingTerms& terms, std::size_t kind, Seconds hop,
                               BytesPerSecond rate) const {
  return terms.steps * (std::max(terms.least_hop, hop) + Seconds(terms.chunks[kind] / rate));
}

/// Whether some ring of the kind has its longest hop and its least share, which is what it gets.
bool MovingRings::attains(const RingTerms& terms, std::size_t kind) {
  const auto least = flows_.least_share_of(kind);
  if (!(least < bytes_per_second(infinity))) return true;  // no ring sends anything
  if (!flows_.is_least_exact(kind)) return false;
  const Seconds longest = std::max(terms.least_hop, hops_[kind].rbegin()->first);
  const auto has_both = [&](std::int32_t flow) {
    return std::max(terms.least_hop, hop_[at(ring_of_[at(flow)])]) == longest &&
           !(flows_.least_share(flow) > least);
  };
  auto& witness = witness_[kind];  // mostly it still is
  if (witness >= 0 && has_both(witness)) return true;
  for (std::size_t ring = 0; ring < n_rings(); ++ring) {
    if (ends_.kind[ring] != kind || std::max(terms.least_hop, hop_[ring]) < longest) continue;
    for (auto f = ends_.first[ring]; f < ends_.first[ring + 1]; ++f)
      if (has_both(static_cast<std::int32_t>(f))) {
        witness = static_cast<std::int32_t>(f);
        return true;
      }
  }
  return false;
}

std::optional<Seconds> MovingRings::find_slowest(const RingTerms& terms) {
  Seconds bound;
  std::size_t slowest = 0;
  for (std::size_t kind = 0; kind < hops_.size(); ++kind) {
    if (hops_[kind].empty()) continue;
    const Seconds time =
        ring_time(terms, kind, hops_[kind].rbegin()->first, flows_.least_share_of(kind));
    if (time <= bound) continue;
    bound = time;
    slowest = kind;
  }
  if (!(bound > Seconds()) || attains(terms, slowest)) return bound;
  return find_slowest_one_by_one(terms);
}

std::optional<Seconds> MovingRings::find_slowest_one_by_one(const RingTerms& terms) const {
  Seconds bound;
  std::size_t slowest = 0;
  for (std::size_t ring = 0; ring < n_rings(); ++ring) {
    BytesPerSecond rate = flows_.least_share_of(ends_.kind[ring]);
    if (ring_time(terms, ends_.kind[ring], hop_[ring], rate) <= bound) continue;
    rate = bytes_per_second(infinity);
    for (auto flow = ends_.first[ring]; flow < ends_.first[ring + 1]; ++flow)
      rate = std::min(rate, flows_.least_share(static_cast<std::int32_t>(flow)));
    const Seconds time = ring_time(terms, ends_.kind[ring], hop_[ring], rate);
    if (time <= bound) continue;
    bound = time;
    slowest = ring;
  }
  for (auto f = ends_.first[slowest]; f < ends_.first[slowest + 1]; ++f) {
    const auto flow = static_cast<std::int32_t>(f);
    if (ring_time(terms, ends_.kind[slowest], hop_[slowest], flows_.least_share(flow)) == bound &&
        flows_.is_held_to_least(flow))
      return bound;
  }
  return {};
}

}  // namespace longhaul::training
