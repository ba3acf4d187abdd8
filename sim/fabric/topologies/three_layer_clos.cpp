#include "fabric/topologies/three_layer_clos.hpp"

#include <cmath>

namespace longhaul::fabric {
namespace {

/// As one bundle of cables that are no faster than a port.
void join_by(Builder& builder, std::int64_t lower, std::int64_t upper, BytesPerSecond bandwidth,
             Metres length) {
  const auto cables = static_cast<std::int64_t>(
      std::ceil(static_cast<double>(bandwidth / builder.port()) * (1.0 - 1e-12)));
  builder.join(static_cast<VertexIndex>(lower), static_cast<VertexIndex>(upper), cables,
               bandwidth / static_cast<double>(cables), length);
}

}  // namespace

void validate(const ThreeLayerClos& p) {
  at_least("gpus_per_leaf", p.gpus_per_leaf, 1);
  at_least("leaves_per_pod", p.leaves_per_pod, 1);
  at_least("pods", p.pods, 1);
  at_least("aggregation_per_pod", p.aggregation_per_pod, 1);
  at_least("cores", p.cores, 1);
  const double leaves = static_cast<double>(p.leaves_per_pod) * static_cast<double>(p.pods);
  const double gpus = leaves * static_cast<double>(p.gpus_per_leaf);
  const auto aggregation = static_cast<double>(p.aggregation_per_pod);
  check_links(gpus,
              4 * gpus + 2 * leaves * aggregation +
                  2 * static_cast<double>(p.pods) * aggregation * static_cast<double>(p.cores));
  at_least("taper", p.taper, 1.0);
  at_least("leaf_cable", p.leaf_cable.value(), 0.0);
  at_least("aggregation_cable", p.aggregation_cable.value(), 0.0);
}

std::int64_t endpoints(const ThreeLayerClos& p) {
  return p.gpus_per_leaf * p.leaves_per_pod * p.pods;
}

std::int64_t endpoints_per_leaf(const ThreeLayerClos& p) { return p.gpus_per_leaf; }

void lay(const ThreeLayerClos& p, Builder& builder, std::span<const VertexIndex> gpus) {
  const VertexIndex leaves = builder.add(VertexKind::LeafSwitch, 1, p.leaves_per_pod * p.pods);
  const VertexIndex aggregation =
      builder.add(VertexKind::AggregationSwitch, 2, p.aggregation_per_pod * p.pods);
  const VertexIndex cores = builder.add(VertexKind::CoreSwitch, 3, p.cores);
  for (std::int64_t i = 0; i < std::ssize(gpus); ++i) {
    const VertexIndex gpu = gpus[static_cast<std::size_t>(i)];
    const std::int64_t leaf = i / p.gpus_per_leaf;
    builder.plug(gpu, static_cast<VertexIndex>(leaves + leaf));
    builder.stand(gpu, static_cast<VertexIndex>(leaves + leaf), leaf / p.leaves_per_pod);
  }
  const auto below = static_cast<double>(p.gpus_per_leaf) * builder.port();
  const BytesPerSecond uplink = below / static_cast<double>(p.aggregation_per_pod);
  for (std::int64_t leaf = 0; leaf < p.leaves_per_pod * p.pods; ++leaf)
    for (std::int64_t i = 0; i < p.aggregation_per_pod; ++i)
      join_by(builder, leaves + leaf,
              aggregation + leaf / p.leaves_per_pod * p.aggregation_per_pod + i, uplink,
              p.leaf_cable);
  const BytesPerSecond trunk = static_cast<double>(p.leaves_per_pod) * below / p.taper /
                               static_cast<double>(p.aggregation_per_pod * p.cores);
  for (std::int64_t a = 0; a < p.aggregation_per_pod * p.pods; ++a)
    for (std::int64_t core = 0; core < p.cores; ++core)
      join_by(builder, aggregation + a, cores + core, trunk, p.aggregation_cable);
  builder.add_tops(cores, p.cores);
}

}  // namespace longhaul::fabric
