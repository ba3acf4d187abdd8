#include "fabric/router_tree.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

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
  index_links();
  index_trees();
}

bool TreePaths::is_up(const Link& link) const {
  return fabric_->vertices[at(link.dst)].level >= fabric_->vertices[at(link.src)].level;
}

void TreePaths::index_links() {
  stations_.resize(fabric_->vertices.size() + 1);
  for (const Link& link : fabric_->links) {
    Station& next = stations_[at(link.src) + 1];
    ++(is_up(link) ? next.up_begin : next.down_begin);
  }
  for (std::size_t v = 1; v < stations_.size(); ++v) {
    stations_[v].up_begin += stations_[v - 1].up_begin;
    stations_[v].down_begin += stations_[v - 1].down_begin;
  }
  up_.resize(at(stations_.back().up_begin));
  down_.resize(at(stations_.back().down_begin));
  std::vector<std::int32_t> n_ups(stations_.size()), n_downs(stations_.size());
  for (std::size_t i = 0; i < fabric_->links.size(); ++i) {
    const Link& link = fabric_->links[i];
    Station& station = stations_[at(link.src)];
    const On on{static_cast<LinkIndex>(i), link.dst};
    if (!is_up(link)) {
      down_[at(station.down_begin + n_downs[at(link.src)]++)] = on;
      continue;
    }
    const bool scale_up = link.kind == LinkKind::ScaleUp;
    up_[at(station.up_begin + n_ups[at(link.src)]++)] = {on, scale_up};
    station.n_by_scale_up += scale_up ? 1 : 0;
  }
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
  std::map<Cover, std::int32_t> with_gaps;
  for (std::size_t v = 0; v < n; ++v) stations_[v].below = at_hand(covers[v], with_gaps);

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
  for (const Cover* set : sets) reaches.push_back(at_hand(*set, with_gaps));
  for (std::size_t v = 0; v < n; ++v) stations_[v].in_reach = reaches[at(set_of[v])];

  index_children(covers);
}

void TreePaths::index_children(const std::vector<Cover>& covers) {
  std::map<std::vector<Endpoints>, std::int32_t> known;
  for (std::size_t v = 0; v < covers.size(); ++v) {
    const std::span downs{down_.data() + stations_[v].down_begin,
                          down_.data() + stations_[v + 1].down_begin};
    std::vector<Endpoints> below;
    for (const On& down : downs) below.push_back(stations_[at(down.head)].below);
    const auto [entry, is_new] =
        known.emplace(std::move(below), static_cast<std::int32_t>(children_.size()));
    if (is_new) children_.push_back(children_of(downs, covers));
    stations_[v].children = entry->second;
  }
}

TreePaths::Children TreePaths::children_of(std::span<const On> downs,
                                           const std::vector<Cover>& covers) const {
  Children children;
  auto& below = children.below;
  for (std::size_t child = 0; child < downs.size(); ++child)
    for (const auto& [first, last] : covers[at(downs[child].head)])
      below.push_back({first, last, static_cast<std::int32_t>(child)});
  std::ranges::stable_sort(below, {}, &Below::first);
  if (below.size() < 2) return children;
  const auto pitch = below[1].first - below[0].first;
  const auto is_uneven = [pitch](const Below& a, const Below& b) {
    return b.first - a.first != pitch || b.first < a.last;
  };
  if (std::ranges::adjacent_find(below, is_uneven) == below.end()) children.pitch = pitch;
  return children;
}

/// Where they are even, without a search: far apart in memory, its steps cost more than all else.
std::span<const TreePaths::Below> TreePaths::Children::above(std::int32_t endpoint) const {
  if (below.empty() || endpoint < below.front().first) return {};
  if (pitch > 0) {
    const auto i = static_cast<std::size_t>((endpoint - below.front().first) / pitch);
    if (i >= below.size() || endpoint >= below[i].last) return {};
    return {&below[i], 1};
  }
  const auto after = std::ranges::upper_bound(below, endpoint, {}, &Below::first);
  auto first = after;  // equal intervals lie next to each other
  while (first != below.begin() && std::prev(first)->last > endpoint) --first;
  return {first, after};
}

bool TreePaths::Children::overlap() const {
  const auto next_begins_within = [](const Below& a, const Below& b) { return b.first < a.last; };
  return std::ranges::adjacent_find(below, next_begins_within) != below.end();
}

LinkChoices TreePaths::choices() const {
  LinkChoices choices;
  choices.place.assign(fabric_->links.size(), -1);
  choices.position.assign(fabric_->links.size(), -1);
  for (std::size_t v = 0; v + 1 < stations_.size(); ++v) {
    const auto ups = links_up(static_cast<VertexIndex>(v));
    const auto n_ups = static_cast<std::int32_t>(ups.size()) - stations_[v].n_by_scale_up;
    if (n_ups > 1) {
      std::int32_t position = 0;
      for (const Up& up : ups) {
        if (up.scale_up) continue;
        choices.place[at(up.link)] = static_cast<std::int32_t>(choices.size.size());
        choices.position[at(up.link)] = position++;
      }
      choices.size.push_back(n_ups);
    }
    if (!children_[at(stations_[v].children)].overlap()) continue;
    for (auto i = stations_[v].down_begin; i < stations_[v + 1].down_begin; ++i)
      choices.place[at(down_[at(i)].link)] = static_cast<std::int32_t>(choices.size.size());
    choices.size.push_back(0);
  }
  return choices;
}

