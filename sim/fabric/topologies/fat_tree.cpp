#include "fabric/topologies/fat_tree.hpp"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

void check(const FatTree& p) {
  if (p.children.empty() || p.children.size() != p.parents.size())
    throw std::invalid_argument(
        fmt::format("a fat tree needs as many numbers of children as of parents, at least one; "
                    "these are {} and {}",
                    p.children.size(), p.parents.size()));
  double size = 1.0;
  for (std::size_t layer = 0; layer < p.children.size(); ++layer) {
    if (p.children[layer] < 1 || p.parents[layer] < 1)
      throw std::invalid_argument(
          fmt::format("layer {} of a fat tree has {} children and {} parents; both must be at "
                      "least 1",
                      layer + 1, p.children[layer], p.parents[layer]));
    size *= static_cast<double>(p.children[layer]) * static_cast<double>(p.parents[layer]);
  }
  if (2.0 * size * static_cast<double>(p.children.size()) > std::numeric_limits<LinkIndex>::max())
    throw std::invalid_argument("a fat tree of this size has more links than a fabric can hold");
  if (!(p.bandwidth.value() > 0.0))
    throw std::invalid_argument("the bandwidth of a fat tree's links must be positive");
  if (!(p.latency.value() >= 0.0))
    throw std::invalid_argument("the latency of a fat tree's links cannot be negative");
}

VertexKind kind_of(std::size_t layer, std::size_t top) {
  if (layer == 1) return VertexKind::LeafSwitch;
  return layer == top ? VertexKind::CoreSwitch : VertexKind::AggregationSwitch;
}

}  // namespace

// A vertex of layer l is (subtree, copy): which of the subtrees of height l it tops, and which of
// the w1..wl tops of that subtree it is. Copy c of subtree s has the parents (s / m, c w + j) for
// j < w, where m and w are those of the layer above.
Fabric make_fat_tree(const FatTree& p) {
  check(p);
  const std::size_t height = p.children.size();
  std::int64_t subtrees = 1;
  for (const std::int64_t m : p.children) subtrees *= m;

  Fabric fabric;
  for (std::int64_t gpu = 0; gpu < subtrees; ++gpu) {
    fabric.add_vertex(VertexKind::Gpu, 0);
    // With one parent a GPU stands under one leaf; with several it has no place of its own.
    if (p.parents[0] == 1)
      fabric.places.back().leaf = static_cast<std::int32_t>(gpu / p.children[0]);
  }
  std::int64_t lower = 0;
  std::int64_t copies = 1;
  for (std::size_t layer = 1; layer <= height; ++layer) {
    const std::int64_t m = p.children[layer - 1];
    const std::int64_t w = p.parents[layer - 1];
    const std::int64_t upper = std::ssize(fabric.vertices);
    for (std::int64_t i = 0; i < subtrees / m * copies * w; ++i)
      fabric.add_vertex(kind_of(layer, height), static_cast<int>(layer));
    for (std::int64_t subtree = 0; subtree < subtrees; ++subtree)
      for (std::int64_t copy = 0; copy < copies; ++copy)
        for (std::int64_t j = 0; j < w; ++j)
          fabric.add_cable(
              {static_cast<VertexIndex>(lower + subtree * copies + copy),
               static_cast<VertexIndex>(upper + subtree / m * copies * w + copy * w + j),
               layer == 1 ? LinkKind::Nic : LinkKind::SwitchToSwitch, p.bandwidth, p.latency,
               metres(0)});
    lower = upper;
    subtrees /= m;
    copies *= w;
  }
  return fabric;
}

}  // namespace longhaul::fabric
