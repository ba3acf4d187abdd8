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

double capacity(const Router& router, LinkIndex link) { return router.capacity(link).value(); }

/// A flow's limit on a link in the middle of its route, and the link at one end of the route.
using Middle = std::tuple<LinkIndex, LinkIndex, double>;

/// Frees the middle links that cannot fill because the end links do not let enough through.
void free_behind_ends(const Router& router, std::vector<Middle> middles,
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
      through += std::min(of_this_end, capacity(router, end));
    }
    if (through <= capacity(router, link) * (1.0 + rounding)) may_fill[at(link)] = 0;
  }
}

std::vector<char> links_that_may_fill(const Router& router, const RoutedFlows& flows) {
  std::vector<double> offered(router.fabric().links.size(), 0.0);
  std::vector<char> is_end(router.fabric().links.size(), 0);
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const auto route = flows.route(f);
    if (route.empty()) continue;
    for (const LinkIndex link : route) offered[at(link)] += flows.limit[f].value();
    is_end[at(route.front())] = is_end[at(route.back())] = 1;
  }
  std::vector<char> may_fill(router.fabric().links.size(), 0);
  for (std::size_t i = 0; i < may_fill.size(); ++i)
    may_fill[i] =
        offered[i] > capacity(router, static_cast<LinkIndex>(i)) * (1.0 + rounding) ? 1 : 0;

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
  free_behind_ends(router, std::move(by_first), may_fill);
  free_behind_ends(router, std::move(by_last), may_fill);
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

std::vector<Component> connected(const Router& router, const RoutedFlows& flows) {
  boost::disjoint_sets_with_storage<> sets(flows.size());
  constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> user(router.fabric().links.size(), nobody);
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
std::vector<std::uint64_t> signature(const Router& router, const RoutedFlows& flows,
                                     const Component& component,
                                     std::span<const std::uint64_t> labels,
                                     std::vector<std::int64_t>& number_of) {
  std::vector<std::uint64_t> text;
  std::vector<LinkIndex> met;
  for (const std::size_t f : component.flows) {
    text.push_back(labels.empty() ? 0 : labels[flows.flow[f]]);
    text.push_back(std::bit_cast<std::uint64_t>(flows.share[f]));
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
    text.push_back(std::bit_cast<std::uint64_t>(capacity(router, link)));
    number_of[at(link)] = -1;
  }
  return text;
}

}  // namespace

BytesPerSecond bandwidth_alone(const Router& router, std::span<const Route> routes) {
  std::vector<std::pair<LinkIndex, double>> crossings;
  for (const Route& route : routes)
    for (const LinkIndex link : route.links) crossings.emplace_back(link, route.share);
  if (routes.size() > 1) std::ranges::sort(crossings);
  double fastest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < crossings.size();) {
    const LinkIndex link = crossings[i].first;
    double fraction = 0.0;
    for (; i < crossings.size() && crossings[i].first == link; ++i) fraction += crossings[i].second;
    fastest = std::min(fastest, capacity(router, link) / fraction);
  }
  return bytes_per_second(fastest);
}

std::vector<Seconds> RoutedFlows::flow_latency() const {
  std::vector<Seconds> slowest(flow.empty() ? 0 : flow.back() + 1, seconds(0));
  for (std::size_t p = 0; p < size(); ++p)
    slowest[flow[p]] = std::max(slowest[flow[p]], latency[p]);
  return slowest;
}

RoutedFlows route_flows(const Router& router, std::span<const Flow> flows) {
  RoutedFlows routed;
  routed.begin.reserve(flows.size() + 1);
  routed.begin.push_back(0);
  LinkUse use = router.use();
  std::vector<Route> routes;
  for (std::size_t f = 0; f < flows.size(); ++f) {
    router.find_routes(flows[f], routes, use);
    if (routes.empty()) routes = router.routes(flows[f], use);  // throws what is wrong
    if (router.is_adaptive())
      for (const Route& route : routes) Router::occupy(route.links, use);
    const BytesPerSecond alone = bandwidth_alone(router, routes);
    for (const Route& route : routes) {
      const auto narrowest = std::ranges::min_element(
          route.links, {}, [&](LinkIndex link) { return capacity(router, link); });
      routed.links.insert(routed.links.end(), route.links.begin(), route.links.end());
      routed.begin.push_back(routed.links.size());
      routed.flow.push_back(f);
      routed.share.push_back(route.share);
      routed.latency.push_back(route.latency);
      routed.narrowest.push_back(route.links.empty() ? -1 : *narrowest);
      routed.limit.push_back(route.share * alone);
    }
  }
  return routed;
}

Contention find_contention(const Router& router, RoutedFlows flows,
                           std::span<const std::uint64_t> labels) {
  drop_links(flows, links_that_may_fill(router, flows));
  std::vector<Component> components = connected(router, flows);
  std::map<std::vector<std::uint64_t>, std::size_t> known;
  std::vector<std::int64_t> number_of(router.fabric().links.size(), -1);
  for (std::size_t c = 0; c < components.size(); ++c)
    components[c].like =
        known.emplace(signature(router, flows, components[c], labels, number_of), c).first->second;
  return {std::move(flows), std::move(components)};
}

std::vector<BytesPerSecond> max_min_fair(const Router& router, const RoutedFlows& flows,
                                         const Component& component) {
  struct Shared {
    double left;
    double weight;  // of those that grow
    std::int64_t growing;
  };
  std::map<LinkIndex, Shared> shared;
  for (const std::size_t f : component.flows)
    for (const LinkIndex link : flows.route(f)) {
      Shared& at_link =
          shared.try_emplace(link, Shared{capacity(router, link), 0.0, 0}).first->second;
      at_link.weight += flows.share[f];
      ++at_link.growing;
    }

  // `level` is the rate of a whole flow; a part has its share of it.
  std::vector<BytesPerSecond> rates(component.flows.size());
  std::vector<std::size_t> growing(component.flows.size());
  std::iota(growing.begin(), growing.end(), std::size_t{0});
  while (!growing.empty()) {
    const auto level_of = [](const Shared& s) { return s.left / s.weight; };
    const auto own_limit = [&](std::size_t f) { return flows.limit[f].value() / flows.share[f]; };
    double level = std::numeric_limits<double>::infinity();
    for (const auto& [link, state] : shared)
      if (state.growing > 0) level = std::min(level, level_of(state));
    for (const std::size_t i : growing) level = std::min(level, own_limit(component.flows[i]));

    const double full = level * (1.0 + rounding);
    std::vector<std::size_t> stay, grow_on;
    for (const std::size_t i : growing) {
      const std::size_t f = component.flows[i];
      const bool stops =
          own_limit(f) <= full || std::ranges::any_of(flows.route(f), [&](LinkIndex link) {
            return level_of(shared.at(link)) <= full;
          });
      (stops ? stay : grow_on).push_back(i);
    }
    for (const std::size_t i : stay) {
      const double share = flows.share[component.flows[i]];
      rates[i] = bytes_per_second(share * level);
      for (const LinkIndex link : flows.route(component.flows[i])) {
        Shared& at_link = shared.at(link);
        at_link.left -= share * level;
        at_link.weight -= share;
        --at_link.growing;
      }
    }
    growing = std::move(grow_on);
  }
  return rates;
}

}  // namespace longhaul::fabric