TreePaths::Endpoints TreePaths::at_hand(const Cover& cover, std::map<Cover, std::int32_t>& known) {
  if (cover.empty()) return {};
  const Interval hull{cover.front().first, cover.back().second};
  if (cover.size() == 1) return {hull, -1};
  const auto [entry, is_new] = known.emplace(cover, static_cast<std::int32_t>(many_.size()));
  if (is_new) many_.push_back(cover);
  return {hull, entry->second};
}

bool TreePaths::contains(const Endpoints& set, std::int32_t endpoint) const {
  if (endpoint < set.hull.first || endpoint >= set.hull.second) return false;
  if (set.many < 0) return true;
  const Cover& cover = many_[at(set.many)];
  const auto after = std::ranges::upper_bound(cover, endpoint, {}, &Interval::first);
  return endpoint < std::prev(after)->second;
}

std::span<const TreePaths::Up> TreePaths::links_up(VertexIndex v) const {
  return {up_.data() + stations_[at(v)].up_begin, up_.data() + stations_[at(v) + 1].up_begin};
}

TreePaths::Downs TreePaths::links_down(VertexIndex v, std::int32_t dst) const {
  const Station& station = stations_[at(v)];
  return {children_[at(station.children)].above(dst), down_.data() + station.down_begin};
}

bool TreePaths::climb(VertexIndex v, std::uint64_t key, Walk& walk) const {
  if (contains(stations_[at(v)].below, walk.dst)) return descend(v, walk);

  // Within a scale-up domain by its switch, which leads nowhere else.
  const auto ups = links_up(v);
  const auto n_by_scale_up = at(stations_[at(v)].n_by_scale_up);
  for (std::size_t i = 0; n_by_scale_up > 0 && i < ups.size(); ++i) {
    const Up& up = ups[i];
    if (!up.scale_up || !contains(stations_[at(up.head)].below, walk.dst) || !walk.take(up.link))
      continue;
    if (descend(up.head, walk)) return true;
    walk.untake();
  }
  const auto n_choices = ups.size() - n_by_scale_up;
  if (n_choices == 0) return false;
  const auto choice = [&](std::size_t wanted) -> const Up& {
    if (n_choices == ups.size()) return ups[wanted];
    return *std::ranges::find_if(ups, [&](const Up& u) { return !u.scale_up && wanted-- == 0; });
  };
  const auto leads_on = [&](const Up& up) {
    return contains(stations_[at(up.head)].in_reach, walk.dst);
  };
  const auto ways =
      v == walk.search.src ? walk.search.by_port(n_choices) : PathSearch::Ways{0, n_choices};
  const std::size_t preferred =
      ways.begin + walk.search.preferred(v, key, ways.size, [&](std::size_t i) {
        const Up& up = choice(ways.begin + i);
        return leads_on(up) ? up.link : -1;
      });
  // The preferred one first, then those after it in turn.
  for (std::size_t offset = 0; offset < n_choices; ++offset) {
    const Up& up = choice((preferred + offset) % n_choices);
    if (!leads_on(up) || !walk.take(up.link)) continue;
    if (climb(up.head, key / ways.size, walk)) return true;
    walk.untake();
  }
  return false;
}

bool TreePaths::descend(VertexIndex v, Walk& walk) const {
  if (v == walk.search.dst) return true;
  const auto downs = links_down(v, walk.dst);
  if (downs.empty()) return false;
  const auto link_of = [&](std::size_t i) { return downs[i].link; };
  const std::size_t preferred =
      downs.size() == 1
          ? 0
          : walk.search.preferred(v, walk.search.key + walk.search.port, downs.size(), link_of);
  for (std::size_t offset = 0; offset < downs.size(); ++offset) {
    const On& down = downs[(preferred + offset) % downs.size()];
    if (!walk.take(down.link)) continue;
    if (descend(down.head, walk)) return true;
    walk.untake();
  }
  return false;
}

bool TreePaths::climb_all(VertexIndex v, const PathSearch& search, std::int32_t dst,
                          Spray& spray) const {
  if (contains(stations_[at(v)].below, dst)) return descend_all(v, search, dst, spray);
  const auto ups = links_up(v);
  const bool by_scale_up = spray.fork(ups.size(), [&](std::size_t i) {
    const Up& up = ups[i];
    return up.scale_up && contains(stations_[at(up.head)].below, dst) && search.is_alive(up.link) &&
           spray.follow(up.link, [&] { return descend_all(up.head, search, dst, spray); });
  });
  return by_scale_up || spray.fork(ups.size(), [&](std::size_t i) {
    const Up& up = ups[i];
    return !up.scale_up && contains(stations_[at(up.head)].in_reach, dst) &&
           search.is_alive(up.link) &&
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

Sides TreePaths::sides() const {
  std::map<std::tuple<VertexKind, std::int8_t, Endpoints>, std::int32_t> known;
  Sides sides;
  for (std::size_t v = 0; v < fabric_->vertices.size(); ++v) {
    const Endpoints& below = stations_[v].below;
    const auto& [kind, level, ordinal] = fabric_->vertices[v];
    const auto number = static_cast<std::int32_t>(known.size());
    const auto [side, is_new] = known.try_emplace({kind, level, below}, number);
    sides.of.push_back(side->second);
    if (is_new) sides.below.push_back(below.many < 0 ? Cover{below.hull} : many_[at(below.many)]);
  }
  return sides;
}

}  // namespace longhaul::fabric
