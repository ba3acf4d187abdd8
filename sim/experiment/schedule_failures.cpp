#include "experiment/schedule_failures.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "fabric/cut_off.hpp"
#include "fabric/fabric_config.hpp"
#include "fabric/graph.hpp"
#include "fabric/router.hpp"

namespace longhaul::experiment {

namespace {

using operations::Strikes;

/// Switches of a platform, one dead at a time: two that stand in for each other and fail together
/// cut nobody off.
class Switches {
 public:
  Switches(const fabric::FabricConfig& config, std::int64_t n_nodes)
      : fabric_(fabric::make_fabric(config)), router_(fabric_), n_nodes_(n_nodes) {
    for (std::size_t v = 0; v < fabric_.vertices.size(); ++v)
      if (is_switch(fabric_.vertices[v].kind))
        switches_.push_back(static_cast<fabric::VertexIndex>(v));
  }
  Switches(const Switches&) = delete;
  Switches& operator=(const Switches&) = delete;

  std::int64_t n() const { return static_cast<std::int64_t>(switches_.size()); }

  const std::vector<std::int64_t>& nodes_cut_off(std::int64_t index) {
    const auto [at, is_new] = cut_off_.try_emplace(index);
    auto& nodes = at->second;
    if (!is_new) return nodes;
    const auto vertex = switches_[static_cast<std::size_t>(index)];
    router_.set_vertex_alive(vertex, false);
    nodes = fabric::nodes_cut_off(router_);
    router_.set_vertex_alive(vertex, true);
    std::erase_if(nodes, [this](std::int64_t node) { return node >= n_nodes_; });
    return nodes;
  }

 private:
  fabric::Fabric fabric_;
  fabric::Router router_;
  std::int64_t n_nodes_;  // that jobs can have
  std::vector<fabric::VertexIndex> switches_;
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> cut_off_;  // of those that failed
};

/// Units of `size` nodes one after the other; the last may have fewer.
void strike_groups(scheduling::NodeFailureCause& cause, std::int64_t size, std::int64_t n_nodes) {
  cause.n_units = (n_nodes + size - 1) / size;
  cause.takes = [size, n_nodes](std::int64_t unit) {
    std::vector<std::int64_t> nodes(
        static_cast<std::size_t>(std::min(size, n_nodes - unit * size)));
    std::iota(nodes.begin(), nodes.end(), unit * size);
    return nodes;
  };
}

/// Nodes that fail together; empty: what is struck is no such group.
std::optional<std::int64_t> group_size(const scenario::Scenario& s,
                                       const scheduling::Layout& layout, Strikes strikes) {
  switch (strikes) {
    case Strikes::Rack:
      return s.nodes.per_rack;
    case Strikes::Pod:
      return s.platform ? layout.nodes_per_pod : layout.nodes;
    case Strikes::Site:
      return s.nodes.per_site > 0 ? s.nodes.per_site : layout.nodes;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<scheduling::NodeFailureCause> schedule_failures(const scenario::Scenario& s,
                                                            const scheduling::Layout& layout) {
  std::vector<scheduling::NodeFailureCause> all;
  if (!s.failures.causes || !s.failures.random) return all;
  std::shared_ptr<Switches> switches;  // built where a cause strikes one
  for (const auto& of : s.failures.causes->causes) {
    scheduling::NodeFailureCause cause{of.name, {}, of.repair.value_or(s.repair)};
    operations::Units units;
    units[Strikes::Gpu] = static_cast<double>(layout.n_slots());
    units[Strikes::Node] = static_cast<double>(layout.nodes);
    if (const auto size = group_size(s, layout, of.strikes)) {
      strike_groups(cause, *size, layout.nodes);
    } else if (of.strikes == Strikes::Switch && s.platform) {
      if (!switches) switches = std::make_shared<Switches>(s.platform->fabric, layout.nodes);
      cause.n_units = switches->n();
      cause.takes = [switches](std::int64_t unit) { return switches->nodes_cut_off(unit); };
    }
    if (cause.takes) units[of.strikes] = static_cast<double>(cause.n_units);
    cause.rate = operations::rate(*s.failures.causes, of, units);
    all.push_back(std::move(cause));
  }
  return all;
}

}  // namespace longhaul::experiment
