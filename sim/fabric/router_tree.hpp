// Paths of a tree: up until a switch stands above the destination, then down.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "fabric/path_search.hpp"
#include "fabric/router_bundles.hpp"

namespace longhaul::fabric {

/// Any number of layers, read off the levels of the vertices. Keeps a reference to the fabric.
class TreePaths {
 public:
  /// `endpoint` of each vertex: its number among those of level 0; -1 for switches.
  TreePaths(const Fabric& fabric, std::span<const std::int32_t> endpoint);

  /// Adds the links of a path; false, and none, where there is none.
  bool find(const PathSearch& search, std::vector<LinkIndex>& links) const;
  bool find_all(const PathSearch& search, Spray& spray) const;
  /// Up by any of a vertex' links out of scale-up domains, and down where several lead to one
  /// endpoint.
  LinkChoices choices() const;
  Sides sides() const;

 private:
  /// A link from a vertex.
  struct On {
    LinkIndex link;
    VertexIndex head;
  };
  struct Up : On {
    bool scale_up;
  };
  using Interval = std::pair<std::int32_t, std::int32_t>;  // [first, last)
  using Cover = std::vector<Interval>;                     // ascending, apart from each other
  /// A set of endpoints, at hand: all of `hull`, or those of the `many` sets with that number.
  struct Endpoints {
    Interval hull{0, 0};
    std::int32_t many = -1;
    auto operator<=>(const Endpoints&) const = default;
  };
  /// Endpoints [first, last) stand below the child at the end of a vertex' link down of this
  /// number.
  struct Below {
    std::int32_t first, last, child;
  };
  /// Which children stand above which endpoints: the switches of a layer and pod have one together.
  struct Children {
    std::vector<Below> below;  // ascending in `first`
    std::int32_t pitch = 0;    // from each `first` to the next, none beyond that; 0: not even
    std::span<const Below> above(std::int32_t endpoint) const;
    /// Whether two of them may stand above one endpoint.
    bool overlap() const;
  };
  /// All that a search asks of a vertex.
  struct Station {
    Endpoints below;                 // itself included
    Endpoints in_reach;              // by climbing on
    std::int32_t up_begin = 0;       // into up_, as far as that of the next
    std::int32_t down_begin = 0;     // into down_, likewise
    std::int32_t n_by_scale_up = 0;  // of its links up
    std::int32_t children = -1;
  };
  /// The links down that lead to a destination.
  class Downs {
   public:
    Downs(std::span<const Below> below, const On* links) : below_(below), links_(links) {}
    std::size_t size() const { return below_.size(); }
    bool empty() const { return below_.empty(); }
    const On& operator[](std::size_t i) const {
      return links_[static_cast<std::size_t>(below_[i].child)];
    }

   private:
    std::span<const Below> below_;
    const On* links_;
  };
  struct Walk;

  bool is_up(const Link& link) const;
  void index_links();
  void index_trees();
  void index_children(const std::vector<Cover>& covers);
  Children children_of(std::span<const On> downs, const std::vector<Cover>& covers) const;
  Endpoints at_hand(const Cover& cover, std::map<Cover, std::int32_t>& known);
  bool contains(const Endpoints& set, std::int32_t endpoint) const;
  bool climb(VertexIndex at, std::uint64_t key, Walk& walk) const;
  bool descend(VertexIndex at, Walk& walk) const;
  bool climb_all(VertexIndex at, const PathSearch& search, std::int32_t dst, Spray& spray) const;
  bool descend_all(VertexIndex at, const PathSearch& search, std::int32_t dst, Spray& spray) const;
  std::span<const Up> links_up(VertexIndex vertex) const;
  Downs links_down(VertexIndex vertex, std::int32_t dst) const;

  const Fabric* fabric_;
  std::span<const std::int32_t> endpoint_;
  std::vector<Station> stations_;  // by vertex, and an end
  std::vector<Up> up_;
  std::vector<On> down_;
  std::vector<Children> children_;
  std::vector<Cover> many_;
};

}  // namespace longhaul::fabric
