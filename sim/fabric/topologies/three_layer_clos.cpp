#include "fabric/topologies/three_layer_clos.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

void at_least(const char* name, double value, double least) {
  if (!(value >= least) || std::isinf(value))
    throw std::invalid_argument(
        fmt::format("{} = {}, but it must be at least {}", name, value, least));
}

void positive(const char* name, double value) {
  if (!(value > 0.0) || std::isinf(value))
    throw std::invalid_argument(fmt::format("{} = {}, but it must be positive", name, value));
}

/// Lays cables one way up; the latency down differs at the NIC, where no switch receives.
class Builder {
 public:
  explicit Builder(const ThreeLayerClos& params) : p_(params) {}

  Fabric build() {
    add_gpus();
    add_nodes();
    const auto leaves = add_layer(VertexKind::LeafSwitch, 1, p_.leaves_per_pod * p_.pods);
    const auto aggregation =
        add_layer(VertexKind::AggregationSwitch, 2, p_.aggregation_per_pod * p_.pods);
    const auto cores = add_layer(VertexKind::CoreSwitch, 3, p_.cores);
    plug_nics(leaves);
    join_leaves(leaves, aggregation);
    join_pods(aggregation, cores);
    if (p_.storage_bandwidth.value() > 0.0) attach_storage(cores);
    return std::move(fabric_);
  }

 private:
  void add_gpus() {
    const std::int64_t gpus_per_leaf = p_.gpus_per_node * p_.nodes_per_leaf;
    const std::int64_t gpus = gpus_per_leaf * p_.leaves_per_pod * p_.pods;
    for (std::int64_t gpu = 0; gpu < gpus; ++gpu) {
      fabric_.add_vertex(VertexKind::Gpu, 0);
      Place& place = fabric_.places.back();
      place.node = static_cast<std::int32_t>(gpu / p_.gpus_per_node);
      place.leaf = static_cast<std::int32_t>(gpu / gpus_per_leaf);
      place.pod = static_cast<std::int32_t>(gpu / (gpus_per_leaf * p_.leaves_per_pod));
    }
  }

  void add_nodes() {
    const auto nodes = add_layer(VertexKind::ScaleUpSwitch, 1, fabric_.n_gpus() / p_.gpus_per_node);
    for (VertexIndex gpu = 0; gpu < fabric_.n_gpus(); ++gpu)
      fabric_.add_cable({gpu, nodes + place(gpu).node, LinkKind::ScaleUp, p_.scale_up_bandwidth,
                         p_.scale_up_latency / 2.0, metres(0)});
  }

  void plug_nics(VertexIndex leaves) {
    for (VertexIndex gpu = 0; gpu < fabric_.n_gpus(); ++gpu) {
      const Seconds down = p_.nic_latency + p_.nic_cable * p_.fibre_latency;
      const LinkIndex up =
          fabric_.add_cable({gpu, leaves + place(gpu).leaf, LinkKind::Nic, p_.nic_bandwidth,
                             down + p_.switch_latency, p_.nic_cable});
      fabric_.links[static_cast<std::size_t>(reverse(up))].latency = down;
    }
  }

  void join_leaves(VertexIndex leaves, VertexIndex aggregation) {
    const auto below = static_cast<double>(p_.gpus_per_node * p_.nodes_per_leaf);
    const BytesPerSecond uplink =
        below * p_.nic_bandwidth / static_cast<double>(p_.aggregation_per_pod);
    for (std::int64_t leaf = 0; leaf < p_.leaves_per_pod * p_.pods; ++leaf)
      for (std::int64_t i = 0; i < p_.aggregation_per_pod; ++i)
        join_switches(leaves + leaf,
                      aggregation + leaf / p_.leaves_per_pod * p_.aggregation_per_pod + i, uplink,
                      p_.leaf_cable);
  }

