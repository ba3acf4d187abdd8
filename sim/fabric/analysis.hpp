// What a fabric gives: latencies, loads of links, and the bandwidth of flows that meet.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/graph.hpp"
#include "fabric/router.hpp"

namespace longhaul::fabric {

/// Least latency from a vertex to each other over links of the graph, whatever stands between [s]:
/// a lower bound of any routing. Infinite where there is no path.
std::vector<Seconds> dijkstra_latency(const Fabric& fabric, VertexIndex from);

/// How many of the flows cross each link; of a flow that is split, its share.
std::vector<double> link_loads(const Router& router, std::span<const Flow> flows);

/// What one of several simultaneous flows gets.
struct Channel {
  Seconds latency;               ///< of its route [s]
  BytesPerSecond bandwidth;      ///< max-min fair share [B/s]; infinite from a GPU to itself
  std::vector<double> shares{};  ///< of its parts where it is split, each that there is once

  /// Of so many bytes, of which each part takes whole ones, as flows do.
  Seconds time(Bytes size) const;
};

/// One channel a flow; one that is split is as slow as its slowest part is for its share. Throws
/// NoPath when a flow has no path left.
std::vector<Channel> channels(const Router& router, std::span<const Flow> flows);

/// Flows of one purpose that start together with the same size each, such as the shards of a
/// checkpoint, seen as one flow.
struct FlowGroup {
  std::vector<LinkIndex> common_links;  ///< those that every one of them crosses
  Seconds latency;                      ///< of the longest route [s]
  BytesPerSecond bandwidth;             ///< all sizes over the time of the slowest, alone [B/s]
};

/// Throws std::invalid_argument without flows, NoPath when one has no path left.
FlowGroup make_flow_group(const Router& router, std::span<const Flow> flows);

}  // namespace longhaul::fabric
