#include "fabric/fabric_config.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <type_traits>
#include <vector>

#include "fabric/torus_places.hpp"

namespace longhaul::fabric {
namespace {

// Levels above those of any network.
constexpr int campus_level = 20;
constexpr int wan_level = 21;

/// Calls `use` with the one topology that is given.
template <class Use>
void with_network(const Networks& networks, Use use) {
  int given = 0;
  std::apply([&](const auto&... one) { given = (0 + ... + static_cast<int>(one.has_value())); },
             networks.all());
  if (given != 1)
    throw std::invalid_argument(
        fmt::format("a fabric needs one topology, a table such as [fabric.fat_tree]; there {} {}",
                    given == 0 ? "is" : "are", given == 0 ? "none" : fmt::format("{}", given)));
  std::apply([&](const auto&... one) { (void(one ? (use(*one), 0) : 0), ...); }, networks.all());
}

/// Whether there is a top layer of switches (Builder::add_tops) that more can be joined to.
template <class Network>
constexpr bool has_layers(const Network& /*network*/) {
  if constexpr (requires { Network::has_layers; }) return Network::has_layers;
  return false;
}

/// GPUs under one leaf switch or router; 0 where they are not plugged into any.
template <class Network>
std::int64_t leaf_size(const Network& network) {
  if constexpr (requires { endpoints_per_leaf(network); }) return endpoints_per_leaf(network);
  return 0;
}

/// What the router will make of it; a twisted torus is any graph.
template <class Network>
Structure structure_of(const Network& network) {
  if constexpr (requires { network.twist; })
    return network.twist ? Structure::Any : Structure::Torus;
  return has_layers(network) || std::is_same_v<Network, Fleet> ? Structure::Tree : Structure::Any;
}

std::int64_t rails_apart(const FabricConfig& c) {
  return c.rails == Rails::Only ? c.gpus_per_node : 1;
}

/// GPUs in the order in which they are plugged in: groups of nodes, rail by rail.
std::vector<VertexIndex> rail_by_rail(VertexIndex first, std::int64_t n, std::int64_t per_node,
                                      std::int64_t nodes_per_group) {
  std::vector<VertexIndex> order;
  order.reserve(static_cast<std::size_t>(n));
  const std::int64_t group = per_node * nodes_per_group;
  for (std::int64_t begin = 0; begin < n; begin += group)
    for (std::int64_t rail = 0; rail < per_node; ++rail)
      for (std::int64_t gpu = begin + rail; gpu < begin + group; gpu += per_node)
        order.push_back(static_cast<VertexIndex>(first + gpu));
  return order;
}

/// One building's networks over its GPUs, which start at `first`. Returns their top layer.
template <class Network>
std::vector<VertexIndex> lay_building(const FabricConfig& c, const Network& network,
                                      Builder& builder, VertexIndex first) {
  const std::int64_t per_network = endpoints(network);
  const std::int64_t rails = rails_apart(c);
  // Each rail's network takes every per_node-th GPU: the rails of one group of all nodes.
  const std::int64_t nodes_per_group = c.rails == Rails::Packed ? 0
                                       : c.rails == Rails::Only ? per_network
                                                                : leaf_size(network);
  std::vector<VertexIndex> order;
  if (nodes_per_group == 0)
    for (std::int64_t gpu = 0; gpu < per_network; ++gpu)
      order.push_back(static_cast<VertexIndex>(first + gpu));
  else
    order = rail_by_rail(first, per_network * rails, c.gpus_per_node, nodes_per_group);

  builder.begin_building();
  std::vector<VertexIndex> tops;
  for (std::int64_t plane = 0; plane < c.planes; ++plane)
    for (std::int64_t rail = 0; rail < rails; ++rail) {
      lay(network, builder,
          std::span<const VertexIndex>(order).subspan(static_cast<std::size_t>(rail * per_network),
                                                      static_cast<std::size_t>(per_network)));
      const auto of_network = builder.take_tops();
      tops.insert(tops.end(), of_network.begin(), of_network.end());
    }
  return tops;
}

/// At the top switches, or by a port of each GPU's own where there are none.
void attach_store(const FabricConfig& c, Builder& builder, const std::vector<VertexIndex>& tops,
                  std::int64_t gpus) {
  const VertexIndex gateway = builder.add(VertexKind::StorageGateway, 1, 1);
  const VertexIndex store = builder.add(VertexKind::Storage, 0, 1);
  builder.fabric().add_cable(
      {store, gateway, LinkKind::Storage, c.storage_bandwidth, c.parts.nic_latency, metres(0)});
  for (const VertexIndex top : tops)
    builder.join(gateway, top, 1, c.storage_bandwidth, metres(100), LinkKind::Storage);
  if (!tops.empty()) return;
  for (VertexIndex gpu = 0; gpu < gpus; ++gpu)
    builder.join(gpu, gateway, 1, c.parts.nic_bandwidth, metres(100), LinkKind::Storage);
}

/// Campus switches over the buildings of each site, and lines between the sites.
void join_buildings(const FabricConfig& c, Builder& builder,
                    const std::vector<std::vector<VertexIndex>>& buildings,
                    double gpus_per_building) {
  const Sites& s = c.sites;
  const std::int64_t n_switches =
      std::min<std::int64_t>(s.campus_switches, std::ssize(buildings[0]));
  const VertexIndex campus =
      builder.add(VertexKind::CampusSwitch, campus_level, s.sites * n_switches);
  const BytesPerSecond out_of_top = gpus_per_building * c.parts.nic_bandwidth / s.building_taper /
                                    static_cast<double>(buildings[0].size());
  for (std::int64_t b = 0; b < std::ssize(buildings); ++b) {
    const auto& tops = buildings[static_cast<std::size_t>(b)];
    for (std::int64_t t = 0; t < std::ssize(tops); ++t)
      builder.join(tops[static_cast<std::size_t>(t)],
                   static_cast<VertexIndex>(campus + b / s.buildings * n_switches + t % n_switches),
                   1, out_of_top, s.building_cable, LinkKind::Campus);
  }
  for (std::int64_t a = 0; a < s.sites; ++a)
    for (std::int64_t b = a + 1; b < s.sites; ++b) {
      const VertexIndex line = builder.add(VertexKind::WanLine, wan_level, 1);
      for (const std::int64_t site : {a, b})
        for (std::int64_t i = 0; i < n_switches; ++i)
          builder.join(static_cast<VertexIndex>(campus + site * n_switches + i), line, 1,
                       s.wan_bandwidth / static_cast<double>(n_switches), s.distance / 2.0,
                       LinkKind::Wan);
    }
}

/// Counts may each be anything up to 1e9, so they are multiplied as doubles.
void check_size(const FabricConfig& c, std::int64_t endpoints) {
  const auto sites = static_cast<double>(c.sites.sites);
  const double gpus = static_cast<double>(endpoints) * static_cast<double>(rails_apart(c)) * sites *
                      static_cast<double>(c.sites.buildings);
  const double wan = sites * (sites - 1) * static_cast<double>(2 * c.sites.campus_switches);
  // Both directions of a node's cable and, in each plane, of a NIC's and of two layers above.
  check_links(gpus, gpus * (2.0 + 6.0 * static_cast<double>(c.planes)) + wan);
}

}  // namespace

void validate(const FabricConfig& c) {
  at_least("gpus_per_node", c.gpus_per_node, 1);
  at_least("planes", c.planes, 1);
  at_least("sites", c.sites.sites, 1);
  at_least("buildings", c.sites.buildings, 1);
  at_least("campus_switches", c.sites.campus_switches, 1);
  at_least("building_taper", c.sites.building_taper, 1.0);
  at_least("building_cable", c.sites.building_cable.value(), 0.0);
  at_least("distance", c.sites.distance.value(), 0.0);
  at_least("storage_bandwidth", c.storage_bandwidth.value(), 0.0);
  validate(c.parts);
  with_network(c.network, [&](const auto& network) {
    validate(network);
    validate(c.routing, structure_of(network));
    const std::int64_t n = endpoints(network);
    const std::int64_t leaf = leaf_size(network);
    check_size(c, n);
    if (std::is_same_v<decltype(network), const Fleet&> && c.gpus_per_node > 1)
      throw std::invalid_argument(fmt::format(
          "gpus_per_node = {}, but the devices of a fleet stand alone; take 1", c.gpus_per_node));
    if (c.rails == Rails::Packed && n % c.gpus_per_node != 0)
      throw std::invalid_argument(fmt::format(
          "{} GPUs cannot be divided into nodes of {}; take a divisor", n, c.gpus_per_node));
    if (has_layers(network)) {
      if (c.rails == Rails::Optimised && n % (leaf * c.gpus_per_node) != 0)
        throw std::invalid_argument(fmt::format(
            "rails over leaves of {} GPUs need a multiple of {} x {} GPUs, and there are {}", leaf,
            leaf, c.gpus_per_node, n));
      return;
    }
    if (c.rails != Rails::Packed)
      throw std::invalid_argument(
          "only networks with layers can be laid out by rails; take fat_tree, pgft or "
          "three_layer_clos, or rails = \"packed\"");
    if (c.sites.sites * c.sites.buildings > 1)
      throw std::invalid_argument(
          "only networks with layers can be joined across buildings and sites; take fat_tree, pgft "
          "or three_layer_clos");
  });
}

std::int64_t count_gpus(const FabricConfig& c) {
  std::int64_t gpus = 0;
  with_network(c.network, [&](const auto& network) {
    gpus = endpoints(network) * rails_apart(c) * c.sites.sites * c.sites.buildings;
  });
  return gpus;
}

std::int64_t count_standing_by(const FabricConfig& c) {
  return c.network.torus ? endpoints(*c.network.torus) - n_places(c.network.torus->dimensions) : 0;
}

std::string network_name(const FabricConfig& c) {
  std::string name;
  with_network(c.network, [&](const auto& network) { name = network.table; });
  return name;
}

Fabric make_fabric(const FabricConfig& c) {
  validate(c);
  const std::int64_t n = count_gpus(c);
  const std::int64_t n_buildings = c.sites.sites * c.sites.buildings;
  const std::int64_t per_building = n / n_buildings;
  Builder builder(c.parts, n, c.gpus_per_node);
  builder.set_port(c.parts.nic_bandwidth / static_cast<double>(c.planes));
  builder.fabric().gpus_forward = c.forwarding;
  std::vector<std::vector<VertexIndex>> buildings;
  with_network(c.network, [&](const auto& network) {
    for (std::int64_t b = 0; b < n_buildings; ++b)
      buildings.push_back(
          lay_building(c, network, builder, static_cast<VertexIndex>(per_building * b)));
  });
  if (n_buildings > 1) join_buildings(c, builder, buildings, static_cast<double>(per_building));
  if (c.storage_bandwidth.value() > 0.0) attach_store(c, builder, buildings[0], n);
  return builder.take();
}

}  // namespace longhaul::fabric
