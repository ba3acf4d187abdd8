#include "fabric/router_minimal.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace longhaul::fabric {
namespace {

constexpr auto far = std::numeric_limits<std::uint16_t>::max();
// Of all tables together: all of them up to 8,000 destinations of as many vertices.
constexpr std::size_t most_table_bytes = std::size_t{128} << 20U;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<char> passing_vertices(const Fabric& fabric) {
  std::vector<char> passes = gpus_that_route(fabric);
  for (std::size_t v = passes.size(); v < fabric.vertices.size(); ++v) {
    const VertexKind kind = fabric.vertices[v].kind;
    passes.push_back(static_cast<char>(is_switch(kind) || kind == VertexKind::WanLine ||
                                       kind == VertexKind::Internet));
  }
  return passes;
}

MinimalPaths::MinimalPaths(const Fabric& fabric, std::shared_ptr<const LinksOut> links_out)
    : fabric_(&fabric),
      out_(std::move(links_out)),
      passes_(passing_vertices(fabric)),
      number_(fabric.vertices.size(), -1) {
  for (VertexIndex v = 0; v < std::ssize(fabric.vertices); ++v) {
    const VertexKind kind = fabric.vertices[at(v)].kind;
    // A gateway stands between its own store and all others.
    if (passes(v) || kind == VertexKind::StorageGateway)
      number_[at(v)] = static_cast<std::int32_t>(n_numbered_++);
    if (!passes(v)) continue;
    // Where traffic enters: GPUs that are routers, and switches with GPUs.
    if (kind == VertexKind::Gpu || std::ranges::any_of(out_->of(v), [&](LinkIndex link) {
          const VertexIndex head = fabric.links[at(link)].dst;
          return fabric.vertices[at(head)].kind == VertexKind::Gpu && !passes(head);
        })) {
      const std::size_t island =
          fabric.islands.empty() ? 0 : static_cast<std::size_t>(fabric.islands[at(v)]);
      if (between_.size() <= island) between_.resize(island + 1);
      between_[island].push_back(v);
    }
  }
}

void MinimalPaths::forget_distances() {
  tables_.clear();
  oldest_.clear();
}

/// The switch that the destination hangs below, or itself.
VertexIndex MinimalPaths::table_of(VertexIndex dst, const PathSearch& search) const {
  if (passes(dst)) return dst;
  VertexIndex above = -1;
  for (const LinkIndex link : out_->of(dst)) {
    const VertexIndex head = fabric_->links[at(link)].dst;
    if (!passes(head) || !search.is_alive(reverse(link)) || head == above) continue;
    if (above >= 0) return dst;
    above = head;
  }
  return above >= 0 ? above : dst;
}

MinimalPaths::Distances MinimalPaths::measure(VertexIndex target, const PathSearch& search) const {
  Distances distances(n_numbered_, far);
  if (passes(target)) distances[at(number_[at(target)])] = 0;
  std::vector<VertexIndex> reached{target};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::int32_t number = number_[at(reached[i])];
    const int next = number >= 0 ? distances[at(number)] + 1 : 1;
    for (const LinkIndex link : out_->of(reached[i])) {
      const VertexIndex neighbour = fabric_->links[at(link)].dst;
      const bool of_store = kind_of(reached[i]) == VertexKind::Storage;
      if (!(passes(neighbour) || of_store) || !may_pass(neighbour, target, search) ||
          !search.is_alive(reverse(link)))
        continue;
      std::uint16_t& distance = distances[at(number_[at(neighbour)])];
      if (distance != far) continue;
      distance = static_cast<std::uint16_t>(std::min<int>(next, far - 1));
      reached.push_back(neighbour);
    }
  }
  return distances;
}

const MinimalPaths::Distances& MinimalPaths::distances_to(VertexIndex dst,
                                                          const PathSearch& search) {
  const VertexIndex target = table_of(dst, search);
  const std::int64_t key = 2 * std::int64_t{target} + static_cast<std::int64_t>(search.stays);
  const auto known = tables_.find(key);
  if (known != tables_.end()) return known->second;
  // At least two are kept: a detour needs one for each half of its way.
  const std::size_t most = std::max<std::size_t>(
      2, most_table_bytes / std::max<std::size_t>(1, n_numbered_ * sizeof(std::uint16_t)));
  if (tables_.size() >= most) {
    tables_.erase(oldest_.front());
    oldest_.pop_front();
  }
  oldest_.push_back(key);
  return tables_.emplace(key, measure(target, search)).first->second;
}

/// The living links to the neighbours that are nearest to the destination.
void MinimalPaths::next_hops(VertexIndex v, VertexIndex dst, const Distances& distances,
                             const PathSearch& search, std::vector<LinkIndex>& next) const {
  next.clear();
  int nearest = far;
  for (const LinkIndex link : out_->of(v)) {
    const Link& out = fabric_->links[at(link)];
    if (out.kind == LinkKind::ScaleUp || !search.is_alive(link)) continue;
    int distance = far;
    if (out.dst == dst)
      distance = -1;
    else if (kind_of(v) == VertexKind::Storage)
      distance = far - 1;  // its gateway, wherever that leads
    else if (may_pass(out.dst, dst, search))
      distance = distances[at(number_[at(out.dst)])];
    if (distance == far || distance > nearest) continue;
    if (distance < nearest) next.clear();
    nearest = distance;
    next.push_back(link);
  }
}

