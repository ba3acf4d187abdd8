// A three-layer Clos of GPU nodes, as large training clusters are built.
//
//                core 0 .. n_cores-1                      every aggregation switch to every core,
//              /         |          \                     the pod's total tapered 1:taper
//     aggregation 0 .. aggregation_per_pod-1  (x pods)    every leaf to every one of its pod:
//         /        |        \                             as much up as down (full bisection)
//      leaf      leaf ..   leaf               (x leaves_per_pod)
//      /  \  one NIC a GPU
//   node    node ..                           (x nodes_per_leaf)
//
// Within a node GPUs meet at a scale-up switch. A shared store hangs off the cores.
#pragma once

#include <cstdint>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

/// Counts are for one of what contains them. Defaults: Meta's 24k RoCE cluster, 24,576 H100 in 8
/// pods of 192 racks of 16, full bisection in a pod and 1:7 above [arXiv 2407.21783, 3.3.1].
struct ThreeLayerClos {
  std::int64_t gpus_per_node = 8;     ///< of one scale-up domain
  std::int64_t nodes_per_leaf = 2;    ///< nodes under one leaf switch
  std::int64_t leaves_per_pod = 192;  ///< leaf switches
  std::int64_t pods = 8;
  /// Switches in a pod's middle layer. Assumption: as many as a leaf has NICs below it, so that
  /// every uplink is as fast as a NIC; the paper gives none.
  std::int64_t aggregation_per_pod = 16;
  std::int64_t cores = 16;  ///< Assumption, likewise.
  double taper = 7.0;       ///< bandwidth below an aggregation switch : above it

  BytesPerSecond scale_up_bandwidth = bytes_per_second(450e9);  ///< of a GPU, one way (NVLink 4)
  BytesPerSecond nic_bandwidth = bytes_per_second(50e9);        ///< of a GPU, one way (400 Gbps)

  // RoCE, 64 bytes end to end: 3.6 us under one leaf, 5.6 us across leaves; NVLink 3.33 us
  // [arXiv 2505.09343, table 5]: so 1.0 us a switch, and 1.3 us a side with NIC and software.
  Seconds switch_latency = seconds(1.0e-6);
  Seconds nic_latency = seconds(1.3e-6);        ///< once at each end
  Seconds scale_up_latency = seconds(3.33e-6);  ///< from GPU to GPU of a node
  SecondsPerMetre fibre_latency = seconds(4.9e-9) / metres(1);
  Metres nic_cable = metres(3);            ///< in the rack. Assumption, as the next two.
  Metres leaf_cable = metres(30);          ///< leaf to aggregation
  Metres aggregation_cable = metres(100);  ///< aggregation to core

  /// Sustained rate of the shared store [B/s]; zero leaves the store out. Llama 3: 2 TB/s
  /// sustained, 7 TB/s peak [arXiv 2407.21783, 3.3.1].
  BytesPerSecond storage_bandwidth = bytes_per_second(2e12);

  friend bool operator==(const ThreeLayerClos&, const ThreeLayerClos&) = default;
};

/// Throws std::invalid_argument, with what would be right, for what cannot be built: counts below
/// 1, more than 2^24 links, taper below 1, rates that are not positive, negative latencies or
/// lengths.
void validate(const ThreeLayerClos& params);

/// Throws as validate() does.
Fabric make_three_layer_clos(const ThreeLayerClos& params);

}  // namespace longhaul::fabric
