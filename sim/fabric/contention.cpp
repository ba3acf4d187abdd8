#include "fabric/contention.hpp"

#include <algorithm>
#include <bit>
#include <boost/pending/disjoint_sets.hpp>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

namespace longhaul::fabric {
namespace {

std::size_t at(LinkIndex i) { return static_cast<std::size_t>(i); }

// Sums of equal rates are exact or off by a rounding, never by this much.
constexpr double rounding = 1e-12;

double capacity(const Fabric& fabric, LinkIndex link) {
  return fabric.links[at(link)].bandwidth.value();
}

/// A flow's limit on a link in the middle of its route, and the link at one end of the route.
using Middle = std::tuple<LinkIndex, LinkIndex, double>;

/// Frees the middle links that cannot fill because the end links do not let enough through.
void free_behind_ends(const Fabric& fabric, std::vector<Middle> middles,
                      std::vector<char>& may_fill) {
  std::ranges::sort(middles);
  for (std::size_t i = 0; i < middles.size();) {
    const LinkIndex link = std::get<0>(middles[i]);
    double through = 0.0;
    while (i < middles.size() && std::get<0>(middles[i]) == link) {
      const LinkIndex end = std::get<1>(middles[i]);
      double of_this_end = 0.0;
      for (;
           i < middles.size() && std::get<0>(middles[i]) == link && std::get<1>(middles[i]) == end;
           ++i)
        of_this_end += std::get<2>(middles[i]);
      through += std::min(of_this_end, capacity(fabric, end));
    }
    if (through <= capacity(fabric, link) * (1.0 + rounding)) may_fill[at(link)] = 0;
  }
}

std::vector<char> links_that_may_fill(const Fabric& fabric, const RoutedFlows& flows) {
  std::vector<double> offered(fabric.links.size(), 0.0);
  std::vector<char> is_end(fabric.links.size(), 0);
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const auto route = flows.route(f);
    if (route.empty()) continue;
    for (const LinkIndex link : route) offered[at(link)] += flows.limit[f].value();
    is_end[at(route.front())] = is_end[at(route.back())] = 1;
  }
  std::vector<char> may_fill(fabric.links.size(), 0);
  for (std::size_t i = 0; i < may_fill.size(); ++i)
    may_fill[i] =
        offered[i] > capacity(fabric, static_cast<LinkIndex>(i)) * (1.0 + rounding) ? 1 : 0;

  // Ends are judged by the plain sum alone, so that no two links excuse each other.
  std::vector<Middle> by_first, by_last;
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const auto route = flows.route(f);
    for (const LinkIndex link : route)
      if (may_fill[at(link)] && !is_end[at(link)]) {
        by_first.emplace_back(link, route.front(), flows.limit[f].value());
        by_last.emplace_back(link, route.back(), flows.limit[f].value());
      }
  }
  free_behind_ends(fabric, std::move(by_first), may_fill);
  free_behind_ends(fabric, std::move(by_last), may_fill);
  return may_fill;
}

void drop_links(RoutedFlows& flows, const std::vector<char>& keep) {
  std::size_t kept = 0;
  std::size_t from = 0;
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const std::size_t to = flows.begin[f + 1];
    for (; from < to; ++from)
      if (keep[at(flows.links[from])]) flows.links[kept++] = flows.links[from];
    flows.begin[f + 1] = kept;
  }
  flows.links.resize(kept);
}

std::vector<Component> connected(const Fabric& fabric, const RoutedFlows& flows) {
  boost::disjoint_sets_with_storage<> sets(flows.size());
  constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> user(fabric.links.size(), nobody);
  for (std::size_t f = 0; f < flows.size(); ++f) {
    sets.make_set(f);
    for (const LinkIndex link : flows.route(f)) {
      if (user[at(link)] == nobody)
        user[at(link)] = f;
      else
        sets.union_set(user[at(link)], f);
    }
  }
  std::vector<Component> components;
  std::vector<std::size_t> component_of(flows.size(), nobody);
  for (std::size_t f = 0; f < flows.size(); ++f) {
    std::size_t& component = component_of[sets.find_set(f)];
    if (component == nobody) {
      component = components.size();
      components.push_back({{}, component});
    }
    components[component].flows.push_back(f);
  }
  return components;
}

