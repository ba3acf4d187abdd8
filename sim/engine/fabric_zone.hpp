// A fabric on SimGrid: one flat zone whose routes our own router computes when a flow starts.
//
// SimGrid gets links without latency, because latency would bias how flows share; the latency of
// the route passes before the bytes start. GPUs are no SimGrid hosts: flows run between two hosts
// that stand for all, and the zone answers with the route of the flow that is being started. A
// link is told to SimGrid when a flow first needs it. So the platform costs what its traffic costs:
// 24,576 GPUs take no time to speak of.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <span>

#include "fabric/analysis.hpp"
#include "fabric/rewire.hpp"
#include "fabric/router.hpp"
#include "units/quantity.hpp"

namespace longhaul::engine {

enum class TransferEnd {
  Finished,
  LinkFailed,  ///< a link of the route went down on the way
};

/// Of a flow that is split: what a part weighs beside whole flows where they share a link, and what
/// it is held to [B/s].
struct PartOfFlow {
  double share = 1.0;
  BytesPerSecond limit = bytes_per_second(std::numeric_limits<double>::infinity());
};

/// One a process: SimGrid has one platform. Throws std::logic_error on a second one.
/// Needs start_engine() before, and the router (and its fabric) for as long as it lives.
class FabricZone {
 public:
  using OnEnd = std::function<void(TransferEnd)>;
  using GroupId = std::int64_t;

  explicit FabricZone(fabric::Router& router);
  ~FabricZone();
  FabricZone(const FabricZone&) = delete;
  FabricZone& operator=(const FabricZone&) = delete;

  const fabric::Router& router() const;

  /// Sends `size` now, by the router's routes; `on_end` is called in the kernel, when the slowest
  /// has ended. Throws std::runtime_error when no path is left.
  void start(const fabric::Flow& flow, Bytes size, OnEnd on_end);

  /// Sends each route its share of `size`, after `latency`.
  void start_routes(std::span<const fabric::Route> routes, Seconds latency, Bytes size,
                    OnEnd on_end);

  /// Sends `size` (rounded up to bytes) over these links, after `latency`. No links, or no bytes:
  /// only the latency passes. From now to the end an adaptive router counts it on its links.
  void start_over(std::span<const fabric::LinkIndex> links, Seconds latency, Bytes size,
                  OnEnd on_end, const PartOfFlow& part = {});

  /// Sends `total` bytes as one flow that stands for the group: at most at the group's bandwidth,
  /// and sharing the group's common links with others as one of them. Two runs that write to a
  /// store get half of it each, however many nodes they have, and 2,048 flows cost what one costs.
  /// Other traffic on links that only some of the group cross is not felt.
  GroupId start_group(const fabric::FlowGroup& group, Bytes total, OnEnd on_end);

  /// Takes a group's traffic off the fabric; its `on_end` is not called. One that has ended is
  /// ignored.
  void cancel(GroupId group);

  /// Takes a link (one direction) down or up: in the router, and for what is under way.
  void set_alive(fabric::LinkIndex link, bool alive);
  /// The same for all links of a vertex.
  void set_vertex_alive(fabric::VertexIndex vertex, bool alive);

  /// Re-wires the router's fabric: flows that start from now on take the new links, those under way
  /// keep theirs, but fail on one that now ends at a dead GPU. The time that optical switches take
  /// is the caller's: links can be taken down before and up again after. A traced link keeps the
  /// name of the ends that it first had. Throws std::invalid_argument, and changes nothing, as
  /// fabric::rewire() and the routing do; std::logic_error for another fabric.
  void rewire(fabric::Fabric& fabric, const fabric::Wiring& wiring);

  /// Links that SimGrid knows of, those made for groups included.
  std::int64_t n_links_used() const;
  /// Transfers whose bytes are under way.
  std::int64_t n_under_way() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longhaul::engine
