#include "fabric/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "fabric/builder.hpp"
#include "fabric/router_bundles.hpp"
#include "fabric/router_minimal.hpp"
#include "fabric/router_torus.hpp"
#include "fabric/router_tree.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// Of a sprayed flow with more equal paths than are told apart.
constexpr std::uint64_t n_drawn = 512;

/// Routes over the same links become one.
void join_equal(std::vector<Route>& routes) {
  std::ranges::stable_sort(routes, {}, &Route::links);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < routes.size(); ++i) {
    if (routes[i].links == routes[kept].links)
      routes[kept].share += routes[i].share;
    else if (++kept != i)
      routes[kept] = std::move(routes[i]);
  }
  if (!routes.empty()) routes.resize(kept + 1);
}

/// Out of an island where its own links lead nowhere.
template <class Find>
bool staying_or_not(PathSearch search, Find find) {
  if (find(search)) return true;
  return std::exchange(search.stays, false) && find(search);
}

}  // namespace

void validate(const Routing& routing, Structure structure) {
  at_least("queue_pairs", routing.queue_pairs, 1);
  if (routing.queue_pairs > static_cast<std::int64_t>(Spray::most_routes))
    throw std::invalid_argument(fmt::format("queue_pairs = {}, but it must be at most {}",
                                            routing.queue_pairs, Spray::most_routes));
  if (routing.queue_pairs > 1 && routing.choice != PathChoice::SeededHash)
    throw std::invalid_argument(
        fmt::format("queue_pairs = {}, but only ecmp splits a flow over queue pairs; take 1",
                    routing.queue_pairs));
  const bool detours = routing.choice == PathChoice::Valiant || routing.choice == PathChoice::Ugal;
  if (detours && structure != Structure::Any)
    throw std::invalid_argument(
        "valiant and ugal need a network of routers without layers, and no plain torus; take "
        "d-mod-k, ecmp, spray or adaptive");
}

Router::Router(const Fabric& fabric, const Routing& routing)
    : fabric_(&fabric),
      routing_(routing),
      link_up_(fabric.links.size(), 1),
      vertex_up_(fabric.vertices.size(), 1),
      alive_(fabric.links.size(), 1),
      use_(fabric.links.size(), 0),
      endpoint_(endpoint_numbers(fabric)) {
  validate(routing, fabric.structure);
  for (VertexIndex gpu = 0; gpu < fabric.n_gpus(); ++gpu) {
    const std::int32_t node = fabric.places[at(gpu)].node;
    if (node < 0) continue;
    if (nodes_.size() <= at(node)) nodes_.resize(at(node) + 1);
    nodes_[at(node)].push_back(gpu);
  }
  make_paths();
}

void Router::make_paths() {
  torus_.reset();
  std::shared_ptr<const LinksOut> links_out;
  switch (fabric_->structure) {
    case Structure::Tree:
      tree_ = std::make_unique<TreePaths>(*fabric_, endpoint_);
      if (routing_.choice == PathChoice::Spray) make_bundles();
      break;
    case Structure::Torus:
      // Within nodes and to a store, which are no part of the torus, by the other.
      links_out = std::make_shared<LinksOut>(*fabric_);
      torus_ = std::make_unique<TorusPaths>(*fabric_, links_out);
      minimal_ = std::make_unique<MinimalPaths>(*fabric_, links_out);
      break;
    case Structure::Any:
      minimal_ = std::make_unique<MinimalPaths>(*fabric_, std::make_shared<LinksOut>(*fabric_));
      break;
  }
}

void Router::make_bundles() {
  bundle_ = even_bundles(*fabric_, tree_->sides());
  n_open_.assign(bundle_.size(), 0.0);
  for (std::size_t link = 0; link < bundle_.size(); ++link)
    if (alive_[link] != 0) ++n_open_[at(bundle_[link])];
}

Router::Router(Router&&) noexcept = default;
Router::~Router() = default;

PathSearch Router::search_of(const Flow& flow, std::uint64_t part, const LinkUse& use) const {
  PathSearch search;
  search.ports = static_cast<std::size_t>(fabric_->ports);
  search.port = part % search.ports;
  search.choice = routing_.choice;
  if (n_dead_ > 0) search.alive = &alive_;
  search.use = &use;
  search.hash =
      mixed(mixed(routing_.seed ^ flow.id) ^
            (static_cast<std::uint64_t>(flow.src) << 32U | static_cast<std::uint64_t>(flow.dst)));
  if (part > 0) search.hash = mixed(search.hash + part);
  aim(search, flow.src, flow.dst);
  return search;
}

void Router::aim(PathSearch& search, VertexIndex src, VertexIndex dst) const {
  search.src = src;
  search.dst = dst;
  search.stays = fabric_->share_island(src, dst);
  search.key = 0;
  if (is_bundled()) return;                          // all ways lead over the same bundles
  const bool to_store = dst >= fabric_->n_gpus() &&  // which says it of most without a look there
                        fabric_->vertices[at(dst)].kind == VertexKind::Storage;
  search.key = static_cast<std::uint64_t>(endpoint_[at(to_store ? src : dst)]);
}