  void join_pods(VertexIndex aggregation, VertexIndex cores) {
    const auto pod_gpus =
        static_cast<double>(p_.gpus_per_node * p_.nodes_per_leaf * p_.leaves_per_pod);
    const BytesPerSecond trunk = pod_gpus * p_.nic_bandwidth / p_.taper /
                                 static_cast<double>(p_.aggregation_per_pod * p_.cores);
    for (std::int64_t a = 0; a < p_.aggregation_per_pod * p_.pods; ++a)
      for (std::int64_t core = 0; core < p_.cores; ++core)
        join_switches(aggregation + a, cores + core, trunk, p_.aggregation_cable);
  }

  void attach_storage(VertexIndex cores) {
    const VertexIndex gateway = fabric_.add_vertex(VertexKind::StorageGateway, 1);
    const VertexIndex store = fabric_.add_vertex(VertexKind::Storage, 0);
    fabric_.add_cable(
        {store, gateway, LinkKind::Storage, p_.storage_bandwidth, p_.nic_latency, metres(0)});
    for (std::int64_t core = 0; core < p_.cores; ++core)
      join_switches(gateway, cores + core, p_.storage_bandwidth, p_.aggregation_cable);
  }

  VertexIndex add_layer(VertexKind kind, int level, std::int64_t n) {
    const auto first = static_cast<VertexIndex>(fabric_.vertices.size());
    for (std::int64_t i = 0; i < n; ++i) fabric_.add_vertex(kind, level);
    return first;
  }

  void join_switches(std::int64_t lower, std::int64_t upper, BytesPerSecond bandwidth,
                     Metres length) {
    fabric_.add_cable({static_cast<VertexIndex>(lower), static_cast<VertexIndex>(upper),
                       LinkKind::SwitchToSwitch, bandwidth,
                       p_.switch_latency + length * p_.fibre_latency, length});
  }

  const Place& place(VertexIndex gpu) const {
    return fabric_.places[static_cast<std::size_t>(gpu)];
  }

  const ThreeLayerClos& p_;
  Fabric fabric_;
};

}  // namespace

void validate(const ThreeLayerClos& p) {
  double gpus = 1.0;
  const auto whole = [](const char* name, std::int64_t n) {
    at_least(name, static_cast<double>(n), 1.0);
    return static_cast<double>(n);
  };
  gpus *= whole("gpus_per_node", p.gpus_per_node);
  gpus *= whole("nodes_per_leaf", p.nodes_per_leaf);
  const double leaves = whole("leaves_per_pod", p.leaves_per_pod) * whole("pods", p.pods);
  gpus *= leaves;
  const double aggregation = whole("aggregation_per_pod", p.aggregation_per_pod);
  const double links = 4 * gpus + 2 * leaves * aggregation +
                       2 * static_cast<double>(p.pods) * aggregation * whole("cores", p.cores);
  constexpr double most_links = 1 << 24;  // about 1.5 GB of graph
  if (links > most_links)
    throw std::invalid_argument(fmt::format(
        "{:.0f} GPUs need {:.0f} links, more than a fabric can hold ({:.0f}); take fewer of them",
        gpus, links, most_links));
  at_least("taper", p.taper, 1.0);
  positive("scale_up_bandwidth", p.scale_up_bandwidth.value());
  positive("nic_bandwidth", p.nic_bandwidth.value());
  at_least("storage_bandwidth", p.storage_bandwidth.value(), 0.0);
  at_least("switch_latency", p.switch_latency.value(), 0.0);
  at_least("nic_latency", p.nic_latency.value(), 0.0);
  at_least("scale_up_latency", p.scale_up_latency.value(), 0.0);
  at_least("fibre_latency", p.fibre_latency.value(), 0.0);
  at_least("nic_cable", p.nic_cable.value(), 0.0);
  at_least("leaf_cable", p.leaf_cable.value(), 0.0);
  at_least("aggregation_cable", p.aggregation_cable.value(), 0.0);
}

Fabric make_three_layer_clos(const ThreeLayerClos& params) {
  validate(params);
  return Builder(params).build();
}

}  // namespace longhaul::fabric
