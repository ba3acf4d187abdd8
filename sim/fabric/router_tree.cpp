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

std::vector<std::int32_t> endpoint_numbers(const Fabric& fabric) {
  std::vector<std::int32_t> number;
  number.reserve(fabric.vertices.size());
  std::int32_t next = 0;
  for (const Vertex& vertex : fabric.vertices) number.push_back(vertex.level == 0 ? next++ : -1);
  return number;
}

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
  stations_.resize(fabric_->vertices.size());
  const LinksOut links_out(*fabric_);
  std::vector<On> up, by_scale_up, down;
  for (std::size_t v = 0; v < stations_.size(); ++v) {
    up.clear();
    by_scale_up.clear();
    down.clear();
    for (const LinkIndex i : links_out.of(static_cast<VertexIndex>(v))) {
      const Link& link = fabric_->links[at(i)];
      const bool scale_up = link.kind == LinkKind::ScaleUp;
      (!is_up(link) ? down : scale_up ? by_scale_up : up).push_back({i, link.dst});
    }
    stations_[v].up = fan_of(up);
    stations_[v].by_scale_up = fan_of(by_scale_up);
    stations_[v].down = fan_of(down);
  }
}

TreePaths::Fan TreePaths::fan_of(std::span<const On> links) {
  Fan fan;
  fan.size = static_cast<std::uint32_t>(links.size()) & 0x7fffffffU;
  fan.is_even = 1;
  if (links.empty()) return fan;
  fan.first = links[0];
  if (links.size() > 1) fan.step = {links[1].link - links[0].link, links[1].head - links[0].head};
  for (std::size_t i = 0; i < links.size() && fan.is_even != 0; ++i)
    if (on(fan, i) != links[i]) fan.is_even = 0;
  if (fan.is_even != 0) return fan;
  fan.first.link = static_cast<LinkIndex>(on_.size());
  on_.insert(on_.end(), links.begin(), links.end());
  return fan;
}

template <class Each>
void TreePaths::for_each_above(VertexIndex vertex, Each each) const {
  const Station& station = stations_[at(vertex)];
  for (const Fan& fan : {station.by_scale_up, station.up})
    for (std::size_t i = 0; i < fan.size; ++i) each(on(fan, i).head);
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
    for_each_above(v, [&](VertexIndex above) {
      covers[at(above)].insert(covers[at(above)].end(), covers[at(v)].begin(), covers[at(v)].end());
    });
  }
  std::map<Cover, std::int32_t> with_gaps;
  for (std::size_t v = 0; v < n; ++v) stations_[v].below = at_hand(covers[v], with_gaps);

  // What climbing from a vertex can lead to: most vertices share a few such sets.
  std::map<Cover, std::int32_t> known;
  std::vector<const Cover*> sets;
  std::vector<std::int32_t> set_of(n);
  for (auto v = by_level.rbegin(); v != by_level.rend(); ++v) {  // NOLINT(modernize-loop-convert)
    std::vector<std::int32_t> above;
    for_each_above(*v, [&](VertexIndex head) { above.push_back(set_of[at(head)]); });
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
  for (Station& station : stations_) {
    std::vector<Endpoints> below;
    for (std::size_t i = 0; i < station.down.size; ++i)
      below.push_back(stations_[at(on(station.down, i).head)].below);
    const auto [entry, is_new] =
        known.emplace(std::move(below), static_cast<std::int32_t>(children_.size()));
    if (is_new) children_.push_back(children_of(station.down, covers));
    station.children = entry->second;
  }
}

TreePaths::Children TreePaths::children_of(const Fan& down,
                                           const std::vector<Cover>& covers) const {
  Children children;
  auto& below = children.below;
  for (std::size_t child = 0; child < down.size; ++child)
    for (const auto& [first, last] : covers[at(on(down, child).head)])
      below.push_back({first, last, static_cast<std::int32_t>(child)});
  std::ranges::stable_sort(below, {}, &Below::first);
  if (below.empty()) return children;
  children.first = below[0].first;
  if (below.size() < 2) return children;
  const auto pitch = below[1].first - below[0].first;
  const auto is_uneven = [pitch](const Below& a, const Below& b) {
    return b.first - a.first != pitch || b.first < a.last;
  };
  if (std::ranges::adjacent_find(below, is_uneven) != below.end()) return children;
  children.pitch = pitch;
  const auto width = below[0].last - below[0].first;
  for (std::size_t i = 0; i < below.size(); ++i)
    if (at(below[i].child) != i || below[i].last - below[i].first != width) return children;
  children.width = width;
  return children;
}

/// Where they are even, without a search: far apart in memory, its steps cost more than all else.
TreePaths::Above TreePaths::Children::above(std::int32_t endpoint) const {
  if (below.empty() || endpoint < first) return {};
  if (pitch > 0) {
    const auto i = (endpoint - first) / pitch;
    if (at(i) >= below.size()) return {};
    if (width > 0) return endpoint - first - i * pitch < width ? Above(i) : Above();
    if (endpoint >= below[at(i)].last) return {};
    return Above(std::span(&below[at(i)], 1));
  }
  const auto after = std::ranges::upper_bound(below, endpoint, {}, &Below::first);
  auto from = after;  // equal intervals lie next to each other
  while (from != below.begin() && std::prev(from)->last > endpoint) --from;
  return Above(std::span(from, after));
}