/// Whether both ends are routers of one torus that have to talk over it. GPUs that stand by are no
/// part of it.
bool Router::goes_round_torus(const PathSearch& search) const {
  const VertexIndex n = static_cast<VertexIndex>(fabric_->n_gpus());
  if (!torus_ || search.src >= n || search.dst >= n || fabric_->stands_by(search.src) ||
      fabric_->stands_by(search.dst) || (!fabric_->islands.empty() && !search.stays))
    return false;
  const std::int32_t node = fabric_->places[at(search.src)].node;
  return node < 0 || node != fabric_->places[at(search.dst)].node;
}

bool Router::find_links(const PathSearch& search, std::vector<LinkIndex>& links) const {
  if (!tree_)
    return staying_or_not(search, [&](const PathSearch& s) {
      return goes_round_torus(s) ? torus_->find(s, links) : minimal_->find(s, links);
    });
  if (!tree_->find(search, links)) return false;
  if (is_bundled())
    for (LinkIndex& link : links) link = bundle_[at(link)];
  return true;
}

/// Adds one route, or all of a sprayed flow.
bool Router::find_parts(const PathSearch& search, bool sprayed, std::vector<Route>& routes) const {
  if (!sprayed) {
    routes.emplace_back();
    if (find_links(search, routes.back().links)) return true;
    routes.pop_back();
    return false;
  }
  Spray spray(routes);
  if (tree_) return tree_->find_all(search, spray);
  return staying_or_not(search, [&](const PathSearch& s) {
    return goes_round_torus(s) ? torus_->find_all(s, spray) : minimal_->find_all(s, spray);
  });
}

/// One way after the other over GPUs that pass the flow on.
bool Router::find_relayed(PathSearch search, std::span<const VertexIndex> stops, bool sprayed,
                          std::vector<Route>& routes) const {
  std::vector<Route> ways{Route{}};
  for (std::size_t i = 1; i < stops.size(); ++i) {
    if (stops[i] == stops[i - 1]) continue;
    aim(search, stops[i - 1], stops[i]);
    std::vector<Route> on;
    if (!find_parts(search, sprayed, on)) return false;
    std::vector<Route> longer;
    for (const Route& way : ways)
      for (const Route& part : on) {
        longer.push_back(way);
        longer.back().links.insert(longer.back().links.end(), part.links.begin(), part.links.end());
        longer.back().share *= part.share;
      }
    ways = std::move(longer);
  }
  routes.insert(routes.end(), ways.begin(), ways.end());
  return true;
}

/// By the GPU of the source's node that is on the destination's rail, or any that works; by one of
/// the destination's node; by one of each.
bool Router::find_forwarded(const Flow& flow, PathSearch search, bool sprayed,
                            std::vector<Route>& routes) const {
  if (!fabric_->gpus_forward) return false;
  const auto node_of = [this](VertexIndex end) -> std::span<const VertexIndex> {
    if (end >= fabric_->n_gpus() || fabric_->places[at(end)].node < 0) return {};
    return nodes_[at(fabric_->places[at(end)].node)];
  };
  const auto here = node_of(flow.src);
  const auto there = node_of(flow.dst);
  if (!here.empty() && !there.empty() && here.data() == there.data()) return false;
  const auto rail_in = [](std::span<const VertexIndex> node, VertexIndex gpu) {
    return static_cast<std::size_t>(std::ranges::find(node, gpu) - node.begin());
  };
  const std::size_t rail = there.empty() ? 0 : rail_in(there, flow.dst);
  const auto relayed = [&](std::vector<VertexIndex> stops) {
    return find_relayed(search, stops, sprayed, routes);
  };
  for (std::size_t i = 0; i < here.size(); ++i)
    if (relayed({flow.src, here[(rail + i) % here.size()], flow.dst})) return true;
  for (const VertexIndex gpu : there)
    if (relayed({flow.src, gpu, flow.dst})) return true;
  for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i)
    if (relayed({flow.src, here[i], there[i], flow.dst})) return true;
  return false;
}

void Router::check_ends(const Flow& flow) const {
  const auto n = static_cast<VertexIndex>(endpoint_.size());
  if (flow.src < 0 || flow.src >= n || flow.dst < 0 || flow.dst >= n ||
      endpoint_[at(flow.src)] < 0 || endpoint_[at(flow.dst)] < 0)
    throw std::invalid_argument("a flow must start and end at a GPU or a store of the fabric");
}

void Router::finish(Route& route) const {
  route.latency = seconds(0);
  for (const LinkIndex link : route.links) route.latency += fabric_->links[at(link)].latency;
}

bool Router::find_links(const Flow& flow, std::vector<LinkIndex>& links, std::int64_t part) const {
  check_ends(flow);
  return find_links(flow, search_of(flow, static_cast<std::uint64_t>(part), use_), links);
}

bool Router::find_links(const Flow& flow, std::vector<LinkIndex>& links, const LinkUse& use,
                        ChoiceListener& listener) const {
  check_ends(flow);
  PathSearch search = search_of(flow, 0, use);
  search.listener = &listener;
  return find_links(flow, search, links);
}

