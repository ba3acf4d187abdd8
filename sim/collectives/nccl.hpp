// NCCL's own latency model: what its tuner believes a small all-reduce costs.
//
// Source of every constant: NVIDIA/nccl src/graph/tuning.cc (baseLat, hwLat, bwRatio), as of
// 2026-06. Latencies of the Hopper generation; the model is linear in the NVLink domain, so for
// domains of 72 use the NVLS or one-shot form instead.
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace longhaul::collectives::nccl {

/// LL: 4 bytes of data with each 4-byte flag; LL128: 120 of 128; Simple: bulk with a fence.
enum class Protocol { LL, LL128, Simple };
enum class Algorithm { Ring, Tree };

/// Latencies of one protocol [us].
struct StepLatency {
  double ring_base_us, tree_base_us;        ///< once a call
  double ring_nvlink_us, tree_nvlink_us;    ///< a step within the node
  double ring_network_us, tree_network_us;  ///< a step between nodes
};

inline constexpr StepLatency ll{6.6, 6.8, 0.6, 0.6, 2.7, 5.0};
inline constexpr StepLatency ll128{14.0, 14.0, 1.9, 1.25, 4.0, 8.5};
inline constexpr StepLatency simple{8.4, 8.4, 3.4, 4.0, 14.0, 14.0};
inline constexpr double nvls_step_us = 25.0;        ///< NVLink SHARP, a step
inline constexpr double collnet_step_us = 30.0;     ///< in-network reduction between nodes, a step
inline constexpr double network_overhead_us = 1.0;  ///< least time of a ring step, m > 1
inline constexpr double simple_overhead_factor = 3.0;   ///< times that with Simple
inline constexpr double ll_bandwidth_factor = 0.5;      ///< of the link: half is flags
inline constexpr double ll128_bandwidth_factor = 0.92;  ///< 0.9375 by format, 0.92 in the tuner
inline constexpr double tree_bandwidth_factor = 0.92;   ///< times the protocol's factor

/// Latency of an all-reduce of n ranks on m nodes:
///   ring: base + (2(n-1) - 2(m-1)) max(intra, overhead) + 2(m-1) inter
///   tree: base + 2((n/m - 1) intra + lg(m) inter)
/// Throws std::invalid_argument unless m >= 1 and n is a positive multiple of m. One rank costs
/// nothing.
Seconds all_reduce_latency(Algorithm algorithm, Protocol protocol, std::int64_t ranks,
                           std::int64_t nodes);

/// The share of a link's bandwidth that is left for data [ratio, 0-1].
double bandwidth_factor(Algorithm algorithm, Protocol protocol);

}  // namespace longhaul::collectives::nccl