bool TreePaths::Children::overlap() const {
  const auto next_begins_within = [](const Below& a, const Below& b) { return b.first < a.last; };
  return std::ranges::adjacent_find(below, next_begins_within) != below.end();
}

LinkChoices TreePaths::choices() const {
  LinkChoices choices;
  choices.place.assign(fabric_->links.size(), -1);
  choices.position.assign(fabric_->links.size(), -1);
  for (const Station& station : stations_) {
    if (station.up.size > 1) {
      for (std::size_t i = 0; i < station.up.size; ++i) {
        const LinkIndex link = on(station.up, i).link;
        choices.place[at(link)] = static_cast<std::int32_t>(choices.size.size());
        choices.position[at(link)] = static_cast<std::int32_t>(i);
      }
      choices.size.push_back(static_cast<std::int32_t>(station.up.size));
    }
    if (!children_[at(station.children)].overlap()) continue;
    for (std::size_t i = 0; i < station.down.size; ++i)
      choices.place[at(on(station.down, i).link)] = static_cast<std::int32_t>(choices.size.size());
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

/// Of one within the hull of such a set.
bool TreePaths::has_many(std::int32_t many, std::int32_t endpoint) const {
  const Cover& cover = many_[at(many)];
  const auto after = std::ranges::upper_bound(cover, endpoint, {}, &Interval::first);
  return endpoint < std::prev(after)->second;
}

bool TreePaths::climb(VertexIndex v, std::uint64_t key, Walk& walk) const {
  const Station& station = stations_[at(v)];
  if (contains(station.below, walk.dst)) return descend(v, walk);

  // Within a scale-up domain by its switch, which leads nowhere else.
  for (std::size_t i = 0; i < station.by_scale_up.size; ++i) {
    const On up = on(station.by_scale_up, i);
    if (!contains(stations_[at(up.head)].below, walk.dst) || !walk.take(up.link)) continue;
    if (descend(up.head, walk)) return true;
    walk.untake();
  }
  const std::size_t n_choices = station.up.size;
  if (n_choices == 0) return false;
  const auto leads_on = [&](const On& up) {
    return contains(stations_[at(up.head)].in_reach, walk.dst);
  };
  const auto ways =
      v == walk.search.src ? walk.search.by_port(n_choices) : PathSearch::Ways{0, n_choices};
  const std::size_t preferred =
      ways.begin + walk.search.preferred(v, key, ways.size, [&](std::size_t i) {
        const On up = on(station.up, ways.begin + i);
        return leads_on(up) ? up.link : -1;
      });
  // The preferred one first, then those after it in turn.
  for (std::size_t offset = 0; offset < n_choices; ++offset) {
    const On up = on(station.up, (preferred + offset) % n_choices);
    if (!leads_on(up) || !walk.take(up.link)) continue;
    if (climb(up.head, key / ways.size, walk)) return true;
    walk.untake();
  }
  return false;
}

bool TreePaths::descend(VertexIndex v, Walk& walk) const {
  if (v == walk.search.dst) return true;
  const Station& station = stations_[at(v)];
  const Above above = children_[at(station.children)].above(walk.dst);
  if (above.size() == 0) return false;
  // Down to the port by which it left, where there is a way to each.
  const auto ways = walk.search.by_port(above.size());
  const auto link_of = [&](std::size_t i) { return on(station.down, above[ways.begin + i]).link; };
  const std::size_t preferred =
      ways.begin +
      (ways.size == 1 ? 0 : walk.search.preferred(v, walk.search.key, ways.size, link_of));
  for (std::size_t offset = 0; offset < above.size(); ++offset) {
    const On down = on(station.down, above[(preferred + offset) % above.size()]);
    if (!walk.take(down.link)) continue;
    if (descend(down.head, walk)) return true;
    walk.untake();
  }
  return false;
}

bool TreePaths::climb_all(VertexIndex v, const PathSearch& search, std::int32_t dst,
                          Spray& spray) const {
  const Station& station = stations_[at(v)];
  if (contains(station.below, dst)) return descend_all(v, search, dst, spray);
  const bool by_scale_up = spray.fork(station.by_scale_up.size, [&](std::size_t i) {
    const On up = on(station.by_scale_up, i);
    return contains(stations_[at(up.head)].below, dst) && search.is_alive(up.link) &&
           spray.follow(up.link, [&] { return descend_all(up.head, search, dst, spray); });
  });
  return by_scale_up || spray.fork(station.up.size, [&](std::size_t i) {
    const On up = on(station.up, i);
    return contains(stations_[at(up.head)].in_reach, dst) && search.is_alive(up.link) &&
           spray.follow(up.link, [&] { return climb_all(up.head, search, dst, spray); });
  });
}

bool TreePaths::descend_all(VertexIndex v, const PathSearch& search, std::int32_t dst,
                            Spray& spray) const {
  if (endpoint_[at(v)] == dst) return spray.arrive();
  const Station& station = stations_[at(v)];
  const Above above = children_[at(station.children)].above(dst);
  return spray.fork(above.size(), [&](std::size_t i) {
    const On down = on(station.down, above[i]);
    return search.is_alive(down.link) &&
           spray.follow(down.link, [&] { return descend_all(down.head, search, dst, spray); });
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
