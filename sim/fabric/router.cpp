#include "fabric/router.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

std::size_t at(VertexIndex i) { return static_cast<std::size_t>(i); }

/// splitmix64 [Steele, Lea & Flood, OOPSLA'14]: every bit of the input moves every bit out.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

using Cover = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// Sorted, and neighbouring intervals joined.
void normalise(Cover& cover) {
  std::ranges::sort(cover);
  Cover joined;
  for (const auto& interval : cover) {
    if (!joined.empty() && interval.first <= joined.back().second)
      joined.back().second = std::max(joined.back().second, interval.second);
    else
      joined.push_back(interval);
  }
  cover = std::move(joined);
}

}  // namespace

/// One search for a path.
struct Router::Walk {
  const Flow& flow;
  Route& route;
  std::int32_t dst;   // endpoint
  std::uint64_t key;  // what D-mod-k takes the modulo of

  bool take(LinkIndex link, const Router& router) {
    if (!router.is_alive(link)) return false;
    route.links.push_back(link);
    return true;
  }
  void untake() { route.links.pop_back(); }
};

Router::Router(const Fabric& fabric, PathChoice choice, std::uint64_t seed)
    : fabric_(&fabric), choice_(choice), seed_(seed), alive_(fabric.links.size(), 1) {
  number_endpoints();
  index_links_up();
  if (fabric.structure == Structure::Tree) index_trees();
}

void Router::number_endpoints() {
  endpoint_.assign(fabric_->vertices.size(), -1);
  std::int32_t next = 0;
  for (std::size_t v = 0; v < endpoint_.size(); ++v)
    if (fabric_->vertices[v].level == 0) endpoint_[v] = next++;
}

/// Links that lead up, in a tree; all links of a vertex, in a torus.
void Router::index_links_up() {
  const auto& links = fabric_->links;
  const auto is_up = [this](const Link& link) {
    return fabric_->vertices[at(link.dst)].level >= fabric_->vertices[at(link.src)].level;
  };
  up_begin_.assign(fabric_->vertices.size() + 1, 0);
  for (const Link& link : links)
    if (is_up(link)) ++up_begin_[at(link.src) + 1];
  std::partial_sum(up_begin_.begin(), up_begin_.end(), up_begin_.begin());
  up_.resize(at(up_begin_.back()));
  std::vector<std::int32_t> fill(up_begin_.begin(), up_begin_.end() - 1);
  for (std::size_t i = 0; i < links.size(); ++i)
    if (is_up(links[i]))
      up_[at(fill[at(links[i].src)]++)] = {static_cast<LinkIndex>(i), links[i].dst,
                                           links[i].kind == LinkKind::ScaleUp};
}

void Router::index_trees() {
  const std::size_t n = fabric_->vertices.size();
  std::vector<VertexIndex> by_level(n);
  std::iota(by_level.begin(), by_level.end(), 0);
  std::ranges::stable_sort(by_level, {},
                           [this](VertexIndex v) { return fabric_->vertices[at(v)].level; });

  // What stands below a vertex: itself, or what stands below its children.
  std::vector<Cover> covers(n);
  for (const VertexIndex v : by_level) {
    if (endpoint_[at(v)] >= 0) covers[at(v)] = {{endpoint_[at(v)], endpoint_[at(v)] + 1}};
    normalise(covers[at(v)]);
    for (const Up& up : links_up(v)) {
      Cover& above = covers[at(up.head)];
      above.insert(above.end(), covers[at(v)].begin(), covers[at(v)].end());
    }
  }
  for (const Cover& cover : covers) below_.push_back(at_hand(cover));

  // What climbing from a vertex can lead to: most vertices share a few such sets.
  std::map<Cover, std::int32_t> known;
  std::vector<const Cover*> sets;
  std::vector<std::int32_t> set_of(n);
  for (auto v = by_level.rbegin(); v != by_level.rend(); ++v) {  // NOLINT(modernize-loop-convert)
    std::vector<std::int32_t> above;
    for (const Up& up : links_up(*v)) above.push_back(set_of[at(up.head)]);
    std::ranges::sort(above);
    above.erase(std::unique(above.begin(), above.end()), above.end());
    Cover reach = above.empty() ? covers[at(*v)] : Cover{};
    for (const std::int32_t set : above)
      reach.insert(reach.end(), sets[at(set)]->begin(), sets[at(set)]->end());
    normalise(reach);
    const auto [entry, is_new] =
        known.emplace(std::move(reach), static_cast<std::int32_t>(sets.size()));
    if (is_new) sets.push_back(&entry->first);
    set_of[at(*v)] = entry->second;
  }
  std::vector<Endpoints> reaches;
  reaches.reserve(sets.size());
  for (const Cover* set : sets) reaches.push_back(at_hand(*set));
  for (const std::int32_t set : set_of) in_reach_.push_back(reaches[at(set)]);

  index_links_down(covers);
}

