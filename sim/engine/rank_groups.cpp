#include "engine/rank_groups.hpp"

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>
#include <cassert>
#include <cmath>
#include <utility>

#include "engine/settings.hpp"
#include "fabric/contention.hpp"

namespace longhaul::engine {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

RankGroups::RankGroups(FabricZone& zone, std::span<const training::PlacedPhase> phases,
                       std::span<const std::int32_t> rank_of, std::size_t n_ranks)
    : zone_(zone), group_of_(n_ranks, -1) {
  if (phases.empty()) return;
  find_groups(phases.front().rings, rank_of);
  lay_out(phases, rank_of);
}

/// Ranks that a ring joins belong together.
void RankGroups::find_groups(std::span<const collectives::Ring> rings,
                             std::span<const std::int32_t> rank_of) {
  boost::disjoint_sets_with_storage<> sets(group_of_.size());
  std::vector<char> used(group_of_.size(), 0);
  for (std::size_t rank = 0; rank < group_of_.size(); ++rank) sets.make_set(rank);
  for (const auto& ring : rings)
    for (const auto gpu : ring.gpus) {
      const auto rank = at(rank_of[at(gpu)]);
      used[rank] = 1;
      sets.union_set(at(rank_of[at(ring.gpus.front())]), rank);
    }
  std::vector<std::int32_t> group_of_set(group_of_.size(), -1);
  for (std::size_t rank = 0; rank < group_of_.size(); ++rank) {
    if (used[rank] == 0) continue;
    std::int32_t& group = group_of_set[sets.find_set(rank)];
    if (group < 0) {
      group = static_cast<std::int32_t>(groups_.size());
      groups_.emplace_back();
    }
    group_of_[rank] = group;
    ++groups_[at(group)].n_ranks;
  }
}

void RankGroups::lay_out(std::span<const training::PlacedPhase> phases,
                         std::span<const std::int32_t> rank_of) {
  for (std::size_t r = 0; r < phases.front().rings.size(); ++r) {
    const auto& ring = phases.front().rings[r];
    const auto routes = fabric::route_flows(zone_.router(), flows_of(ring));
    const Seconds longest = routes.latency.empty() ? Seconds{} : std::ranges::max(routes.latency);
    RankFlow all{{}, Seconds{}, Bytes{}, {}};
    for (const auto& phase : phases) {
      const auto& own = phase.rings[r];
      assert(own.gpus == ring.gpus);
      const auto steps = static_cast<double>(own.steps);
      all.latency += phase.messages * (phase.software + steps * std::max(own.least_hop, longest));
      all.size += phase.messages * steps * bytes(std::ceil(own.chunk.value()));
    }
    Group& group = groups_[at(group_of_[at(rank_of[at(ring.gpus.front())])])];
    for (std::size_t f = 0; f < routes.size(); ++f) {
      const auto links = routes.route(f);
      RankFlow own = all;
      own.links.assign(links.begin(), links.end());
      own.size = routes.share[f] * all.size;
      own.part = {routes.share[f], routes.limit[f]};
      group.alone = std::max<Seconds>(group.alone, own.latency + own.size / routes.limit[f]);
      group.flows.push_back(std::move(own));
    }
  }
}

void RankGroups::join(std::size_t rank, double executions, OnEnd on_end) {
  Group& group = groups_[at(group_of_[rank])];
  group.waiting.push_back(std::move(on_end));
  if (group.waiting.size() == group.n_ranks) start(group, executions);
}

void RankGroups::start(Group& group, double executions) {
  group.started = now();
  group.n_flows_left = group.flows.size();
  n_started_ += std::ssize(group.flows);
  for (const RankFlow& flow : group.flows)
    zone_.start_over(
        flow.links, executions * flow.latency, executions * flow.size,
        [&group](TransferEnd end) {
          if (end == TransferEnd::Finished && --group.n_flows_left == 0) finish(group);
        },
        flow.part);
}

// A collective one of whose flows has failed never ends.
void RankGroups::finish(Group& group) {
  const Seconds duration = now() - group.started;
  // A rank may come for the next collective at once.
  const auto waiting = std::exchange(group.waiting, {});
  for (const auto& on_end : waiting) on_end(duration);
}

}  // namespace longhaul::engine
