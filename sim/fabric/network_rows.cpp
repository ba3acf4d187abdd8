#include "fabric/network_rows.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>
#include <unordered_map>

#include "fabric/mixed.hpp"

namespace longhaul::fabric {

Rows make_rows(std::int64_t n_vertices, std::span<const ArcInto> arcs) {
  Rows rows;
  rows.begin.assign(static_cast<std::size_t>(n_vertices) + 1, 0);
  for (const ArcInto& one : arcs) ++rows.begin[static_cast<std::size_t>(one.into) + 1];
  for (std::size_t v = 1; v < rows.begin.size(); ++v) rows.begin[v] += rows.begin[v - 1];
  rows.arcs.resize(arcs.size());
  std::vector<std::size_t> next(rows.begin.begin(), rows.begin.end() - 1);
  for (const ArcInto& one : arcs) rows.arcs[next[static_cast<std::size_t>(one.into)]++] = one.arc;
  for (std::size_t v = 0; v + 1 < rows.begin.size(); ++v)
    std::sort(rows.arcs.begin() + static_cast<std::ptrdiff_t>(rows.begin[v]),
              rows.arcs.begin() + static_cast<std::ptrdiff_t>(rows.begin[v + 1]),
              [](const Arc& a, const Arc& b) {
                return std::tie(a.from, a.cables, a.bandwidth, a.back) <
                       std::tie(b.from, b.cables, b.bandwidth, b.back);
              });
  return rows;
}

Rows network_rows(const Fabric& fabric) {
  std::vector<ArcInto> arcs;
  arcs.reserve(fabric.links.size());
  for (LinkIndex l = 0; l < std::ssize(fabric.links); ++l) {
    const Link& link = fabric.links[static_cast<std::size_t>(l)];
    if (!in_network(link.kind)) continue;
    const BytesPerSecond back = fabric.links[static_cast<std::size_t>(reverse(l))].bandwidth;
    arcs.push_back(
        {link.dst,
         {link.src, static_cast<double>(link.cables), link.bandwidth.value(), back.value()}});
  }
  return make_rows(std::ssize(fabric.vertices), arcs);
}

Twins merge_twins(const Rows& rows, std::span<const std::uint64_t> labels) {
  Twins twins;
  const auto n = static_cast<std::int32_t>(rows.size());
  twins.merged.assign(static_cast<std::size_t>(n), -1);
  std::unordered_multimap<std::uint64_t, std::int32_t> sets;  // by hash
  sets.reserve(static_cast<std::size_t>(n));
  for (std::int32_t v = 0; v < n; ++v) {
    const auto row = rows.into(v);
    const std::uint64_t label = labels[static_cast<std::size_t>(v)];
    std::uint64_t hash = mixed(0, label);
    for (const Arc& arc : row)
      hash = mixed(mixed(hash, static_cast<std::uint64_t>(arc.from)),
                   std::bit_cast<std::uint64_t>(arc.bandwidth));
    const auto [from, to] = sets.equal_range(hash);
    const auto same = std::find_if(from, to, [&](const auto& entry) {
      const std::int32_t other = twins.first[static_cast<std::size_t>(entry.second)];
      return labels[static_cast<std::size_t>(other)] == label &&
             std::ranges::equal(rows.into(other), row);
    });
    if (same != to) {
      twins.merged[static_cast<std::size_t>(v)] = same->second;
      ++twins.count[static_cast<std::size_t>(same->second)];
      continue;
    }
    const auto set = static_cast<std::int32_t>(twins.first.size());
    twins.merged[static_cast<std::size_t>(v)] = set;
    twins.first.push_back(v);
    twins.count.push_back(1);
    sets.emplace(hash, set);
  }
  // Arcs from the first of a set stand for those from its twins.
  std::vector<ArcInto> arcs;
  for (std::int32_t set = 0; set < std::ssize(twins.first); ++set)
    for (const Arc& arc : rows.into(twins.first[static_cast<std::size_t>(set)])) {
      const std::int32_t from = twins.merged[static_cast<std::size_t>(arc.from)];
      if (twins.first[static_cast<std::size_t>(from)] == arc.from)
        arcs.push_back({set, {from, arc.cables, arc.bandwidth, arc.back}});
    }
  twins.rows = make_rows(std::ssize(twins.first), arcs);
  return twins;
}

Twins merge_sets(const Rows& rows, std::span<const std::int32_t> set_of) {
  Twins sets;
  sets.merged.assign(set_of.begin(), set_of.end());
  for (std::int32_t v = 0; v < std::ssize(set_of); ++v) {
    const auto set = static_cast<std::size_t>(set_of[static_cast<std::size_t>(v)]);
    if (set == sets.first.size()) {
      sets.first.push_back(v);
      sets.count.push_back(0);
    }
    ++sets.count[set];
  }
  // What one vertex takes from all of another set, over how many those are.
  std::vector<ArcInto> arcs;
  std::map<std::int32_t, Arc> sums;
  for (std::int32_t set = 0; set < std::ssize(sets.first); ++set) {
    sums.clear();
    for (const Arc& arc : rows.into(sets.first[static_cast<std::size_t>(set)])) {
      const std::int32_t from = sets.merged[static_cast<std::size_t>(arc.from)];
      const double share = 1.0 / sets.count[static_cast<std::size_t>(from)];
      Arc& sum = sums.try_emplace(from, Arc{from, 0.0, 0.0, 0.0}).first->second;
      sum.cables += share * arc.cables;
      sum.bandwidth += share * arc.bandwidth;
      sum.back += share * arc.back;
    }
    for (const auto& [from, sum] : sums) arcs.push_back({set, sum});
  }
  sets.rows = make_rows(std::ssize(sets.first), arcs);
  return sets;
}

}  // namespace longhaul::fabric
