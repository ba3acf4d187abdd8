#include "fabric/topologies/pgft.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

VertexKind kind_of(std::size_t layer, std::size_t top) {
  if (layer == 1) return VertexKind::LeafSwitch;
  return layer == top ? VertexKind::CoreSwitch : VertexKind::AggregationSwitch;
}

std::int64_t cables_of(const Pgft& p, std::size_t layer) {
  return p.cables.empty() ? 1 : p.cables[layer - 1];
}

/// A cable from layer - 1 to `layer`; a GPU's homes share its port.
BytesPerSecond bandwidth_of(const Pgft& p, const Builder& builder, std::size_t layer) {
  const double speed = p.speeds.empty() ? 1.0 : static_cast<double>(p.speeds[layer - 1]);
  const double homes = layer == 1 ? static_cast<double>(p.parents[0] * cables_of(p, 1)) : 1.0;
  return speed / homes * builder.port();
}

}  // namespace

void validate(const Pgft& p) {
  if (p.children.empty() || p.children.size() != p.parents.size())
    throw std::invalid_argument(
        fmt::format("a fat tree needs as many numbers of children as of parents, at least one; "
                    "these are {} and {}",
                    p.children.size(), p.parents.size()));
  if (!p.cables.empty() && p.cables.size() != p.children.size())
    throw std::invalid_argument(fmt::format(
        "a fat tree of {} layers needs as many numbers of cables, or none; these are {}",
        p.children.size(), p.cables.size()));
  if (!p.speeds.empty() &&
      (p.speeds.size() != p.children.size() || p.speeds[0] != 1 || std::ranges::min(p.speeds) < 1))
    throw std::invalid_argument(fmt::format(
        "speeds = [{}], but a fat tree of {} layers needs as many, the first 1 for NICs and all at "
        "least 1, or none",
        fmt::join(p.speeds, ", "), p.children.size()));
  if (p.children.size() > 8)
    throw std::invalid_argument(
        fmt::format("a fat tree of {} layers; the most that can be built is 8", p.children.size()));
  double subtrees = 1.0;
  for (std::size_t layer = 1; layer <= p.children.size(); ++layer) {
    if (p.children[layer - 1] < 1 || p.parents[layer - 1] < 1 || cables_of(p, layer) < 1)
      throw std::invalid_argument(
          fmt::format("layer {} of a fat tree has {} children, {} parents and {} cables; all must "
                      "be at least 1",
                      layer, p.children[layer - 1], p.parents[layer - 1], cables_of(p, layer)));
    subtrees *= static_cast<double>(p.children[layer - 1]);
  }
  const double gpus = subtrees;
  double links = 0.0;
  double copies = 1.0;
  for (std::size_t layer = 1; layer <= p.children.size(); ++layer) {
    copies *= static_cast<double>(p.parents[layer - 1]);
    links += 2.0 * subtrees * copies;
    subtrees /= static_cast<double>(p.children[layer - 1]);
  }
  check_links(gpus, links);
  at_least("cable", p.cable.value(), 0.0);
}

std::int64_t endpoints(const Pgft& p) {
  std::int64_t gpus = 1;
  for (const std::int64_t m : p.children) gpus *= m;
  return gpus;
}

std::int64_t endpoints_per_leaf(const Pgft& p) { return p.children[0]; }

// A vertex of layer l is (subtree, copy): which of the subtrees of height l it tops, and which of
// the w1..wl tops of that subtree it is. Copy c of subtree s has the parents (s / m, c w + j) for
// j < w, where m and w are those of the layer above.
void lay(const Pgft& p, Builder& builder, std::span<const VertexIndex> gpus) {
  const std::size_t height = p.children.size();
  std::int64_t subtrees = endpoints(p);
  std::int64_t copies = 1;
  VertexIndex lower = 0;
  VertexIndex leaves = 0;
  for (std::size_t layer = 1; layer <= height; ++layer) {
    const std::int64_t m = p.children[layer - 1];
    const std::int64_t w = p.parents[layer - 1];
    const VertexIndex upper =
        builder.add(kind_of(layer, height), static_cast<int>(layer), subtrees / m * copies * w);
    if (layer == 1) leaves = upper;
    for (std::int64_t subtree = 0; subtree < subtrees; ++subtree)
      for (std::int64_t copy = 0; copy < copies; ++copy)
        for (std::int64_t j = 0; j < w; ++j) {
          const auto parent =
              static_cast<VertexIndex>(upper + subtree / m * copies * w + copy * w + j);
          if (layer == 1)
            builder.join(gpus[static_cast<std::size_t>(subtree)], parent, cables_of(p, layer),
                         bandwidth_of(p, builder, layer), builder.parts().nic_cable, LinkKind::Nic);
          else
            builder.join(static_cast<VertexIndex>(lower + subtree * copies + copy), parent,
                         cables_of(p, layer), bandwidth_of(p, builder, layer), p.cable);
        }
    lower = upper;
    subtrees /= m;
    copies *= w;
  }
  builder.add_tops(lower, subtrees * copies);

  // With one parent a GPU stands under one leaf; with several it has no place of its own.
  if (p.parents[0] > 1) return;
  const std::int64_t per_pod = height > 2 ? p.children[0] * p.children[1] : 0;
  for (std::int64_t i = 0; i < std::ssize(gpus); ++i)
    builder.stand(gpus[static_cast<std::size_t>(i)],
                  static_cast<VertexIndex>(leaves + i / p.children[0]),
                  per_pod > 0 ? i / per_pod : -1);
}

}  // namespace longhaul::fabric
