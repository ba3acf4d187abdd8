// Which flows can disturb each other, and which links matter for that: an exact reduction.
//
// A link that its flows cannot fill never limits anybody, so it is dropped. What a set of flows can
// send over a link is bounded by the sum of their own narrowest links, and behind the first (before
// the last) link of their routes also by those. Flows that then share no link, directly or through
// others, are independent: each connected component can be solved alone, and equal ones once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/router.hpp"

namespace longhaul::fabric {

/// Routes of many flows, end to end in one vector.
struct RoutedFlows {
  std::vector<std::size_t> begin;  ///< flow i has links[begin[i]] .. links[begin[i+1] - 1]
  std::vector<LinkIndex> links;
  std::vector<Seconds> latency;       ///< of each flow's whole route [s]
  std::vector<LinkIndex> narrowest;   ///< of each flow; -1 where it has no links
  std::vector<BytesPerSecond> limit;  ///< bandwidth of that; infinite where there is none [B/s]

  std::size_t size() const { return latency.size(); }
  std::span<const LinkIndex> route(std::size_t flow) const {
    return {links.data() + begin[flow], links.data() + begin[flow + 1]};
  }
};

/// Throws std::runtime_error when a flow has no path left.
RoutedFlows route_flows(const Router& router, std::span<const Flow> flows);

/// Flows that share links with each other and with no one else.
struct Component {
  std::vector<std::size_t> flows;  ///< ascending
  std::size_t like = 0;  ///< the first component that is equal, flow by flow; itself if it is new
};

struct Contention {
  RoutedFlows flows;                  ///< only links that may fill up are left in the routes
  std::vector<Component> components;  ///< every flow is in one
};

/// Two components are equal when their flows, in order, have the same labels, limits and pattern
/// of shared links. `labels` (empty, or one a flow) stand for what else must be alike, such as the
/// bytes to send.
Contention find_contention(const Fabric& fabric, RoutedFlows flows,
                           std::span<const std::uint64_t> labels = {});

/// Max-min fair bandwidth of each of the component's flows, in its order [B/s]: all grow alike
/// until a link is full or a flow reaches its limit, which then stay. [Bertsekas & Gallager, 6.5.2]
std::vector<BytesPerSecond> max_min_fair(const Fabric& fabric, const RoutedFlows& flows,
                                         const Component& component);

}  // namespace longhaul::fabric
