#include "fabric/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

/// More GPUs than any run has, and doubles that hold them are still whole.
constexpr std::int64_t endless = std::int64_t{1} << 60;

/// A product that stops at `endless`.
std::int64_t times(std::int64_t a, std::int64_t b) { return a > endless / b ? endless : a * b; }

/// Layers of switches that are all alike, as a rule for layer l = 1, 2, ..
struct Layers {
  std::int64_t of_leaf;       ///< endpoints below a leaf
  std::int64_t of_pod;        ///< parts of one layer that the next joins
  std::int64_t of_top;        ///< the same where that is the top
  std::int64_t least_layers;  ///< 2 or 3
  double taper;               ///< above `tapered_above`
  std::int64_t tapered_above;
  Metres first_cable;  ///< between layers 1 and 2
  Metres cable;        ///< further up

  Metres cables(std::int64_t layer) const {
    return layer < 2 ? metres(0) : 2.0 * (first_cable + static_cast<double>(layer - 2) * cable);
  }
};

Layers layers_of(const FabricConfig& c) {
  if (const auto& tree = c.network.fat_tree) {
    const std::int64_t leaf = endpoints_per_leaf(*tree);
    return {leaf, tree->ports / 2, tree->ports, 2, tree->taper, 1, tree->cable, tree->cable};
  }
  const auto& clos = *c.network.three_layer_clos;
  return {clos.gpus_per_leaf, clos.leaves_per_pod,   endless, 3, clos.taper, 2,
          clos.leaf_cable,    clos.aggregation_cable};
}

/// GPUs of one rail that are told apart below a leaf stand a node apart.
std::int64_t spread(const FabricConfig& c) {
  return c.rails == Rails::Packed ? 1 : c.gpus_per_node;
}

Seconds latency_of(const FabricConfig& c, std::int64_t switches, Metres cables) {
  return 2.0 * c.parts.nic_latency + static_cast<double>(switches) * c.parts.switch_latency +
         (2.0 * c.parts.nic_cable + cables) * c.parts.fibre_latency;
}

/// Layers 1 to `n` of a tree.
void add_layers(Family& family, const FabricConfig& c, const Layers& layers, std::int64_t n) {
  const std::int64_t apart = c.rails == Rails::Only ? c.gpus_per_node : 1;
  std::int64_t part = layers.of_leaf;
  for (std::int64_t layer = 1; layer <= n; ++layer) {
    Tier tier;
    tier.name = layer == 1 ? "leaf" : fmt::format("layer {}", layer);
    tier.gpus = times(part, layer == 1 ? spread(c) : apart);
    // As the top a layer joins of_top parts of the layer below.
    const std::int64_t below = layer == 1 ? 1 : part / layers.of_pod;
    tier.most_gpus = layer < layers.least_layers ? 0 : times(times(below, layers.of_top), apart);
    tier.switches = 2 * layer - 1;
    tier.latency = latency_of(c, tier.switches, layers.cables(layer));
    tier.bandwidth = c.parts.nic_bandwidth / (layer > layers.tapered_above ? layers.taper : 1.0);
    // Rails: a leaf joins one rail of many nodes, more than the first layers above it add.
    if (!family.tiers.empty()) tier.gpus = std::max(tier.gpus, family.tiers.back().gpus);
    family.tiers.push_back(std::move(tier));
    part = times(part, layers.of_pod);
  }
}

/// Buildings and sites of a size that is given; the last of them is where more are added.
void add_sites(Family& family, const FabricConfig& c, const Layers& layers, std::int64_t n_layers) {
  const Sites& sites = c.sites;
  const std::int64_t per_building = count_gpus(c) / (sites.buildings * sites.sites);
  family.tiers.back().gpus = per_building;
  const Metres cables = layers.cables(n_layers) + 2.0 * sites.building_cable;
  Tier campus;
  campus.name = "campus";
  campus.switches = 2 * n_layers + 1;
  campus.latency = latency_of(c, campus.switches, cables);
  campus.bandwidth = c.parts.nic_bandwidth / sites.building_taper;
  campus.gpus = sites.sites > 1 ? per_building * sites.buildings : endless;
  if (sites.buildings > 1) family.tiers.push_back(campus);
  if (sites.sites == 1) return;
  Tier wan;
  wan.name = "sites";
  wan.switches = campus.switches + 2;  // the line, and the other site's
  wan.latency = latency_of(c, wan.switches, cables + sites.distance);
  wan.bandwidth = std::min<BytesPerSecond>(
      family.tiers.back().bandwidth,
      sites.wan_bandwidth / static_cast<double>(per_building * sites.buildings));
  wan.gpus = endless;
  family.tiers.push_back(std::move(wan));
}

}  // namespace

std::string why_it_cannot_grow(const FabricConfig& c) {
  const auto name = network_name(c);
  if (c.network.torus) {
    const bool plain = !c.network.torus->twist && !c.network.torus->optical_switches;
    if (c.gpus_per_node > 1) return "a torus grows GPU by GPU; take gpus_per_node = 1";
    if (c.sites.sites * c.sites.buildings > 1)
      return "a torus grows as one; take buildings and sites out";
    return plain ? "" : "only a plain torus grows; take twist and optical_switches out";
  }
  if (c.network.fat_tree || c.network.three_layer_clos) return "";
  return fmt::format("there is no rule for how {} grows; take fat_tree, three_layer_clos or torus",
                     name);
}

Family family_of(const FabricConfig& c) {
  if (const auto why = why_it_cannot_grow(c); !why.empty()) throw std::invalid_argument(why);
  Family family;
  if (const auto& torus = c.network.torus) {
    family.torus = TorusFamily{static_cast<int>(torus->dimensions.size()),
                               c.parts.switch_latency + torus->cable * c.parts.fibre_latency,
                               c.parts.nic_bandwidth};
    return family;
  }
  const Layers layers = layers_of(c);
  if (c.sites.buildings * c.sites.sites > 1) {
    const std::int64_t n = c.network.fat_tree ? c.network.fat_tree->levels : 3;
    add_layers(family, c, layers, n);
    for (Tier& tier : family.tiers) tier.most_gpus = 0;
    family.tiers.back().most_gpus = count_gpus(c) / (c.sites.buildings * c.sites.sites);
    add_sites(family, c, layers, n);
    for (std::size_t i = family.tiers.size() - 1; i > 0; --i)
      if (family.tiers[i].most_gpus == 0) family.tiers[i].most_gpus = family.tiers[i].gpus;
    return family;
  }
  std::int64_t n = layers.least_layers;
  for (std::int64_t part = layers.of_leaf; part < endless; part = times(part, layers.of_pod)) ++n;
  add_layers(family, c, layers, c.network.fat_tree ? n : layers.least_layers);
  return family;
}

std::size_t tiers_for(const Family& family, std::int64_t gpus) {
  std::size_t n = 0;
  while (n < family.tiers.size() && family.tiers[n].most_gpus < gpus) ++n;
  return std::min(n + 1, family.tiers.size());
}

}  // namespace longhaul::fabric
