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

/// Routes of many flows, end to end in one vector. A flow is one part, or several where the router
/// splits it; the parts of a flow stand together, in the order of the flows.
struct RoutedFlows {
  std::vector<std::size_t> begin;  ///< part i has links[begin[i]] .. links[begin[i+1] - 1]
  std::vector<LinkIndex> links;
  std::vector<std::size_t> flow;     ///< that each part is of
  std::vector<double> share;         ///< of the flow's bytes; a flow's add up to 1
  std::vector<Seconds> latency;      ///< of each part's whole route [s]
  std::vector<LinkIndex> narrowest;  ///< of each part; -1 where it has no links
  /// Share of what the flow gets when it is alone and its parts keep pace, so that none is done
  /// before the others; infinite where there are no links [B/s].
  std::vector<BytesPerSecond> limit;

  std::size_t size() const { return latency.size(); }
  std::span<const LinkIndex> route(std::size_t part) const {
    return {links.data() + begin[part], links.data() + begin[part + 1]};
  }
  /// Of the slowest part of each flow [s].
  std::vector<Seconds> flow_latency() const;
};

/// Of a flow that is alone, over all its routes [B/s].
BytesPerSecond bandwidth_alone(const Router& router, std::span<const Route> routes);

/// Adaptive choices: one flow after the other, on top of those under way.
/// Throws NoPath when a flow has no path left.
RoutedFlows route_flows(const Router& router, std::span<const Flow> flows);

/// Parts of flows that share links with each other and with no one else.
struct Component {
  std::vector<std::size_t> flows;  ///< their parts, ascending
  std::size_t like = 0;  ///< the first component that is equal, flow by flow; itself if it is new
};

struct Contention {
  RoutedFlows flows;                  ///< only links that may fill up are left in the routes
  std::vector<Component> components;  ///< every part is in one
};

/// Two components are equal when their parts, in order, have the same labels, shares, limits and
/// pattern of shared links. `labels` (empty, or one a flow) stand for what else must be alike, such
/// as the bytes to send.
Contention find_contention(const Router& router, RoutedFlows flows,
                           std::span<const std::uint64_t> labels = {});

/// Max-min fair bandwidth of each of the component's parts, in its order [B/s]: all grow in
/// proportion to their shares, so that a flow weighs the same however it is split, until a link is
/// full or a part reaches its limit, which then stay. [Bertsekas & Gallager, 6.5.2]
std::vector<BytesPerSecond> max_min_fair(const Router& router, const RoutedFlows& flows,
                                         const Component& component);

}  // namespace longhaul::fabric