void Router::index_links_down(const std::vector<Cover>& covers) {
  const auto& links = fabric_->links;
  const auto is_down = [this](const Link& link) {
    return fabric_->vertices[at(link.dst)].level < fabric_->vertices[at(link.src)].level;
  };
  down_begin_.assign(covers.size() + 1, 0);
  for (const Link& link : links)
    if (is_down(link))
      down_begin_[at(link.src) + 1] += static_cast<std::int32_t>(covers[at(link.dst)].size());
  std::partial_sum(down_begin_.begin(), down_begin_.end(), down_begin_.begin());
  down_.resize(at(down_begin_.back()));
  std::vector<std::int32_t> fill(down_begin_.begin(), down_begin_.end() - 1);
  for (std::size_t i = 0; i < links.size(); ++i)
    if (is_down(links[i]))
      for (const auto& [first, last] : covers[at(links[i].dst)])
        down_[at(fill[at(links[i].src)]++)] = {first, last, static_cast<LinkIndex>(i),
                                               links[i].dst};
  for (std::size_t v = 0; v < covers.size(); ++v)
    std::stable_sort(down_.begin() + down_begin_[v], down_.begin() + down_begin_[v + 1],
                     [](const Below& a, const Below& b) { return a.first < b.first; });
}

Router::Endpoints Router::at_hand(const Cover& cover) {
  if (cover.empty()) return {};
  const Interval hull{cover.front().first, cover.back().second};
  if (cover.size() == 1) return {hull, -1};
  many_.push_back(cover);
  return {hull, static_cast<std::int32_t>(many_.size() - 1)};
}

bool Router::contains(const Endpoints& set, std::int32_t endpoint) const {
  if (endpoint < set.hull.first || endpoint >= set.hull.second) return false;
  if (set.many < 0) return true;
  const Cover& cover = many_[at(set.many)];
  const auto after = std::ranges::upper_bound(cover, endpoint, {}, &Interval::first);
  return endpoint < std::prev(after)->second;
}

std::span<const Router::Up> Router::links_up(VertexIndex v) const {
  return {up_.data() + up_begin_[at(v)], up_.data() + up_begin_[at(v) + 1]};
}

std::span<const Router::Below> Router::links_down(VertexIndex v) const {
  return {down_.data() + down_begin_[at(v)], down_.data() + down_begin_[at(v) + 1]};
}

std::uint64_t Router::hashed(VertexIndex vertex, const Walk& walk) const {
  std::uint64_t hash = mixed(seed_ ^ walk.flow.id);
  hash = mixed(hash ^ (static_cast<std::uint64_t>(walk.flow.src) << 32 |
                       static_cast<std::uint64_t>(walk.flow.dst)));
  return mixed(hash ^ static_cast<std::uint64_t>(vertex));
}

