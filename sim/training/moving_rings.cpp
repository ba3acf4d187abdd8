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

MovingRings::Index::Index(RingEnds ring_ends, std::size_t n_ranks)
    : ends(std::move(ring_ends)), first_of_rank(n_ranks + 1, 0) {
  for (const auto& [src, dst] : ends.flows) {
    ++first_of_rank[at(src) + 1];
    ++first_of_rank[at(dst) + 1];
  }
  std::partial_sum(first_of_rank.begin(), first_of_rank.end(), first_of_rank.begin());
  flows_of_rank.resize(first_of_rank.back());
  std::vector<std::size_t> fill(first_of_rank.begin(), first_of_rank.end() - 1);
  for (std::size_t flow = 0; flow < ends.flows.size(); ++flow)
    for (const auto rank : {ends.flows[flow].first, ends.flows[flow].second})
      flows_of_rank[fill[at(rank)]++] = static_cast<std::int32_t>(flow);
  for (std::size_t ring = 0; ring < ends.kind.size(); ++ring)
    ring_of.resize(ends.first[ring + 1], static_cast<std::int32_t>(ring));
}

MovingRings::MovingRings(RingEnds ends, std::span<const fabric::VertexIndex> gpus,
                         const fabric::Router& router,
                         std::shared_ptr<const fabric::LinkTypes> types)
    : index_(std::make_shared<const Index>(std::move(ends), gpus.size())),
      stay_inside_(all_inside(this->ends(), gpus, router.fabric())),
      flows_(router, kinds_of_flows(this->ends()), count_kinds(this->ends()), std::move(types)),
      hop_(n_rings()),
      hops_(count_kinds(this->ends())),
      witness_(count_kinds(this->ends()), -1) {
  for (std::size_t ring = 0; ring < n_rings(); ++ring) ++hops_[this->ends().kind[ring]][hop_[ring]];
  std::vector<std::int32_t> all(gpus.size());
  std::iota(all.begin(), all.end(), 0);
  move(all, gpus);
}

void MovingRings::move(std::span<const std::int32_t> ranks,
                       std::span<const fabric::VertexIndex> gpus) {
  const auto only_once = [](std::vector<std::int32_t>& list) {
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  const auto& first_of_rank = index_->first_of_rank;
  flows_moved_.clear();
  for (const auto rank : ranks)
    for (auto i = first_of_rank[at(rank)]; i < first_of_rank[at(rank) + 1]; ++i)
      flows_moved_.push_back(index_->flows_of_rank[i]);
  only_once(flows_moved_);
  for (const auto flow : flows_moved_) {
    const auto [src, dst] = ends().flows[at(flow)];
    flows_.set(flow, {gpus[at(src)], gpus[at(dst)], 0});
  }
  flows_.settle();
  rings_moved_.clear();
  for (const auto& [flow, before] : flows_.slower_or_faster()) {
    const auto ring = index_->ring_of[at(flow)];
    if (flows_.latency(flow) > hop_[at(ring)] || before == hop_[at(ring)])
      rings_moved_.push_back(ring);
  }
  only_once(rings_moved_);
  for (const auto ring : rings_moved_) {
    auto& hops = hops_[ends().kind[at(ring)]];
    const auto before = hops.find(hop_[at(ring)]);
    if (--before->second == 0) hops.erase(before);
    hop_[at(ring)] = longest_hop(at(ring));
    ++hops[hop_[at(ring)]];
  }
}

Seconds MovingRings::longest_hop(std::size_t ring) const {
  Seconds longest;
  for (auto flow = ends().first[ring]; flow < ends().first[ring + 1]; ++flow)
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
    return std::max(terms.least_hop, hop_[at(index_->ring_of[at(flow)])]) == longest &&
           !(flows_.least_share(flow) > least);
  };
  auto& witness = witness_[kind];  // mostly it still is
  if (witness >= 0 && has_both(witness)) return true;
  // Where less is left than before, flows that have just moved are the cause.
  for (const auto flow : flows_moved_)
    if (ends().kind[at(index_->ring_of[at(flow)])] == kind && has_both(flow)) {
      witness = flow;
      return true;
    }
  for (std::size_t ring = 0; ring < n_rings(); ++ring) {
    if (ends().kind[ring] != kind || std::max(terms.least_hop, hop_[ring]) < longest) continue;
    for (auto f = ends().first[ring]; f < ends().first[ring + 1]; ++f)
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
    BytesPerSecond rate = flows_.least_share_of(ends().kind[ring]);
    if (ring_time(terms, ends().kind[ring], hop_[ring], rate) <= bound) continue;
    rate = bytes_per_second(infinity);
    for (auto flow = ends().first[ring]; flow < ends().first[ring + 1]; ++flow)
      rate = std::min(rate, flows_.least_share(static_cast<std::int32_t>(flow)));
    const Seconds time = ring_time(terms, ends().kind[ring], hop_[ring], rate);
    if (time <= bound) continue;
    bound = time;
    slowest = ring;
  }
  for (auto f = ends().first[slowest]; f < ends().first[slowest + 1]; ++f) {
    const auto flow = static_cast<std::int32_t>(f);
    if (ring_time(terms, ends().kind[slowest], hop_[slowest], flows_.least_share(flow)) == bound &&
        flows_.is_held_to_least(flow))
      return bound;
  }
  return {};
}

}  // namespace longhaul::training
