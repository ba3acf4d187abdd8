// How far apart nodes are on the graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

/// Links on a shortest path of the undamaged network, within their island if they share one,
/// between the nearest GPUs of two nodes. Breadth-first search from a node when it is first asked
/// for, once for all that hang below the same switches; at most 64 MiB of distances are kept, the
/// latest. One thread at a time.
class NodeDistances {
 public:
  /// Where no path leads.
  static constexpr std::uint16_t far = 65535;

  /// Node n has the GPUs at the places n x gpus_per_node and on of the fabric (`gpu_at`).
  NodeDistances(Fabric fabric, std::int64_t gpus_per_node);

  /// 0 from a node to itself. Ask for many `b` of one `a` in turn.
  std::uint16_t between(std::int64_t a, std::int64_t b);

 private:
  struct Site {
    std::vector<VertexIndex> gpus;     // of one of its nodes
    std::vector<VertexIndex> entries;  // that are next to them
  };

  void lay_sites(std::int64_t gpus_per_node);
  const std::vector<std::uint16_t>& from(std::size_t site);
  std::vector<std::uint16_t> measure(const Site& site) const;
  void search(const Site& site, bool stays, std::vector<std::uint16_t>& distances) const;

  Fabric fabric_;
  LinksOut out_;
  std::vector<char> passes_;       // a vertex, traffic between others
  std::vector<std::size_t> site_;  // of each node
  std::vector<Site> sites_;        // nodes that are as far from all others
  std::unordered_map<std::size_t, std::vector<std::uint16_t>> tables_;  // by site, to each site
  std::deque<std::size_t> oldest_;  // of tables_, the oldest first
};

}  // namespace longhaul::fabric
