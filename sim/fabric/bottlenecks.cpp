#include "fabric/bottlenecks.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace longhaul::fabric {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Shares of flows that are split are added and taken off again; they are off by less than this.
constexpr double rounding = 1e-11;

}  // namespace

Bottlenecks::Bottlenecks(const Router& router, std::vector<std::uint8_t> kinds, std::size_t n_kinds)
    : router_(router),
      splits_(router.routing().choice == PathChoice::Spray || router.routing().queue_pairs > 1),
      kinds_(std::move(kinds)),
      ways_(kinds_.size()),
      slot_of_(router.fabric().links.size(), -1),
      n_links_(n_kinds) {
  if (router.is_adaptive())
    throw std::invalid_argument("the way of a flow is not its own where the choice is adaptive");
  loads_.reserve(slot_of_.size());  // or growth would copy them in each process that was forked off
}

void Bottlenecks::set(FlowIndex flow, const Flow& ends) {
  find_way(ends);
  take_off(flow);
  Way& way = ways_[at(flow)];
  if (new_slots_.size() > way.room) {
    way.begin = static_cast<std::uint32_t>(slots_.size());
    way.room = static_cast<std::uint32_t>(new_slots_.size());
    slots_.resize(slots_.size() + way.room);
    if (splits_) shares_.resize(slots_.size());
  }
  way.size = static_cast<std::uint32_t>(new_slots_.size());
  way.latency = new_latency_;
  std::ranges::copy(new_slots_, slots_.begin() + way.begin);
  if (splits_) std::ranges::copy(new_shares_, shares_.begin() + way.begin);
  put_on(flow);
}

void Bottlenecks::find_way(const Flow& ends) {
  new_slots_.clear();
  new_shares_.clear();
  new_latency_ = {};
  if (!splits_) {
    if (!router_.find_links(ends, new_links_)) router_.route(ends);  // throws what is wrong
    return add_links(new_links_, 1.0);
  }
  router_.find_routes(ends, routes_);
  if (routes_.empty()) routes_ = router_.routes(ends);  // throws what is wrong
  for (const Route& route : routes_) add_links(route.links, route.share);
}

void Bottlenecks::add_links(std::span<const LinkIndex> links, double share) {
  Seconds latency;
  for (const LinkIndex link : links) {
    const auto slot = slot_of(link);
    latency += loads_[at(slot)].latency;
    const auto same = std::ranges::find(new_slots_, slot);
    if (same != new_slots_.end()) {
      new_shares_[at(same - new_slots_.begin())] += share;
      continue;
    }
    new_slots_.push_back(slot);
    new_shares_.push_back(share);
  }
  new_latency_ = std::max(new_latency_, latency);
}

std::int32_t Bottlenecks::slot_of(LinkIndex link) {
  auto& slot = slot_of_[at(link)];
  if (slot >= 0) return slot;
  slot = static_cast<std::int32_t>(loads_.size());
  const Link& it = router_.fabric().links[at(link)];
  loads_.push_back({it.bandwidth, 0.0, it.latency});
  n_others_.resize(loads_.size() * (n_links_.size() - 1));
  return slot;
}

std::int32_t& Bottlenecks::n_flows(std::int32_t slot, std::size_t kind) {
  return kind == 0 ? loads_[at(slot)].n_flows
                   : n_others_[at(slot) * (n_links_.size() - 1) + kind - 1];
}

void Bottlenecks::take_off(FlowIndex flow) {
  const auto begin = ways_[at(flow)].begin;
  const auto kind = kinds_[at(flow)];
  for (std::size_t i = 0; i < way(flow).size(); ++i) {
    const auto slot = slots_[begin + i];
    touch(slot);
    loads_[at(slot)].weight -= splits_ ? shares_[begin + i] : 1.0;
    --n_flows(slot, kind);
  }
}

void Bottlenecks::put_on(FlowIndex flow) {
  const auto begin = ways_[at(flow)].begin;
  const auto kind = kinds_[at(flow)];
  for (std::size_t i = 0; i < way(flow).size(); ++i) {
    const auto slot = slots_[begin + i];
    touch(slot);
    loads_[at(slot)].weight += splits_ ? shares_[begin + i] : 1.0;
    ++n_flows(slot, kind);
  }
}

/// A link whose flows are about to change counts no more until settle().
void Bottlenecks::touch(std::int32_t slot) {
  if (std::exchange(loads_[at(slot)].is_touched, true)) return;
  touched_.push_back(slot);
  count(slot, -1);
}

void Bottlenecks::settle() {
  for (const auto slot : touched_) {
    loads_[at(slot)].is_touched = false;
    count(slot, 1);
  }
  touched_.clear();
}

void Bottlenecks::count(std::int32_t slot, int change) {
  int n_kinds = 0;
  for (std::size_t kind = 0; kind < n_links_.size(); ++kind) {
    if (n_flows(slot, kind) == 0) continue;
    ++n_kinds;
    const auto links = n_links_[kind].try_emplace(share(slot), 0).first;
    links->second += change;
    if (links->second == 0) n_links_[kind].erase(links);
  }
  if (n_kinds > 1) n_mixed_ += change;
  if (n_kinds == 0) loads_[at(slot)].weight = 0.0;  // and no rounding is left
}

BytesPerSecond Bottlenecks::least_share(FlowIndex flow) const {
  double least = infinity;
  for (const auto slot : way(flow)) least = std::min(least, share(slot));
  return bytes_per_second(least);
}

BytesPerSecond Bottlenecks::least_share_of(std::size_t kind) const {
  return bytes_per_second(n_links_[kind].empty() ? infinity : n_links_[kind].begin()->first);
}

bool Bottlenecks::is_least_exact(std::size_t kind) const {
  if (n_mixed_ == 0) return true;
  for (std::size_t other = 0; other < n_links_.size(); ++other)
    if (least_share_of(other) < least_share_of(kind) * (1.0 - rounding)) return false;
  return true;
}

bool Bottlenecks::is_held_to_least(FlowIndex flow) const {
  const double least = least_share(flow).value() * (1.0 + rounding);
  return std::ranges::any_of(
      way(flow), [&](std::int32_t slot) { return share(slot) <= least && is_bottleneck(slot); });
}

bool Bottlenecks::is_bottleneck(std::int32_t slot) const {
  const double least = share(slot) * (1.0 - rounding);
  for (std::size_t f = 0; f < ways_.size(); ++f) {
    const auto flow = static_cast<FlowIndex>(f);
    if (std::ranges::find(way(flow), slot) != way(flow).end() && least_share(flow).value() < least)
      return false;
  }
  return true;
}

}  // namespace longhaul::fabric
