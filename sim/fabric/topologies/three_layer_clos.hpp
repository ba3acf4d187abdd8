// A three-layer Clos as large training clusters are built, by its counts and its taper.
//
//                core 0 .. n_cores-1                      every aggregation switch to every core,
//              /         |          \                     the pod's total tapered 1:taper
//     aggregation 0 .. aggregation_per_pod-1  (x pods)    every leaf to every one of its pod:
//         /        |        \                             as much up as down (full bisection)
//      leaf      leaf ..   leaf               (x leaves_per_pod)
//      /  \  one NIC a GPU                    (x gpus_per_leaf)
//
// The bundle between two switches is one link of the bandwidth that the counts and the taper leave
// it, in whole cables of at most a NIC's speed.
#pragma once

#include <cstdint>
#include <span>

#include "fabric/builder.hpp"

namespace longhaul::fabric {

/// Counts are for one of what contains them. Defaults: Meta's 24k RoCE cluster, 24,576 H100 in 8
/// pods of 192 racks of 16, full bisection in a pod and 1:7 above [arXiv 2407.21783, 3.3.1].
struct ThreeLayerClos {
  static constexpr const char* table = "three_layer_clos";  ///< of [fabric]
  static constexpr bool has_layers = true;  ///< of switches, the top one for more to be joined to

  std::int64_t gpus_per_leaf = 16;    ///< GPUs under one leaf switch
  std::int64_t leaves_per_pod = 192;  ///< leaf switches
  std::int64_t pods = 8;
  /// Switches in a pod's middle layer. Assumption: as many as a leaf has NICs below it, so that
  /// every uplink is as fast as a NIC; the paper gives none.
  std::int64_t aggregation_per_pod = 16;
  std::int64_t cores = 16;                 ///< Assumption, likewise.
  double taper = 7.0;                      ///< bandwidth below an aggregation switch : above it
  Metres leaf_cable = metres(30);          ///< leaf to aggregation. Assumption, as the next.
  Metres aggregation_cable = metres(100);  ///< aggregation to core

  friend bool operator==(const ThreeLayerClos&, const ThreeLayerClos&) = default;
};

/// Throws std::invalid_argument, with what would be right, for what cannot be built: counts below
/// 1, more links than a fabric can hold, taper below 1, negative lengths.
void validate(const ThreeLayerClos& params);

std::int64_t endpoints(const ThreeLayerClos& params);
std::int64_t endpoints_per_leaf(const ThreeLayerClos& params);
void lay(const ThreeLayerClos& params, Builder& builder, std::span<const VertexIndex> gpus);

}  // namespace longhaul::fabric
