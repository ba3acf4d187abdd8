#include "fabric/analysis.hpp"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "fabric/contention.hpp"

namespace longhaul::fabric {

std::vector<Seconds> dijkstra_latency(const Fabric& fabric, VertexIndex from) {
  struct Weight {
    double latency_s;
  };
  using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Weight>;
  std::vector<std::pair<std::size_t, std::size_t>> ends;
  std::vector<Weight> weights;
  for (const Link& link : fabric.links) {
    ends.emplace_back(link.src, link.dst);
    weights.push_back({link.latency.value()});
  }
  const Graph graph(boost::edges_are_unsorted_multi_pass, ends.begin(), ends.end(), weights.begin(),
                    fabric.vertices.size());

  std::vector<double> distance_s(fabric.vertices.size());
  boost::dijkstra_shortest_paths(
      graph, static_cast<std::size_t>(from),
      boost::weight_map(boost::get(&Weight::latency_s, graph))
          .distance_map(boost::make_iterator_property_map(distance_s.begin(),
                                                          boost::get(boost::vertex_index, graph)))
          .distance_inf(std::numeric_limits<double>::infinity()));
  std::vector<Seconds> latencies;
  latencies.reserve(distance_s.size());
  for (const double s : distance_s) latencies.push_back(seconds(s));
  return latencies;
}

namespace {

/// Flows over the links of routes; of bundles by their first link.
std::vector<double> route_loads(const Router& router, std::span<const Flow> flows) {
  std::vector<double> loads(router.fabric().links.size(), 0.0);
  const RoutedFlows routed = route_flows(router, flows);
  for (std::size_t p = 0; p < routed.size(); ++p)
    for (const LinkIndex link : routed.route(p))
      loads[static_cast<std::size_t>(link)] += routed.share[p];
  return loads;
}

}  // namespace

std::vector<double> link_loads(const Router& router, std::span<const Flow> flows) {
  std::vector<double> loads = route_loads(router, flows);
  if (!router.is_bundled()) return loads;
  const std::vector<double> of_bundles = loads;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const auto link = static_cast<LinkIndex>(i);
    const LinkIndex bundle = router.stands_for(link);
    const double alike = router.capacity(bundle) / router.fabric().links[i].bandwidth;
    loads[i] = router.is_alive(link) ? of_bundles[static_cast<std::size_t>(bundle)] / alike : 0.0;
  }
  return loads;
}

Seconds Channel::time(Bytes size) const {
  Seconds longest = size / bandwidth;
  for (const double share : shares)
    longest =
        std::max<Seconds>(longest, bytes(std::ceil((share * size).value())) / (share * bandwidth));
  return latency + longest;
}

std::vector<Channel> channels(const Router& router, std::span<const Flow> flows) {
  const Contention contention = find_contention(router, route_flows(router, flows));
  const RoutedFlows& parts = contention.flows;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<Channel> channels(flows.size(), {seconds(0), bytes_per_second(infinity)});
  std::vector<std::vector<BytesPerSecond>> solved(contention.components.size());
  for (std::size_t c = 0; c < solved.size(); ++c) {
    const Component& component = contention.components[c];
    if (component.like == c) solved[c] = max_min_fair(router, parts, component);
    for (std::size_t i = 0; i < component.flows.size(); ++i) {
      const std::size_t p = component.flows[i];
      Channel& channel = channels[parts.flow[p]];
      channel.latency = std::max(channel.latency, parts.latency[p]);
      const double share = parts.share[p];
      if (share < 1.0 && std::ranges::find(channel.shares, share) == channel.shares.end())
        channel.shares.push_back(share);
      channel.bandwidth =
          std::min<BytesPerSecond>(channel.bandwidth, solved[component.like][i] / parts.share[p]);
    }
  }
  return channels;
}

FlowGroup make_flow_group(const Router& router, std::span<const Flow> flows) {
  if (flows.empty()) throw std::invalid_argument("a group of flows needs at least one");
  FlowGroup group;
  const std::vector<Channel> alone = channels(router, flows);
  BytesPerSecond slowest = alone[0].bandwidth;
  for (const Channel& channel : alone) {
    slowest = std::min(slowest, channel.bandwidth);
    group.latency = std::max(group.latency, channel.latency);
  }
  group.bandwidth = static_cast<double>(flows.size()) * slowest;

  const std::vector<double> loads = route_loads(router, flows);
  for (std::size_t link = 0; link < loads.size(); ++link)
    if (loads[link] > static_cast<double>(flows.size()) - 0.5)
      group.common_links.push_back(static_cast<LinkIndex>(link));
  return group;
}

}  // namespace longhaul::fabric
