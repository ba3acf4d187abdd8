#include "fabric/bottlenecks.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Parts of sprayed flows are added and taken off again; they are off by less than this.
constexpr double rounding = 1e-11;

}  // namespace

bool Bottlenecks::can_follow(const Router& router) {
  return !router.is_adaptive() ||
         (router.fabric().structure == Structure::Tree && router.n_parts() == 1);
}

Bottlenecks::Bottlenecks(const Router& router, std::vector<std::uint8_t> kinds, std::size_t n_kinds)
    : router_(&router),
      splits_(!router.is_bundled() &&
              (router.routing().choice == PathChoice::Spray || router.n_parts() > 1)),
      n_parts_(router.routing().choice == PathChoice::Spray
                   ? 1.0
                   : static_cast<double>(router.n_parts())),
      kinds_(std::move(kinds)),
      ways_(kinds_.size()),
      slot_of_(router.fabric().links.size(), -1),
      n_links_(n_kinds) {
  if (!can_follow(router))
    throw std::invalid_argument(
        "flows of an adaptive choice can be followed in trees of one port a GPU alone");
  if (router.is_adaptive()) adaptive_.emplace(router, kinds_.size());
}

void Bottlenecks::set(FlowIndex flow, const Flow& ends) { set_.emplace_back(flow, ends); }

void Bottlenecks::settle() {
  changed_.clear();
  if (adaptive_) {
    for (const auto& [flow, ends] : set_) adaptive_->set(flow, ends);
    adaptive_->settle([this](FlowIndex flow, std::span<const LinkIndex> links) {
      new_slots_.clear();
      new_latency_ = {};
      add_links(links, 1.0);
      take_way(flow);
    });
  } else {
    for (const auto& [flow, ends] : set_) {
      find_way(ends);
      take_way(flow);
    }
  }
  set_.clear();
  for (const auto slot : touched_) {
    loads_[at(slot)].is_touched = 0;
    count(slot, 1);
  }
  touched_.clear();
}

void Bottlenecks::find_way(const Flow& ends) {
  new_slots_.clear();
  new_parts_.clear();
  new_latency_ = {};
  if (router_->routing().choice == PathChoice::Spray) {
    router_->find_routes(ends, routes_);
    if (routes_.empty()) routes_ = router_->routes(ends);  // throws what is wrong
    for (const Route& route : routes_) add_links(route.links, route.share);
    return;
  }
  for (std::int64_t part = 0; part < router_->n_parts(); ++part) {
    if (!router_->find_links(ends, new_links_, part)) router_->route(ends);  // throws what is wrong
    add_links(new_links_, 1.0);
  }
}

/// Of a route that so many parts of a flow take.
void Bottlenecks::add_links(std::span<const LinkIndex> links, double parts) {
  Seconds latency;
  for (const LinkIndex link : links) {
    const auto slot = slot_of(link);
    latency += types_[loads_[at(slot)].type].latency;
    if (!splits_) {
      if (std::ranges::find(new_slots_, slot) == new_slots_.end()) new_slots_.push_back(slot);
      continue;
    }
    auto& place = place_[at(slot)];
    if (at(place) < new_slots_.size() && new_slots_[at(place)] == slot) {
      new_parts_[at(place)] += parts;
      continue;
    }
    place = static_cast<std::int32_t>(new_slots_.size());
    new_slots_.push_back(slot);
    new_parts_.push_back(parts);
  }
  new_latency_ = std::max(new_latency_, latency);
}

std::int32_t Bottlenecks::slot_of(LinkIndex link) {
  auto& slot = slot_of_[at(link)];
  if (slot >= 0) return slot;
  slot = static_cast<std::int32_t>(loads_.size());
  const Seconds latency = router_->fabric().links[at(link)].latency;
  const auto bandwidth = router_->capacity(link);
  const auto [type, is_new] = type_of_.try_emplace({bandwidth.value(), latency.value()},
                                                   static_cast<std::uint32_t>(types_.size()));
  if (is_new) types_.push_back({bandwidth, latency});
  loads_.emplace_back().type = type->second & 0x7fffffffU;
  place_.push_back(0);
  n_others_.resize(loads_.size() * (n_links_.size() - 1));
  return slot;
}

/// Moves the flow from the way that it had to the new one.
void Bottlenecks::take_way(FlowIndex flow) {
  if (std::ranges::equal(way(flow), new_slots_) && !splits_) return;
  put(flow, -1);
  Way& way = ways_[at(flow)];
  if (new_slots_.size() > way.room) {
    way.begin = static_cast<std::uint32_t>(slots_.size());
    way.room = static_cast<std::uint32_t>(new_slots_.size());
    slots_.resize(slots_.size() + way.room);
    if (splits_) parts_.resize(slots_.size());
  }
  way.size = static_cast<std::uint32_t>(new_slots_.size());
  std::ranges::copy(new_slots_, slots_.begin() + way.begin);
  if (splits_) std::ranges::copy(new_parts_, parts_.begin() + way.begin);
  if (way.latency != new_latency_) changed_.emplace_back(flow, way.latency);
  way.latency = new_latency_;
  put(flow, 1);
}

std::int32_t& Bottlenecks::n_flows(std::int32_t slot, std::size_t kind) {
  return kind == 0 ? loads_[at(slot)].n_flows
                   : n_others_[at(slot) * (n_links_.size() - 1) + kind - 1];
}

/// Onto the links of its way, or off them.
void Bottlenecks::put(FlowIndex flow, int sign) {
  const auto begin = ways_[at(flow)].begin;
  const auto kind = kinds_[at(flow)];
  for (std::size_t i = 0; i < ways_[at(flow)].size; ++i) {
    const auto slot = slots_[begin + i];
    touch(slot);
    loads_[at(slot)].weight += splits_ ? sign * parts_[begin + i] : sign;
    n_flows(slot, kind) += sign;
  }
}

/// A link whose flows are about to change counts no more until settle() ends.
void Bottlenecks::touch(std::int32_t slot) {
  auto& load = loads_[at(slot)];
  if (load.is_touched != 0) return;
  load.is_touched = 1;
  touched_.push_back(slot);
  count(slot, -1);
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
