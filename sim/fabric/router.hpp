// One router over a fabric's graph: which links a flow takes, in what shares, and the latency.
//
// Trees: up until a switch stands above the destination, then down; any number of layers
// (router_tree.hpp). Tori: dimension order, the shorter way round each ring (router_torus.hpp). Any
// other graph: the fewest links, or a detour (router_minimal.hpp). Dead links are avoided where
// another such path is left, over other GPUs of a node too where those forward.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fabric/path_search.hpp"

namespace longhaul::fabric {

class TreePaths;
class TorusPaths;
class MinimalPaths;

/// Keeps a reference to the fabric, which must outlive it. About a microsecond a route in a tree,
/// five on a torus. One thread at a time.
class Router {
 public:
  /// Throws std::invalid_argument as validate() of the routing does.
  explicit Router(const Fabric& fabric, const Routing& routing = {});
  Router(Router&&) noexcept;
  ~Router();

  const Fabric& fabric() const { return *fabric_; }
  const Routing& routing() const { return routing_; }

  /// Whether flows are sprayed over a tree in which all links of a bundle (router_bundles.hpp)
  /// carry alike. A flow has one route then: each of its links stands for its bundle, of which it
  /// is the first.
  bool is_bundled() const { return !bundle_.empty(); }
  /// Of a link of a route: of its bundle what is alive, where flows are bundled [B/s].
  BytesPerSecond capacity(LinkIndex link) const {
    const BytesPerSecond bandwidth = fabric_->links[static_cast<std::size_t>(link)].bandwidth;
    return is_bundled() ? n_open_[static_cast<std::size_t>(link)] * bandwidth : bandwidth;
  }
  /// Whether a link of a route, or some of its bundle, is alive.
  bool is_open(LinkIndex link) const {
    return is_bundled() ? n_open_[static_cast<std::size_t>(link)] > 0.0 : is_alive(link);
  }
  /// The link of routes that stands for this one.
  LinkIndex stands_for(LinkIndex link) const {
    return is_bundled() ? bundle_[static_cast<std::size_t>(link)] : link;
  }

  /// One route into `route`, whose memory is used again; false when no path is left. A flow to
  /// itself has no links. Of a flow that is split: the first part's, or D-mod-k's instead of
  /// spraying. Throws std::invalid_argument when an end is no GPU or store.
  bool find_route(const Flow& flow, Route& route) const;
  /// Into how many equal parts, each with one route, a flow is split that is not sprayed: over the
  /// ports of its NIC and, by ECMP, its queue pairs over each.
  std::int64_t n_parts() const { return fabric_->ports * routing_.queue_pairs; }
  /// Its links alone, or those of another of its parts, in place of those that `links` held.
  bool find_links(const Flow& flow, std::vector<LinkIndex>& links, std::int64_t part = 0) const;
  /// Where the choice is adaptive: by this use of links, of which `listener` is told.
  bool find_links(const Flow& flow, std::vector<LinkIndex>& links, const LinkUse& use,
                  ChoiceListener& listener) const;
  /// Throws NoPath when no path is left.
  Route route(const Flow& flow) const;

  /// All routes of a flow, with shares of its bytes that add up to 1; none when no path is left.
  /// Spraying where flows are not bundled: every equal path, each switch dividing what it gets
  /// evenly; beyond Spray::most_routes of them, 512 that are drawn at random. Bundled: one. All
  /// else: one for each of n_parts(), those that meet as one.
  void find_routes(const Flow& flow, std::vector<Route>& routes) const {
    find_routes(flow, routes, use_);
  }
  void find_routes(const Flow& flow, std::vector<Route>& routes, const LinkUse& use) const;
  /// Throws NoPath when no path is left.
  std::vector<Route> routes(const Flow& flow) const { return routes(flow, use_); }
  std::vector<Route> routes(const Flow& flow, const LinkUse& use) const;

  /// A link that is not alive is avoided (one direction). All links of a vertex that is not are
  /// dead, whatever is said of them.
  void set_alive(LinkIndex link, bool alive);
  void set_vertex_alive(VertexIndex vertex, bool alive);
  bool is_alive(LinkIndex link) const { return alive_[static_cast<std::size_t>(link)] != 0; }
  bool is_vertex_alive(VertexIndex vertex) const {
    return vertex_up_[static_cast<std::size_t>(vertex)] != 0;
  }
  /// To be told when the fabric was re-wired (rewire.hpp): the next route goes by the new links.
  /// What is down stays down, links by their number. Throws std::invalid_argument as validate() of
  /// the routing does.
  void follow_wiring();
  /// Links that are dead by themselves.
  std::int64_t n_links_down() const;

  /// Whether the choice asks how many flows use a link: who starts and ends flows then says so.
  bool is_adaptive() const;
  const LinkUse& use() const { return use_; }
  /// Where flows over a tree choose; empty of other structures.
  LinkChoices choices() const;
  static void occupy(std::span<const LinkIndex> links, LinkUse& use);
  void occupy(std::span<const LinkIndex> links) { occupy(links, use_); }
  void release(std::span<const LinkIndex> links);

 private:
  PathSearch search_of(const Flow& flow, std::uint64_t part, const LinkUse& use) const;
  void aim(PathSearch& search, VertexIndex src, VertexIndex dst) const;
  bool goes_round_torus(const PathSearch& search) const;
  bool find_links(const PathSearch& search, std::vector<LinkIndex>& links) const;
  bool find_links(const Flow& flow, const PathSearch& search, std::vector<LinkIndex>& links) const;
  bool find_parts(const PathSearch& search, bool sprayed, std::vector<Route>& routes) const;
  bool find_forwarded(const Flow& flow, PathSearch search, bool sprayed,
                      std::vector<Route>& routes) const;
  bool find_relayed(PathSearch search, std::span<const VertexIndex> stops, bool sprayed,
                    std::vector<Route>& routes) const;
  bool find_drawn(const Flow& flow, std::uint64_t n, const LinkUse& use,
                  std::vector<Route>& routes) const;
  void check_ends(const Flow& flow) const;
  void finish(Route& route) const;
  void make_paths();
  void make_bundles();
  void renew(LinkIndex link);
  [[noreturn]] void throw_no_path(const Flow& flow) const;

  const Fabric* fabric_;
  Routing routing_;
  std::vector<char> link_up_, vertex_up_;
  std::vector<char> alive_;        // a link and both its ends are up
  std::int64_t n_dead_ = 0;        // links that are not
  std::vector<LinkIndex> bundle_;  // by link, the first of its own; empty: not bundled
  std::vector<double> n_open_;     // of each bundle, by its first link: how many are alive
  LinkUse use_;
  std::vector<std::int32_t> endpoint_;           // of a vertex; -1 for switches
  std::vector<std::vector<VertexIndex>> nodes_;  // their GPUs
  std::unique_ptr<TreePaths> tree_;
  std::unique_ptr<TorusPaths> torus_;
  std::unique_ptr<MinimalPaths> minimal_;
};

}  // namespace longhaul::fabric
