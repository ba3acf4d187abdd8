#include "fabric/fabric_config.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <type_traits>
#include <vector>

#include "fabric/campus.hpp"
#include "fabric/torus_places.hpp"

namespace longhaul::fabric {
namespace {

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

std::int64_t n_buildings(const FabricConfig& c) { return c.sites.sites * c.sites.buildings; }

/// Networks without layers that a campus joins.
template <class Network>
bool is_islands(const FabricConfig& c, const Network& network) {
  return !has_layers(network) && n_buildings(c) > 1;
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

/// One building's networks over its GPUs, which start at `first`. Returns what other buildings can
/// be joined to: the top layer or, of islands, all routers.
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
      const auto gpus = std::span<const VertexIndex>(order).subspan(
          static_cast<std::size_t>(rail * per_network), static_cast<std::size_t>(per_network));
      const auto next = static_cast<VertexIndex>(builder.fabric().vertices.size());
      lay(network, builder, gpus);
      const auto island = static_cast<std::int32_t>(first / (per_network * rails) * rails + rail);
      const auto of_network = is_islands(c, network)
                                  ? mark_island(builder.fabric(), gpus, next, island)
                                  : builder.take_tops();
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

/// Counts may each be anything up to 1e9, so they are multiplied as doubles.
void check_size(const FabricConfig& c, std::int64_t endpoints, bool islands) {
  const auto sites = static_cast<double>(c.sites.sites);
  const double gpus = static_cast<double>(endpoints) * static_cast<double>(rails_apart(c)) * sites *
                      static_cast<double>(c.sites.buildings);
  const double switches = std::min(static_cast<double>(c.sites.campus_switches), gpus);
  const double wan = sites * (sites - 1) * 2.0 * switches;
  const double gateways =
      islands ? 2.0 * static_cast<double>(n_buildings(c)) * switches * switches : 0.0;
  // Both directions of a node's cable and, in each plane, of a NIC's and of two layers above.
  check_links(gpus, gpus * (2.0 + 6.0 * static_cast<double>(c.planes)) + wan + gateways);
}

}  // namespace

void validate(const FabricConfig& c) {
  at_least("gpus_per_node", c.gpus_per_node, 1);
  at_least("planes", c.planes, 1);
  at_least("gpus_per_nic", c.gpus_per_nic, 1);
  if (c.gpus_per_node % c.gpus_per_nic != 0)
    throw std::invalid_argument(
        fmt::format("gpus_per_nic = {}, but a node has {} GPUs; take a divisor of that",
                    c.gpus_per_nic, c.gpus_per_node));
  at_least("storage_bandwidth", c.storage_bandwidth.value(), 0.0);
  validate(c.parts);
  validate(c.sites);
  with_network(c.network, [&](const auto& network) {
    validate(network);
    validate(c.routing, structure_of(network));
    const std::int64_t n = endpoints(network);
    const std::int64_t leaf = leaf_size(network);
    check_size(c, n, is_islands(c, network));
    if (std::is_same_v<decltype(network), const Fleet&> && c.gpus_per_node > 1)
      throw std::invalid_argument(fmt::format(
          "gpus_per_node = {}, but the devices of a fleet stand alone; take 1", c.gpus_per_node));
    if (c.rails == Rails::Packed && n % c.gpus_per_node != 0)
      throw std::invalid_argument(fmt::format(
          "{} GPUs cannot be divided into nodes of {}; take a divisor", n, c.gpus_per_node));
    if (c.rails != Rails::Packed && leaf == 0)
      throw std::invalid_argument(
          "rails need switches that NICs are plugged into, and this network has none; take rails = "
          "\"packed\"");
    if (c.rails == Rails::Optimised && n % (leaf * c.gpus_per_node) != 0)
      throw std::invalid_argument(fmt::format(
          "rails over leaves of {} GPUs need a multiple of {} x {} GPUs, and there are {}", leaf,
          leaf, c.gpus_per_node, n));
    if (n_buildings(c) == 1) return;
    if (c.network.fleet)
      throw std::invalid_argument(
          "a fleet has no buildings and sites, its devices are anywhere; take sites and buildings "
          "out");
    if (c.network.torus && c.network.torus->optical_switches)
      throw std::invalid_argument(
          "optical_switches wire one torus, and each building would have its own; take "
          "optical_switches = false, or one building of one site");
  });
}

std::int64_t count_gpus(const FabricConfig& c) {
  std::int64_t gpus = 0;
  with_network(c.network, [&](const auto& network) {
    gpus = endpoints(network) * rails_apart(c) * n_buildings(c);
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
  const std::int64_t per_building = n / n_buildings(c);
  Builder builder(c.parts, n, c.gpus_per_node);
  builder.set_port(c.parts.nic_bandwidth / static_cast<double>(c.planes));
  builder.fabric().gpus_forward = c.forwarding;
  builder.fabric().gpus_per_nic = c.gpus_per_nic;
  builder.fabric().ports = c.planes * (c.network.pgft ? c.network.pgft->parents.front() : 1);
  std::vector<std::vector<VertexIndex>> buildings;
  with_network(c.network, [&](const auto& network) {
    for (std::int64_t b = 0; b < n_buildings(c); ++b)
      buildings.push_back(
          lay_building(c, network, builder, static_cast<VertexIndex>(per_building * b)));
    if (is_islands(c, network)) lay_gateways(c.sites, builder, buildings, per_building);
  });
  if (n_buildings(c) > 1) join_buildings(c.sites, builder, buildings, per_building);
  if (c.storage_bandwidth.value() > 0.0) attach_store(c, builder, buildings[0], n);
  Fabric fabric = builder.take();
  if (!fabric.islands.empty()) fabric.islands.resize(fabric.vertices.size(), -1);
  return fabric;
}

}  // namespace longhaul::fabric