bool Router::climb(VertexIndex v, std::uint64_t key, Walk& walk) const {
  if (contains(below_[at(v)], walk.dst)) return descend(v, walk);

  // Within a scale-up domain by its switch, which leads nowhere else.
  const auto ups = links_up(v);
  for (const Up& up : ups) {
    if (!up.scale_up || !contains(below_[at(up.head)], walk.dst) || !walk.take(up.link, *this))
      continue;
    if (descend(up.head, walk)) return true;
    walk.untake();
  }
  const auto n_choices = static_cast<std::size_t>(std::ranges::count(ups, false, &Up::scale_up));
  if (n_choices == 0) return false;
  const std::size_t preferred =
      (choice_ == PathChoice::SeededHash ? hashed(v, walk) : key) % n_choices;
  // The preferred one first, then those after it in turn.
  for (std::size_t offset = 0; offset < n_choices; ++offset) {
    const std::size_t wanted = (preferred + offset) % n_choices;
    std::size_t seen = 0;
    const Up& up =
        n_choices == ups.size() ? ups[wanted] : *std::ranges::find_if(ups, [&](const Up& u) {
          return !u.scale_up && seen++ == wanted;
        });
    if (!contains(in_reach_[at(up.head)], walk.dst) || !walk.take(up.link, *this)) continue;
    if (climb(up.head, key / n_choices, walk)) return true;
    walk.untake();
  }
  return false;
}

bool Router::descend(VertexIndex v, Walk& walk) const {
  if (endpoint_[at(v)] == walk.dst) return true;
  // Children that stand above the destination: equal intervals lie next to each other.
  const auto downs = links_down(v);
  auto last = std::ranges::upper_bound(downs, walk.dst, {}, &Below::first);
  auto first = last;
  while (first != downs.begin() && std::prev(first)->last > walk.dst) --first;
  const auto n_choices = static_cast<std::size_t>(last - first);
  if (n_choices == 0) return false;
  const std::size_t preferred =
      (choice_ == PathChoice::SeededHash ? hashed(v, walk) : walk.key) % n_choices;
  for (std::size_t offset = 0; offset < n_choices; ++offset) {
    const Below& below = first[static_cast<std::ptrdiff_t>((preferred + offset) % n_choices)];
    if (!walk.take(below.link, *this)) continue;
    if (descend(below.head, walk)) return true;
    walk.untake();
  }
  return false;
}

bool Router::find_route(const Flow& flow, Route& route) const {
  const auto n = static_cast<VertexIndex>(endpoint_.size());
  if (flow.src < 0 || flow.src >= n || flow.dst < 0 || flow.dst >= n ||
      endpoint_[at(flow.src)] < 0 || endpoint_[at(flow.dst)] < 0)
    throw std::invalid_argument("a flow must start and end at a GPU or a store of the fabric");
  route.links.clear();
  route.latency = seconds(0);
  bool found = flow.src == flow.dst;
  if (!found && fabric_->structure == Structure::Torus) found = walk_torus(flow, route);
  if (!found && fabric_->structure == Structure::Tree) {
    const bool to_store = fabric_->vertices[at(flow.dst)].kind == VertexKind::Storage;
    const auto key = static_cast<std::uint64_t>(endpoint_[at(to_store ? flow.src : flow.dst)]);
    Walk walk{flow, route, endpoint_[at(flow.dst)], key};
    found = climb(flow.src, key, walk);
  }
  for (const LinkIndex link : route.links) route.latency += fabric_->links[at(link)].latency;
  return found;
}

Route Router::route(const Flow& flow) const {
  Route route;
  if (!find_route(flow, route))
    throw std::runtime_error("no path is left from " + vertex_name(*fabric_, flow.src) + " to " +
                             vertex_name(*fabric_, flow.dst));
  return route;
}

void Router::set_alive(LinkIndex link, bool alive) {
  alive_.at(at(link)) = static_cast<char>(alive);
}

}  // namespace longhaul::fabric
