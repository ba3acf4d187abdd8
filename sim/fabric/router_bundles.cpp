#include "fabric/router_bundles.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace longhaul::fabric {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The links between two sides.
struct Bundle {
  std::int32_t from = 0;
  std::int32_t to = 0;
  std::vector<LinkIndex> links;  // ascending
};

std::vector<Bundle> bundles_of(const Fabric& fabric, const Sides& sides) {
  std::vector<std::tuple<std::int32_t, std::int32_t, LinkIndex>> links;
  for (std::size_t i = 0; i < fabric.links.size(); ++i) {
    const Link& link = fabric.links[i];
    if (link.kind == LinkKind::ScaleUp) continue;
    links.emplace_back(sides.of[at(link.src)], sides.of[at(link.dst)], static_cast<LinkIndex>(i));
  }
  std::ranges::sort(links);
  std::vector<Bundle> bundles;
  for (const auto& [from, to, link] : links) {
    if (bundles.empty() || bundles.back().from != from || bundles.back().to != to)
      bundles.push_back({from, to, {}});
    bundles.back().links.push_back(link);
  }
  return bundles;
}

/// Whether each of the side's vertices is the end of as many of the links.
bool shared_evenly(const Fabric& fabric, const std::vector<LinkIndex>& links,
                   VertexIndex Link::*end, std::int64_t n_of_side,
                   std::vector<std::int64_t>& n_links) {
  for (const LinkIndex link : links) n_links[at(fabric.links[at(link)].*end)] = 0;
  for (const LinkIndex link : links) ++n_links[at(fabric.links[at(link)].*end)];
  return std::ranges::all_of(links, [&](LinkIndex link) {
    return n_links[at(fabric.links[at(link)].*end)] * n_of_side == std::ssize(links);
  });
}

bool are_alike(const Fabric& fabric, const std::vector<LinkIndex>& links) {
  const Link& first = fabric.links[at(links.front())];
  return std::ranges::all_of(links, [&](LinkIndex link) {
    const Link& it = fabric.links[at(link)];
    return it.bandwidth == first.bandwidth && it.latency == first.latency;
  });
}

std::int64_t size(const Intervals& intervals) {
  std::int64_t n = 0;
  for (const auto& [first, last] : intervals) n += last - first;
  return n;
}

/// Whether these sides have no endpoint in common but `n_common`, which stand below each.
bool are_apart(const Sides& sides, const std::vector<std::int32_t>& those, std::int64_t n_common) {
  if (those.size() < 2) return true;
  Intervals all;
  std::int64_t n_apart = n_common;
  for (const std::int32_t side : those) {
    const Intervals& below = sides.below[at(side)];
    all.insert(all.end(), below.begin(), below.end());
    n_apart += size(below) - n_common;
  }
  std::ranges::sort(all);
  std::int64_t n_together = 0;
  std::int32_t end = 0;
  for (const auto& [first, last] : all) {
    n_together += std::max(0, last - std::max(first, end));
    end = std::max(end, last);
  }
  return n_together == n_apart;
}

/// Whether the ways on to any endpoint all lead to one side: those below a side have none in
/// common, and those above only what stands below it, and there is nothing above where there are
/// several.
bool ways_stay_together(const Fabric& fabric, const Sides& sides,
                        const std::vector<Bundle>& bundles) {
  struct Next {
    std::vector<std::int32_t> above, below;
  };
  std::vector<Next> next(sides.below.size());
  for (const Bundle& bundle : bundles) {
    const Link& link = fabric.links[at(bundle.links.front())];
    const bool up = fabric.vertices[at(link.dst)].level > fabric.vertices[at(link.src)].level;
    (up ? next[at(bundle.from)].above : next[at(bundle.from)].below).push_back(bundle.to);
  }
  for (std::size_t side = 0; side < next.size(); ++side) {
    const auto& [above, below] = next[side];
    const bool ends_above =
        std::ranges::all_of(above, [&](std::int32_t top) { return next[at(top)].above.empty(); });
    if (!are_apart(sides, below, 0) || !are_apart(sides, above, size(sides.below[side])) ||
        (above.size() > 1 && !ends_above))
      return false;
  }
  return true;
}

}  // namespace

std::vector<LinkIndex> even_bundles(const Fabric& fabric, const Sides& sides) {
  const std::vector<Bundle> bundles = bundles_of(fabric, sides);
  if (!ways_stay_together(fabric, sides, bundles)) return {};
  std::vector<std::int64_t> n_of_side(sides.below.size());
  for (const std::int32_t side : sides.of) ++n_of_side[at(side)];
  std::vector<std::int64_t> n_links(sides.of.size());
  std::vector<LinkIndex> first(fabric.links.size());
  std::iota(first.begin(), first.end(), 0);
  for (const auto& [from, to, links] : bundles) {
    if (!are_alike(fabric, links) ||
        !shared_evenly(fabric, links, &Link::src, n_of_side[at(from)], n_links) ||
        !shared_evenly(fabric, links, &Link::dst, n_of_side[at(to)], n_links))
      return {};
    for (const LinkIndex link : links) first[at(link)] = links.front();
  }
  return first;
}

}  // namespace longhaul::fabric
