// Paths of a tree: up until a switch stands above the destination, then down.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "fabric/path_search.hpp"

namespace longhaul::fabric {

/// Any number of layers, read off the levels of the vertices. Keeps a reference to the fabric.
class TreePaths {
 public:
  /// `endpoint` of each vertex: its number among those of level 0; -1 for switches.
  TreePaths(const Fabric& fabric, std::span<const std::int32_t> endpoint);

  /// Adds the links of a path; false, and none, where there is none.
  bool find(const PathSearch& search, std::vector<LinkIndex>& links) const;
  bool find_all(const PathSearch& search, Spray& spray) const;

 private:
  /// A link up from a vertex.
  struct Up {
    LinkIndex link;
    VertexIndex head;
    bool scale_up;
  };
  /// A link down, and endpoints [first, last) that stand below its head.
  struct Below {
    std::int32_t first, last;
    LinkIndex link;
    VertexIndex head;
  };
  using Interval = std::pair<std::int32_t, std::int32_t>;  // [first, last)
  using Cover = std::vector<Interval>;                     // ascending, apart from each other
  /// A set of endpoints, at hand: all of `hull`, or those of the `many` sets with that number.
  struct Endpoints {
    Interval hull{0, 0};
    std::int32_t many = -1;
  };
  struct Walk;

  void index_links_up();
  void index_trees();
  void index_links_down(const std::vector<Cover>& covers);
  Endpoints at_hand(const Cover& cover);
  bool contains(const Endpoints& set, std::int32_t endpoint) const;
  bool climb(VertexIndex at, std::uint64_t key, Walk& walk) const;
  bool descend(VertexIndex at, Walk& walk) const;
  bool climb_all(VertexIndex at, const PathSearch& search, std::int32_t dst, Spray& spray) const;
  bool descend_all(VertexIndex at, const PathSearch& search, std::int32_t dst, Spray& spray) const;
  std::span<const Up> links_up(VertexIndex vertex) const;
  /// Those that lead to the destination.
  std::span<const Below> links_down(VertexIndex vertex, std::int32_t dst) const;

  const Fabric* fabric_;
  std::span<const std::int32_t> endpoint_;
  std::vector<std::int32_t> up_begin_, down_begin_;  // by vertex, into the next two
  std::vector<Up> up_;
  std::vector<Below> down_;          // of a vertex ascending in `first`
  std::vector<Endpoints> below_;     // a vertex, itself included
  std::vector<Endpoints> in_reach_;  // of a vertex by climbing on
  std::vector<Cover> many_;
};

}  // namespace longhaul::fabric
