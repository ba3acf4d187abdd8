// What a fabric is made of: nodes, one network between them, and how often and how far apart that
// network is repeated. All topologies compose this way: a scale-up domain inside a network inside a
// building inside a site.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "fabric/builder.hpp"
#include "fabric/campus.hpp"
#include "fabric/routing.hpp"
#include "fabric/topologies/dragonfly.hpp"
#include "fabric/topologies/fat_tree.hpp"
#include "fabric/topologies/fleet.hpp"
#include "fabric/topologies/hammingmesh.hpp"
#include "fabric/topologies/hyperx.hpp"
#include "fabric/topologies/pgft.hpp"
#include "fabric/topologies/slim_fly.hpp"
#include "fabric/topologies/three_layer_clos.hpp"
#include "fabric/topologies/torus.hpp"

namespace longhaul::fabric {

/// Which leaf the GPUs of a node are plugged into. GPU i of a node is on rail i.
enum class Rails {
  Packed,     ///< a node's GPUs under one leaf, as many nodes as fit
  Optimised,  ///< a leaf for each rail of a group of nodes
  Only,       ///< a network of its own for each rail, none across rails
};

/// The topologies to choose from: one of them.
struct Networks {
  std::optional<FatTree> fat_tree;
  std::optional<Pgft> pgft;
  std::optional<ThreeLayerClos> three_layer_clos;
  std::optional<Torus> torus;
  std::optional<Dragonfly> dragonfly;
  std::optional<HyperX> hyperx;
  std::optional<HammingMesh> hammingmesh;
  std::optional<SlimFly> slim_fly;
  std::optional<Fleet> fleet;

  auto all() const {
    return std::tie(fat_tree, pgft, three_layer_clos, torus, dragonfly, hyperx, hammingmesh,
                    slim_fly, fleet);
  }
  friend bool operator==(const Networks&, const Networks&) = default;
};

struct FabricConfig {
  std::int64_t gpus_per_node = 8;  ///< of a scale-up domain; 1: none
  Rails rails = Rails::Packed;
  bool forwarding = true;   ///< GPUs pass traffic on within their node, to the rail of its end
  std::int64_t planes = 1;  ///< equal networks, each with its share of every NIC's bandwidth
  /// Share a NIC, with its cable and its port of a switch; each has its part of the bandwidth.
  std::int64_t gpus_per_nic = 1;
  /// Instead of the chip's, where a system has other NICs or domains than the chip's own [B/s].
  std::optional<BytesPerSecond> nic_bandwidth, scale_up_bandwidth;
  Parts parts;
  Routing routing;
  Networks network;
  Sites sites;
  /// Sustained rate of the shared store, at the top layer of the first building, or at a port of
  /// every GPU's own where there are no layers [B/s]; zero leaves it out.
  BytesPerSecond storage_bandwidth{};

  friend bool operator==(const FabricConfig&, const FabricConfig&) = default;
};

/// Throws std::invalid_argument, with what would be right, for what cannot be built.
void validate(const FabricConfig& config);

/// GPUs of all nodes, networks, buildings and sites. Throws as validate() where there is not one
/// topology.
std::int64_t count_gpus(const FabricConfig& config);
/// Those of them on boards that stand by, where no run can be placed.
std::int64_t count_standing_by(const FabricConfig& config);

/// The table that gives the topology: "fat_tree". Throws likewise.
std::string network_name(const FabricConfig& config);

/// Throws as validate() does.
Fabric make_fabric(const FabricConfig& config);

}  // namespace longhaul::fabric
