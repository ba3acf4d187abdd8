// Fabrics that several tests and benchmarks start from.
#pragma once

#include "fabric/fabric_config.hpp"
#include "fabric/router.hpp"

namespace longhaul::fabric {

inline void choose(Networks& networks, const FatTree& tree) { networks.fat_tree = tree; }
inline void choose(Networks& networks, Pgft tree) { networks.pgft = std::move(tree); }
inline void choose(Networks& networks, const ThreeLayerClos& clos) {
  networks.three_layer_clos = clos;
}
inline void choose(Networks& networks, Torus torus) { networks.torus = std::move(torus); }
inline void choose(Networks& networks, const Dragonfly& fly) { networks.dragonfly = fly; }
inline void choose(Networks& networks, HyperX hyperx) { networks.hyperx = std::move(hyperx); }
inline void choose(Networks& networks, const HammingMesh& mesh) { networks.hammingmesh = mesh; }
inline void choose(Networks& networks, const SlimFly& fly) { networks.slim_fly = fly; }
inline void choose(Networks& networks, const Fleet& fleet) { networks.fleet = fleet; }

/// A network of GPUs that stand alone, every link of `bandwidth` and `latency`: a NIC takes half of
/// that at each end.
template <class Network>
FabricConfig uniform_config(Network network, BytesPerSecond bandwidth, Seconds latency) {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.parts.nic_bandwidth = bandwidth;
  config.parts.switch_latency = latency;
  config.parts.nic_latency = latency / 2.0;
  config.parts.fibre_latency = seconds(0) / metres(1);
  choose(config.network, std::move(network));
  return config;
}
template <class Network>
Fabric uniform(Network network, BytesPerSecond bandwidth, Seconds latency) {
  return make_fabric(uniform_config(std::move(network), bandwidth, latency));
}

/// Nodes of 8 H100 and a store of 2 TB/s, as Meta's 24k cluster has them by default.
inline FabricConfig clos_config(const ThreeLayerClos& params = {}) {
  FabricConfig config;
  config.network.three_layer_clos = params;
  config.storage_bandwidth = bytes_per_second(2e12);
  return config;
}
inline Fabric clos_of(const ThreeLayerClos& params = {}) {
  return make_fabric(clos_config(params));
}

}  // namespace longhaul::fabric
