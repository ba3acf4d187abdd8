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

/// Of each vertex its number among those of level 0, where traffic starts and ends; -1 for others.
std::vector<std::int32_t> endpoint_numbers(const Fabric& fabric);

/// Any number of layers, read off the levels of the vertices. Keeps a reference to the fabric.
class TreePaths {
 public:
  /// `endpoint` as endpoint_numbers() has it; it must outlive this.
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
    friend bool operator==(const On&, const On&) = default;
  };
  /// Links from a vertex, in their order. In regular trees they are evenly apart, as are their
  /// heads, so that none has to be looked up far away in memory, which would cost more than all
  /// else.
  struct Fan {
    std::uint32_t size : 31 = 0;
    std::uint32_t is_even : 1 = 0;
    On first{0, 0};  // where it is not even, `link` is the index into on_
    On step{0, 0};
  };
  using Interval = std::pair<std::int32_t, std::int32_t>;  // [first, last)
  using Cover = std::vector<Interval>;                     // ascending, apart from each other
  /// A set of endpoints, at hand: all of `hull`, or those of the `many` sets with that number.
  struct Endpoints {
    Interval hull{0, 0};
    std::int32_t many = -1;
    auto operator<=>(const Endpoints&) const = default;  // NOLINT(*-use-nullptr)
  };
  /// Endpoints [first, last) stand below the child at the end of a vertex' link down of this
  /// number.
  struct Below {
    std::int32_t first, last, child;
  };
  /// The children above an endpoint, by number.
  class Above {
   public:
    Above() = default;
    explicit Above(std::int32_t only) : only_(only) {}
    explicit Above(std::span<const Below> several) : several_(several) {}
    std::size_t size() const { return only_ >= 0 ? 1 : several_.size(); }
    std::size_t operator[](std::size_t i) const {
      return static_cast<std::size_t>(only_ >= 0 ? only_ : several_[i].child);
    }

   private:
    std::int32_t only_ = -1;
    std::span<const Below> several_;
  };
  /// Which children stand above which endpoints: the switches of a layer and pod have one together.
  struct Children {
    std::vector<Below> below;  // ascending in `first`
    std::int32_t first = 0;    // the least
    std::int32_t pitch = 0;    // from each `first` to the next, none beyond that; 0: not even
    std::int32_t width = 0;    // where it is even and i is the i-th child, above so many; else 0
    Above above(std::int32_t endpoint) const;
    /// Whether two of them may stand above one endpoint.
    bool overlap() const;
  };
  /// All that a search asks of a vertex.
  struct Station {
    Endpoints below;     // itself included
    Endpoints in_reach;  // by climbing on
    Fan up;              // but for the next
    Fan by_scale_up;     // links up to the switch of a scale-up domain
    Fan down;
    std::int32_t children = -1;
  };
  struct Walk;

  bool is_up(const Link& link) const;
  Fan fan_of(std::span<const On> links);
  On on(const Fan& fan, std::size_t i) const {
    if (fan.is_even == 0) return on_[static_cast<std::size_t>(fan.first.link) + i];
    const auto n = static_cast<std::int32_t>(i);
    return {fan.first.link + n * fan.step.link, fan.first.head + n * fan.step.head};
  }
  void index_links();
  void index_trees();
  void index_children(const std::vector<Cover>& covers);
  Children children_of(const Fan& down, const std::vector<Cover>& covers) const;
  Endpoints at_hand(const Cover& cover, std::map<Cover, std::int32_t>& known);
  bool contains(const Endpoints& set, std::int32_t endpoint) const {
    return endpoint >= set.hull.first && endpoint < set.hull.second &&
           (set.many < 0 || has_many(set.many, endpoint));
  }
  bool has_many(std::int32_t many, std::int32_t endpoint) const;
  bool climb(VertexIndex at, std::uint64_t key, Walk& walk) const;
  bool descend(VertexIndex at, Walk& walk) const;
  bool climb_all(VertexIndex at, const PathSearch& search, std::int32_t dst, Spray& spray) const;
  bool descend_all(VertexIndex at, const PathSearch& search, std::int32_t dst, Spray& spray) const;
  template <class Each>
  void for_each_above(VertexIndex vertex, Each each) const;

  const Fabric* fabric_;
  std::span<const std::int32_t> endpoint_;
  std::vector<Station> stations_;  // by vertex
  std::vector<On> on_;             // of links that are not even
  std::vector<Children> children_;
  std::vector<Cover> many_;
};

}  // namespace longhaul::fabric
