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

LinkTypes::LinkTypes(const Router& router) : number_(router.fabric().links.size()) {
  std::size_t number = 0;  // mostly that of the link before
  for (std::size_t i = 0; i < number_.size(); ++i) {
    const Type own{router.capacity(static_cast<LinkIndex>(i)), router.fabric().links[i].latency};
    if (types_.empty() || types_[number] != own) {
      number = static_cast<std::size_t>(std::ranges::find(types_, own) - types_.begin());
      if (number == types_.size()) types_.push_back(own);
      if (number > std::numeric_limits<std::uint16_t>::max())
        throw std::length_error("a fabric has links of more than 65,536 types");
    }
    number_[i] = static_cast<std::uint16_t>(number);
  }
}

bool Bottlenecks::can_follow(const Router& router) {
  return !router.is_adaptive() ||
         (router.fabric().structure == Structure::Tree && router.n_parts() == 1);
}

Bottlenecks::Bottlenecks(const Router& router, std::vector<std::uint8_t> kinds, std::size_t n_kinds,
                         std::shared_ptr<const LinkTypes> types)
    : router_(&router),
      types_(std::move(types)),
      splits_(!router.is_bundled() &&
              (router.routing().choice == PathChoice::Spray || router.n_parts() > 1)),
      n_parts_(router.routing().choice == PathChoice::Spray
                   ? 1.0
                   : static_cast<double>(router.n_parts())),
      kinds_(std::move(kinds)),
      ways_(kinds_.size()),
      loads_(router.fabric().links.size()),
      n_links_(std::max<std::size_t>(1, n_kinds)) {
  if (!can_follow(router))
    throw std::invalid_argument(
        "flows of an adaptive choice can be followed in trees of one port a GPU alone");
  if (router.is_adaptive()) adaptive_.emplace(router, kinds_.size());
  if (n_links_.size() > 1) n_by_kind_.resize(loads_.size() * n_links_.size());
  if (splits_) weights_.resize(loads_.size());
  if (splits_) place_.resize(loads_.size());
}

void Bottlenecks::set(FlowIndex flow, const Flow& ends) { set_.emplace_back(flow, ends); }