/// The component with its links numbered in the order they are met.
std::vector<std::uint64_t> signature(const Fabric& fabric, const RoutedFlows& flows,
                                     const Component& component,
                                     std::span<const std::uint64_t> labels,
                                     std::vector<std::int64_t>& number_of) {
  std::vector<std::uint64_t> text;
  std::vector<LinkIndex> met;
  for (const std::size_t f : component.flows) {
    text.push_back(labels.empty() ? 0 : labels[f]);
    text.push_back(std::bit_cast<std::uint64_t>(flows.limit[f].value()));
    text.push_back(flows.route(f).size());
    for (const LinkIndex link : flows.route(f)) {
      if (number_of[at(link)] < 0) {
        number_of[at(link)] = std::ssize(met);
        met.push_back(link);
      }
      text.push_back(static_cast<std::uint64_t>(number_of[at(link)]));
    }
  }
  for (const LinkIndex link : met) {
    text.push_back(std::bit_cast<std::uint64_t>(capacity(fabric, link)));
    number_of[at(link)] = -1;
  }
  return text;
}

}  // namespace

RoutedFlows route_flows(const Router& router, std::span<const Flow> flows) {
  const Fabric& fabric = router.fabric();
  RoutedFlows routed;
  routed.begin.reserve(flows.size() + 1);
  routed.begin.push_back(0);
  Route route;
  for (const Flow& flow : flows) {
    if (!router.find_route(flow, route)) route = router.route(flow);  // throws what is wrong
    LinkIndex narrowest = -1;
    double limit = std::numeric_limits<double>::infinity();
    for (const LinkIndex link : route.links)
      if (capacity(fabric, link) < limit) {
        narrowest = link;
        limit = capacity(fabric, link);
      }
    routed.links.insert(routed.links.end(), route.links.begin(), route.links.end());
    routed.begin.push_back(routed.links.size());
    routed.latency.push_back(route.latency);
    routed.narrowest.push_back(narrowest);
    routed.limit.push_back(bytes_per_second(limit));
  }
  return routed;
}

Contention find_contention(const Fabric& fabric, RoutedFlows flows,
                           std::span<const std::uint64_t> labels) {
  drop_links(flows, links_that_may_fill(fabric, flows));
  std::vector<Component> components = connected(fabric, flows);
  std::map<std::vector<std::uint64_t>, std::size_t> known;
  std::vector<std::int64_t> number_of(fabric.links.size(), -1);
  for (std::size_t c = 0; c < components.size(); ++c)
    components[c].like =
        known.emplace(signature(fabric, flows, components[c], labels, number_of), c).first->second;
  return {std::move(flows), std::move(components)};
}

std::vector<BytesPerSecond> max_min_fair(const Fabric& fabric, const RoutedFlows& flows,
                                         const Component& component) {
  struct Shared {
    double left;
    std::int64_t growing;
  };
  std::map<LinkIndex, Shared> shared;
  for (const std::size_t f : component.flows)
    for (const LinkIndex link : flows.route(f))
      ++shared.try_emplace(link, Shared{capacity(fabric, link), 0}).first->second.growing;

  std::vector<BytesPerSecond> rates(component.flows.size());
  std::vector<std::size_t> growing(component.flows.size());
  std::iota(growing.begin(), growing.end(), std::size_t{0});
  while (!growing.empty()) {
    const auto share = [](const Shared& s) { return s.left / static_cast<double>(s.growing); };
    double level = std::numeric_limits<double>::infinity();
    for (const auto& [link, state] : shared)
      if (state.growing > 0) level = std::min(level, share(state));
    for (const std::size_t i : growing)
      level = std::min(level, flows.limit[component.flows[i]].value());

    const double full = level * (1.0 + rounding);
    std::vector<std::size_t> stay, grow_on;
    for (const std::size_t i : growing) {
      const std::size_t f = component.flows[i];
      const bool stops = flows.limit[f].value() <= full ||
                         std::ranges::any_of(flows.route(f), [&](LinkIndex link) {
                           return share(shared.at(link)) <= full;
                         });
      (stops ? stay : grow_on).push_back(i);
    }
    for (const std::size_t i : stay) {
      rates[i] = bytes_per_second(level);
      for (const LinkIndex link : flows.route(component.flows[i])) {
        shared.at(link).left -= level;
        --shared.at(link).growing;
      }
    }
    growing = std::move(grow_on);
  }
  return rates;
}

}  // namespace longhaul::fabric