bool Router::find_links(const Flow& flow, const PathSearch& search,
                        std::vector<LinkIndex>& links) const {
  links.clear();
  if (flow.src == flow.dst) return true;
  if (find_links(search, links)) return true;
  std::vector<Route> routes;
  if (!find_forwarded(flow, search, false, routes)) return false;
  links = std::move(routes.front().links);
  return true;
}

bool Router::find_route(const Flow& flow, Route& route) const {
  route.share = 1.0;
  if (!find_links(flow, route.links)) return false;
  finish(route);
  return true;
}

/// Of the first `n` parts.
bool Router::find_drawn(const Flow& flow, std::uint64_t n, const LinkUse& use,
                        std::vector<Route>& routes) const {
  for (std::uint64_t part = 0; part < n; ++part) {
    PathSearch search = search_of(flow, part, use);
    if (routing_.choice == PathChoice::Spray && !is_bundled())
      search.choice = PathChoice::SeededHash;
    if (!find_parts(search, false, routes) && !find_forwarded(flow, search, false, routes))
      return false;
    routes.back().share = 1.0 / static_cast<double>(n);
  }
  if (n > 1) join_equal(routes);
  return true;
}

void Router::find_routes(const Flow& flow, std::vector<Route>& routes, const LinkUse& use) const {
  check_ends(flow);
  routes.clear();
  if (flow.src == flow.dst) {
    routes.emplace_back();
    return;
  }
  bool found = false;
  if (routing_.choice == PathChoice::Spray && !is_bundled()) {
    const PathSearch search = search_of(flow, 0, use);
    found = find_parts(search, true, routes) || find_forwarded(flow, search, true, routes);
    if (routes.size() > Spray::most_routes) {
      routes.clear();
      found = find_drawn(flow, n_drawn, use, routes);
    }
  } else {
    found = find_drawn(flow, is_bundled() ? 1 : static_cast<std::uint64_t>(n_parts()), use, routes);
  }
  if (!found) routes.clear();
  for (Route& route : routes) finish(route);
}

void Router::throw_no_path(const Flow& flow) const {
  const auto stands_by = [this](VertexIndex end) {
    return end < fabric_->n_gpus() && fabric_->stands_by(end);
  };
  throw NoPath(fmt::format(
      "no path is left from {} to {}{}{}", vertex_name(*fabric_, flow.src),
      vertex_name(*fabric_, flow.dst),
      nodes_.empty() || fabric_->gpus_forward ? "" : "; GPUs do not forward (forwarding = false)",
      stands_by(flow.src) || stands_by(flow.dst) ? "; a spare board stands by until it is wired in"
                                                 : ""));
}

Route Router::route(const Flow& flow) const {
  Route route;
  if (!find_route(flow, route)) throw_no_path(flow);
  return route;
}

std::vector<Route> Router::routes(const Flow& flow, const LinkUse& use) const {
  std::vector<Route> routes;
  find_routes(flow, routes, use);
  if (routes.empty()) throw_no_path(flow);
  return routes;
}

void Router::renew(LinkIndex link) {
  const Link& it = fabric_->links[at(link)];
  const bool was_alive = is_alive(link);
  const bool is_up =
      link_up_[at(link)] != 0 && vertex_up_[at(it.src)] != 0 && vertex_up_[at(it.dst)] != 0;
  n_dead_ += (was_alive ? 1 : 0) - (is_up ? 1 : 0);
  alive_[at(link)] = static_cast<char>(is_up);
  if (is_bundled() && was_alive != is_up) n_open_[at(bundle_[at(link)])] += is_up ? 1.0 : -1.0;
}

void Router::set_alive(LinkIndex link, bool alive) {
  link_up_.at(at(link)) = static_cast<char>(alive);
  renew(link);
  if (minimal_) minimal_->forget_distances();
}

void Router::set_vertex_alive(VertexIndex vertex, bool alive) {
  vertex_up_.at(at(vertex)) = static_cast<char>(alive);
  for (std::size_t link = 0; link < alive_.size(); ++link)
    if (fabric_->links[link].src == vertex || fabric_->links[link].dst == vertex)
      renew(static_cast<LinkIndex>(link));
  if (minimal_) minimal_->forget_distances();
}

void Router::follow_wiring() {
  validate(routing_, fabric_->structure);
  make_paths();
  for (std::size_t link = 0; link < alive_.size(); ++link) renew(static_cast<LinkIndex>(link));
}

std::int64_t Router::n_links_down() const { return std::ranges::count(link_up_, 0); }

LinkChoices Router::choices() const { return tree_ ? tree_->choices() : LinkChoices(); }

bool Router::is_adaptive() const {
  return routing_.choice == PathChoice::Adaptive || routing_.choice == PathChoice::Ugal;
}

void Router::occupy(std::span<const LinkIndex> links, LinkUse& use) {
  for (const LinkIndex link : links) ++use[at(link)];
}

void Router::release(std::span<const LinkIndex> links) {
  for (const LinkIndex link : links) --use_[at(link)];
}

}  // namespace longhaul::fabric