void Bottlenecks::settle() {
  changed_.clear();
  if (adaptive_) {
    for (const auto& [flow, ends] : set_) adaptive_->set(flow, ends);
    adaptive_->settle([this](FlowIndex flow, std::span<const LinkIndex> links) {
      new_links_.clear();
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
  settle_touched();
}

void Bottlenecks::find_way(const Flow& ends) {
  new_links_.clear();
  new_parts_.clear();
  new_latency_ = {};
  if (router_->routing().choice == PathChoice::Spray && !router_->is_bundled()) {
    router_->find_routes(ends, routes_);
    if (routes_.empty()) routes_ = router_->routes(ends);  // throws what is wrong
    for (const Route& route : routes_) add_links(route.links, route.share);
    return;
  }
  for (std::int64_t part = 0; part < router_->n_parts(); ++part) {
    if (!router_->find_links(ends, route_, part)) router_->route(ends);  // throws what is wrong
    add_links(route_, 1.0);
  }
}

/// Of a route that so many parts of a flow take.
void Bottlenecks::add_links(std::span<const LinkIndex> links, double parts) {
  Seconds latency;
  for (const LinkIndex link : links) {
    latency += types_->latency(link);
    if (!splits_) {
      if (std::ranges::find(new_links_, link) == new_links_.end()) new_links_.push_back(link);
      continue;
    }
    auto& place = place_[at(link)];
    if (at(place) < new_links_.size() && new_links_[at(place)] == link) {
      new_parts_[at(place)] += parts;
      continue;
    }
    place = static_cast<std::int32_t>(new_links_.size());
    new_links_.push_back(link);
    new_parts_.push_back(parts);
  }
  new_latency_ = std::max(new_latency_, latency);
}

/// Moves the flow from the way that it had to the new one. Where both have a link at the same
/// place, as most do, nothing changes on it.
void Bottlenecks::take_way(FlowIndex flow) {
  Way& way = ways_[at(flow)];
  const auto stays = [&](std::size_t i) {
    return !splits_ && i < way.size && i < new_links_.size() &&
           links_[way.begin + i] == new_links_[i];
  };
  const auto kind = kinds_[at(flow)];
  for (std::size_t i = 0; i < way.size; ++i)
    if (!stays(i)) put(links_[way.begin + i], kind, splits_ ? parts_[way.begin + i] : 1.0, -1);
  for (std::size_t i = 0; i < new_links_.size(); ++i)
    if (!stays(i)) put(new_links_[i], kind, splits_ ? new_parts_[i] : 1.0, 1);
  if (new_links_.size() > way.room) {
    way.begin = static_cast<std::uint32_t>(links_.size());
    way.room = static_cast<std::uint32_t>(new_links_.size());
    links_.resize(links_.size() + way.room);
    if (splits_) parts_.resize(links_.size());
  }
  way.size = static_cast<std::uint32_t>(new_links_.size());
  std::ranges::copy(new_links_, links_.begin() + way.begin);
  if (splits_) std::ranges::copy(new_parts_, parts_.begin() + way.begin);
  if (way.latency != new_latency_) changed_.emplace_back(flow, way.latency);
  way.latency = new_latency_;
}

/// So many parts of a flow onto a link, or off it.
void Bottlenecks::put(LinkIndex link, std::uint8_t kind, double parts, int sign) {
  touch(link);
  loads_[at(link)].n_flows += sign;
  if (splits_) weights_[at(link)] += sign * parts;
  if (!n_by_kind_.empty()) n_by_kind_[at(link) * n_links_.size() + kind] += sign;
}

void Bottlenecks::touch(LinkIndex link) {
  Load& load = loads_[at(link)];
  if (load.is_touched != 0) return;
  load.is_touched = 1;
  touched_.push_back({link, static_cast<std::int32_t>(load.n_flows), weight(link)});
  const auto now = by_kind(link);
  by_kind_before_.insert(by_kind_before_.end(), now.begin(), now.end());
}

/// Counts links by what is on them now. On many as much is as before.
void Bottlenecks::settle_touched() {
  auto by_kind_before = std::span<const std::int32_t>(by_kind_before_);
  for (const auto& [link, n_before, weight_before] : touched_) {
    Load& load = loads_[at(link)];
    load.is_touched = 0;
    const auto n_now = static_cast<std::int32_t>(load.n_flows);
    if (splits_ && n_now == 0) weights_[at(link)] = 0.0;  // and no rounding is left
    const auto now = by_kind(link);
    const auto before = by_kind_before.first(now.size());
    by_kind_before = by_kind_before.subspan(now.size());
    const double weight_now = weight(link);
    if (weight_now == weight_before && n_now == n_before && std::ranges::equal(now, before))
      continue;
    count(share(link, weight_before), now.empty() ? std::span(&n_before, 1) : before, -1);
    count(share(link, weight_now), now.empty() ? std::span(&n_now, 1) : now, 1);
  }
  touched_.clear();
  by_kind_before_.clear();
}

void Bottlenecks::count(double share, std::span<const std::int32_t> by_kind, int change) {
  int n_kinds = 0;
  for (std::size_t kind = 0; kind < by_kind.size(); ++kind) {
    if (by_kind[kind] == 0) continue;
    ++n_kinds;
    const auto links = n_links_[kind].try_emplace(share, 0).first;
    links->second += change;
    if (links->second == 0) n_links_[kind].erase(links);
  }
  if (n_kinds > 1) n_mixed_ += change;
}

BytesPerSecond Bottlenecks::least_share(FlowIndex flow) const {
  double least = infinity;
  for (const auto link : way(flow)) least = std::min(least, share(link));
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
      way(flow), [&](LinkIndex link) { return share(link) <= least && is_bottleneck(link); });
}

bool Bottlenecks::is_bottleneck(LinkIndex link) const {
  const double least = share(link) * (1.0 - rounding);
  for (std::size_t f = 0; f < ways_.size(); ++f) {
    const auto flow = static_cast<FlowIndex>(f);
    if (std::ranges::find(way(flow), link) != way(flow).end() && least_share(flow).value() < least)
      return false;
  }
  return true;
}

}  // namespace longhaul::fabric