/// Over the switch of the node that both are in.
bool MinimalPaths::in_node(const PathSearch& search, std::vector<LinkIndex>& links) const {
  for (const LinkIndex up : out_->of(search.src)) {
    if (fabric_->links[at(up)].kind != LinkKind::ScaleUp || !search.is_alive(up)) continue;
    for (const LinkIndex down : out_->of(fabric_->links[at(up)].dst)) {
      if (fabric_->links[at(down)].dst != search.dst || !search.is_alive(down)) continue;
      links.insert(links.end(), {up, down});
      return true;
    }
  }
  return false;
}

bool MinimalPaths::go(VertexIndex src, VertexIndex dst, const PathSearch& search,
                      std::vector<LinkIndex>& links) {
  const Distances& distances = distances_to(dst, search);
  const std::size_t links_before = links.size();
  std::uint64_t key = search.key;
  for (VertexIndex v = src; v != dst;) {
    next_hops(v, dst, distances, search, next_);
    if (next_.empty()) {
      links.resize(links_before);
      return false;
    }
    const auto ways = kind_of(v) == VertexKind::Gpu ? search.by_port(next_.size())
                                                    : PathSearch::Ways{0, next_.size()};
    const std::span<const LinkIndex> next(next_.data() + ways.begin, ways.size);
    links.push_back(
        next[search.preferred(v, key, next.size(), [&](std::size_t i) { return next[i]; })]);
    key /= next.size();
    v = fabric_->links[at(links.back())].dst;
  }
  return true;
}

/// [Valiant, SIAM J. Comput. 11(2), 1982]
bool MinimalPaths::go_by_another(const PathSearch& search, std::vector<LinkIndex>& links) {
  constexpr std::uint64_t attempts = 16;                         // some of them may be cut off
  if (!fabric_->islands.empty() && !search.stays) return false;  // a campus has no detours
  const auto island =
      search.stays ? static_cast<std::size_t>(fabric_->islands[at(search.src)]) : std::size_t{0};
  if (between_.size() <= island) return false;
  const std::vector<VertexIndex>& between = between_[island];
  const VertexIndex above_src = table_of(search.src, search);
  const VertexIndex above_dst = table_of(search.dst, search);
  for (std::uint64_t attempt = 0; attempt < attempts; ++attempt) {
    const VertexIndex middle = between[mixed(search.hash + attempt) % between.size()];
    if (middle == above_src || middle == above_dst) continue;  // no detour
    const std::size_t links_before = links.size();
    if (go(search.src, middle, search, links) && go(middle, search.dst, search, links)) return true;
    links.resize(links_before);
  }
  return false;
}

/// The link by which a path leaves the first vertex that passes traffic on.
LinkIndex MinimalPaths::leaves_by(std::span<const LinkIndex> links) const {
  const auto leaving = std::ranges::find_if(
      links, [this](LinkIndex link) { return passes(fabric_->links[at(link)].src); });
  return leaving == links.end() ? links.front() : *leaving;
}

bool MinimalPaths::find(const PathSearch& search, std::vector<LinkIndex>& links) {
  if (in_node(search, links)) return true;
  if (search.choice == PathChoice::Valiant && go_by_another(search, links)) return true;
  if (search.choice != PathChoice::Ugal) return go(search.src, search.dst, search, links);

  // [Singh, thesis, Stanford, 2005]: queues times hops, of what the source can see.
  std::vector<LinkIndex> minimal, detour;
  if (!go(search.src, search.dst, search, minimal)) return false;
  PathSearch hashed = search;
  hashed.choice = PathChoice::Valiant;
  const auto cost = [&](const std::vector<LinkIndex>& way) {
    return search.flows_on(leaves_by(way)) * std::ssize(way);
  };
  const bool detours = go_by_another(hashed, detour) && cost(detour) < cost(minimal);
  const std::vector<LinkIndex>& taken = detours ? detour : minimal;
  links.insert(links.end(), taken.begin(), taken.end());
  return true;
}

bool MinimalPaths::find_all_from(VertexIndex v, const Distances& distances,
                                 const PathSearch& search, Spray& spray) const {
  if (v == search.dst) return spray.arrive();
  std::vector<LinkIndex> next;
  next_hops(v, search.dst, distances, search, next);
  return spray.fork(next.size(), [&](std::size_t i) {
    return spray.follow(next[i], [&] {
      return find_all_from(fabric_->links[at(next[i])].dst, distances, search, spray);
    });
  });
}

bool MinimalPaths::find_all(const PathSearch& search, Spray& spray) {
  std::vector<LinkIndex> links;
  if (in_node(search, links)) return spray.follow(links, [&] { return spray.arrive(); });
  return find_all_from(search.src, distances_to(search.dst, search), search, spray);
}

}  // namespace longhaul::fabric
