// Distances, ports and cuts of small fabrics, counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

/// Links to each vertex from one of them; -1 where there is no way.
inline std::vector<int> hops_from(const std::vector<std::vector<VertexIndex>>& neighbours,
                                  VertexIndex from) {
  std::vector<int> hops(neighbours.size(), -1);
  std::vector<VertexIndex> queue{from};
  hops[static_cast<std::size_t>(from)] = 0;
  for (std::size_t next = 0; next < queue.size(); ++next)
    for (const VertexIndex to : neighbours[static_cast<std::size_t>(queue[next])])
      if (hops[static_cast<std::size_t>(to)] < 0) {
        hops[static_cast<std::size_t>(to)] = hops[static_cast<std::size_t>(queue[next])] + 1;
        queue.push_back(to);
      }
  return hops;
}

struct Distances {
  int diameter = 0;
  double mean = 0.0;  ///< over ordered pairs of two
  bool connected = true;
};

/// Between vertices of one kind.
inline Distances distances(const Fabric& fabric, VertexKind kind = VertexKind::Gpu) {
  std::vector<std::vector<VertexIndex>> neighbours(fabric.vertices.size());
  for (const Link& link : fabric.links)
    neighbours[static_cast<std::size_t>(link.src)].push_back(link.dst);
  Distances result;
  double sum = 0.0;
  double pairs = 0.0;
  const auto is_end = [&](std::size_t v) { return fabric.vertices[v].kind == kind; };
  for (std::size_t from = 0; from < fabric.vertices.size(); ++from) {
    if (!is_end(from)) continue;
    const auto hops = hops_from(neighbours, static_cast<VertexIndex>(from));
    for (std::size_t to = 0; to < hops.size(); ++to) {
      if (to == from || !is_end(to)) continue;
      if (hops[to] < 0) result.connected = false;
      result.diameter = std::max(result.diameter, hops[to]);
      sum += hops[to];
      ++pairs;
    }
  }
  if (pairs > 0) result.mean = sum / pairs;
  return result;
}

/// Ports in use of each vertex of a kind.
inline std::vector<std::int64_t> ports(const Fabric& fabric, VertexKind kind) {
  std::vector<std::int64_t> of_vertex(fabric.vertices.size(), 0);
  for (const Link& link : fabric.links)
    of_vertex[static_cast<std::size_t>(link.src)] += link.cables;
  std::vector<std::int64_t> of_kind;
  for (std::size_t v = 0; v < of_vertex.size(); ++v)
    if (fabric.vertices[v].kind == kind) of_kind.push_back(of_vertex[v]);
  return of_kind;
}

/// Whether all vertices of a kind use that many ports.
inline bool all_have(const Fabric& fabric, VertexKind kind, std::int64_t n_ports) {
  return std::ranges::all_of(ports(fabric, kind), [=](std::int64_t n) { return n == n_ports; });
}

/// Cables across the n-th cut of a generator, each switch on the side where it has more GPUs.
inline std::int64_t cables_across(const Fabric& fabric, std::size_t n) {
  const auto& upper = fabric.cuts.at(n).upper;
  std::vector<std::int64_t> side(fabric.vertices.size(), 0);  // above 0: the upper one
  for (std::size_t gpu = 0; gpu < upper.size(); ++gpu) side[gpu] = upper[gpu] != 0 ? 1 : -1;
  for (const Link& link : fabric.links)
    if (fabric.vertices[static_cast<std::size_t>(link.src)].kind == VertexKind::Gpu &&
        fabric.vertices[static_cast<std::size_t>(link.dst)].kind != VertexKind::Gpu)
      side[static_cast<std::size_t>(link.dst)] +=
          link.cables * side[static_cast<std::size_t>(link.src)];
  std::int64_t cables = 0;
  for (const Link& link : fabric.links)
    if ((side[static_cast<std::size_t>(link.src)] > 0) !=
        (side[static_cast<std::size_t>(link.dst)] > 0))
      cables += link.cables;
  return cables / 2;
}

}  // namespace longhaul::fabric
