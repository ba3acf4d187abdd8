#include "fabric/router_tree.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace longhaul::fabric {
namespace {

std::size_t at(VertexIndex i) { return static_cast<std::size_t>(i); }

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
struct TreePaths::Walk {
  const PathSearch& search;
  std::vector<LinkIndex>& links;
  std::int32_t dst;  // endpoint

  bool take(LinkIndex link) {
    if (!search.is_alive(link)) return false;
    links.push_back(link);
    return true;
  }
  void untake() { links.pop_back(); }
};

TreePaths::TreePaths(const Fabric& fabric, std::span<const std::int32_t> endpoint)
    : fabric_(&fabric), endpoint_(endpoint) {
  index_links_up();
  index_trees();
}

void TreePaths::index_links_up() {
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

void TreePaths::index_trees() {
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

void TreePaths::index_links_down(const std::vector<Cover>& covers) {
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

TreePaths::Endpoints TreePaths::at_hand(const Cover& cover) {
  if (cover.empty()) return {};
  const Interval hull{cover.front().first, cover.back().second};
  if (cover.size() == 1) return {hull, -1};
  many_.push_back(cover);
  return {hull, static_cast<std::int32_t>(many_.size() - 1)};
}

bool TreePaths::contains(const Endpoints& set, std::int32_t endpoint) const {
  if (endpoint < set.hull.first || endpoint >= set.hull.second) return false;
  if (set.many < 0) return true;
  const Cover& cover = many_[at(set.many)];
  const auto after = std::ranges::upper_bound(cover, endpoint, {}, &Interval::first);
  return endpoint < std::prev(after)->second;
}

std::span<const TreePaths::Up> TreePaths::links_up(VertexIndex v) const {
  return {up_.data() + up_begin_[at(v)], up_.data() + up_begin_[at(v) + 1]};
}

std::span<const TreePaths::Below> TreePaths::links_down(VertexIndex v, std::int32_t dst) const {
  const std::span downs{down_.data() + down_begin_[at(v)], down_.data() + down_begin_[at(v) + 1]};
  // Children that stand above the destination: equal intervals lie next to each other.
  auto last = std::ranges::upper_bound(downs, dst, {}, &Below::first);
  auto first = last;
  while (first != downs.begin() && std::prev(first)->last > dst) --first;
  return {first, last};
}

bool TreePaths::climb(VertexIndex v, std::uint64_t key, Walk& walk) const {
  if (contains(below_[at(v)], walk.dst)) return descend(v, walk);

  // Within a scale-up domain by its switch, which leads nowhere else.
  const auto ups = links_up(v);
  for (const Up& up : ups) {
    if (!up.scale_up || !contains(below_[at(up.head)], walk.dst) || !walk.take(up.link)) continue;
    if (descend(up.head, walk)) return true;
    walk.untake();
  }
  const auto n_choices = static_cast<std::size_t>(std::ranges::count(ups, false, &Up::scale_up));
  if (n_choices == 0) return false;
  const auto choice = [&](std::size_t wanted) -> const Up& {
    if (n_choices == ups.size()) return ups[wanted];
    return *std::ranges::find_if(ups, [&](const Up& u) { return !u.scale_up && wanted-- == 0; });
  };
  const auto leads_on = [&](const Up& up) { return contains(in_reach_[at(up.head)], walk.dst); };
  const std::size_t preferred = walk.search.preferred(v, key, n_choices, [&](std::size_t i) {
    const Up& up = choice(i);
    return leads_on(up) ? up.link : -1;
  });
  // The preferred one first, then those after it in turn.
  for (std::size_t offset = 0; offset < n_choices; ++offset) {
    const Up& up = choice((preferred + offset) % n_choices);
    if (!leads_on(up) || !walk.take(up.link)) continue;
    if (climb(up.head, key / n_choices, walk)) return true;
    walk.untake();
  }
  return false;
}

bool TreePaths::descend(VertexIndex v, Walk& walk) const {
  if (endpoint_[at(v)] == walk.dst) return true;
  const auto downs = links_down(v, walk.dst);
  if (downs.empty()) return false;
  const std::size_t preferred = walk.search.preferred(v, walk.search.key, downs.size(),
                                                      [&](std::size_t i) { return downs[i].link; });
  for (std::size_t offset = 0; offset < downs.size(); ++offset) {
    const Below& below = downs[(preferred + offset) % downs.size()];
    if (!walk.take(below.link)) continue;
    if (descend(below.head, walk)) return true;
    walk.untake();
  }
  return false;
}

bool TreePaths::climb_all(VertexIndex v, const PathSearch& search, std::int32_t dst,
                          Spray& spray) const {
  if (contains(below_[at(v)], dst)) return descend_all(v, search, dst, spray);
  const auto ups = links_up(v);
  const bool by_scale_up = spray.fork(ups.size(), [&](std::size_t i) {
    const Up& up = ups[i];
    return up.scale_up && contains(below_[at(up.head)], dst) && search.is_alive(up.link) &&
           spray.follow(up.link, [&] { return descend_all(up.head, search, dst, spray); });
  });
  return by_scale_up || spray.fork(ups.size(), [&](std::size_t i) {
    const Up& up = ups[i];
    return !up.scale_up && contains(in_reach_[at(up.head)], dst) && search.is_alive(up.link) &&
           spray.follow(up.link, [&] { return climb_all(up.head, search, dst, spray); });
  });
}

bool TreePaths::descend_all(VertexIndex v, const PathSearch& search, std::int32_t dst,
                            Spray& spray) const {
  if (endpoint_[at(v)] == dst) return spray.arrive();
  const auto downs = links_down(v, dst);
  return spray.fork(downs.size(), [&](std::size_t i) {
    return search.is_alive(downs[i].link) && spray.follow(downs[i].link, [&] {
      return descend_all(downs[i].head, search, dst, spray);
    });
  });
}

bool TreePaths::find(const PathSearch& search, std::vector<LinkIndex>& links) const {
  Walk walk{search, links, endpoint_[at(search.dst)]};
  return climb(search.src, search.key, walk);
}

bool TreePaths::find_all(const PathSearch& search, Spray& spray) const {
  return climb_all(search.src, search, endpoint_[at(search.dst)], spray);
}

}  // namespace longhaul::fabric
