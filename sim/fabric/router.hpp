// One router over a fabric's graph: which links a flow takes, and the latency of that.
//
// Trees: up until a switch stands above the destination, then down; any number of layers, read
// off the levels of the vertices. Tori: dimension order, the shorter way round each ring.
// Links that are down are avoided where another such path is left.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

struct Flow {
  VertexIndex src = 0;
  VertexIndex dst = 0;
  std::uint64_t id = 0;  ///< tells flows of a pair apart where the choice is hashed
};

struct Route {
  std::vector<LinkIndex> links;
  Seconds latency;  ///< sum over the links [s]
};

/// How one of several equal links is chosen.
enum class PathChoice {
  DestinationModulo,  ///< D-mod-k: by the destination's number, or the source's when it sends to a
                      ///< store; shifts never collide [Zahavi, JPDC 72(11), 2012]
  SeededHash,         ///< ECMP: by a hash of seed, source, destination, flow and switch
};

/// Copies what it needs of the graph's structure and keeps a reference to the fabric, which must
/// outlive it. About half a microsecond a route.
class Router {
 public:
  explicit Router(const Fabric& fabric, PathChoice choice = PathChoice::DestinationModulo,
                  std::uint64_t seed = 0);

  const Fabric& fabric() const { return *fabric_; }

  /// The route into `route`, whose memory is used again; false when no path is left. A flow to
  /// itself has no links. Throws std::invalid_argument when an end is no GPU or store.
  bool find_route(const Flow& flow, Route& route) const;
  /// Throws std::runtime_error when no path is left.
  Route route(const Flow& flow) const;

  /// A link that is not alive is avoided (one direction).
  void set_alive(LinkIndex link, bool alive);
  bool is_alive(LinkIndex link) const { return alive_[static_cast<std::size_t>(link)] != 0; }

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

  void number_endpoints();
  void index_links_up();
  void index_trees();
  void index_links_down(const std::vector<Cover>& covers);
  Endpoints at_hand(const Cover& cover);
  bool contains(const Endpoints& set, std::int32_t endpoint) const;
  bool climb(VertexIndex at, std::uint64_t key, Walk& walk) const;
  bool descend(VertexIndex at, Walk& walk) const;
  std::uint64_t hashed(VertexIndex at, const Walk& walk) const;
  bool walk_torus(const Flow& flow, Route& route) const;
  bool walk_ring(VertexIndex& at, std::size_t dimension, VertexIndex dst, Route& route) const;
  LinkIndex torus_link(VertexIndex from, VertexIndex to, bool forward) const;
  std::span<const Up> links_up(VertexIndex vertex) const;
  std::span<const Below> links_down(VertexIndex vertex) const;

  const Fabric* fabric_;
  PathChoice choice_;
  std::uint64_t seed_;
  std::vector<char> alive_;
  std::vector<std::int32_t> endpoint_;               // of a vertex; -1 for switches
  std::vector<std::int32_t> up_begin_, down_begin_;  // by vertex, into the next two
  std::vector<Up> up_;
  std::vector<Below> down_;          // of a vertex ascending in `first`
  std::vector<Endpoints> below_;     // a vertex, itself included
  std::vector<Endpoints> in_reach_;  // of a vertex by climbing on
  std::vector<Cover> many_;
};

}  // namespace longhaul::fabric
