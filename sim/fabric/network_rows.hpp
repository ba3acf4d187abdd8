// The network of a fabric as compact rows, for what walks it thousands of times, and its twins.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fabric/graph.hpp"

namespace longhaul::fabric {

/// A link as its receiver sees it. Every link has its reverse, so these are also the ways out.
struct Arc {
  std::int32_t from = 0;
  double cables = 1;       ///< between sets the mean over pairs of one of each
  double bandwidth = 0.0;  ///< of all its cables [B/s]
  double back = 0.0;  ///< of its reverse: an access line is slower one way than the other [B/s]

  friend bool operator==(const Arc&, const Arc&) = default;
};

/// The arcs into vertex v are arcs[begin[v]] .. arcs[begin[v + 1] - 1].
struct Rows {
  std::vector<std::size_t> begin;
  std::vector<Arc> arcs;

  std::int64_t size() const { return std::ssize(begin) - 1; }
  std::span<const Arc> into(std::int64_t vertex) const {
    const std::size_t first = begin[static_cast<std::size_t>(vertex)];
    return {arcs.data() + first, begin[static_cast<std::size_t>(vertex) + 1] - first};
  }
};

struct ArcInto {
  std::int32_t into = 0;
  Arc arc;
};
/// Each row ascending.
Rows make_rows(std::int64_t n_vertices, std::span<const ArcInto> arcs);
/// The network links over the fabric's own vertices.
Rows network_rows(const Fabric& fabric);

/// Twins have the same label and the same arcs. Exchanging two of them changes nothing, so shortest
/// paths, evenly split loads and largest flows treat them alike, and one can stand for all.
struct Twins {
  std::vector<std::int32_t> merged;  ///< of each vertex, the number of its set
  std::vector<std::int32_t> first;   ///< of each set, its first vertex
  std::vector<std::int32_t> count;   ///< of each set
  Rows rows;  ///< between sets: arcs into the first of one from the first of another
};
Twins merge_twins(const Rows& rows, std::span<const std::uint64_t> labels);

/// Sets that are known, `set_of` by vertex, numbered as their first vertices are. Each vertex of
/// one has as many cables, and as much bandwidth, to and from each other set; arcs are means.
Twins merge_sets(const Rows& rows, std::span<const std::int32_t> set_of);

}  // namespace longhaul::fabric
