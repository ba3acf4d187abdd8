// Families in closed form against the graphs that are built of them.
#include "fabric/family.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "fabric/router.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

FabricConfig tree_of(std::int64_t ports, std::int64_t levels, std::int64_t gpus, Rails rails) {
  FabricConfig config;
  config.rails = rails;
  config.network.fat_tree = FatTree{.ports = ports, .levels = levels, .gpus = gpus};
  return config;
}

/// The tier that joins GPU 0 and GPU `other` of the same rail.
const Tier& tier_between(const Family& family, std::int64_t gpus, std::int64_t other) {
  const std::size_t top = tiers_for(family, gpus) - 1;
  std::size_t i = 0;
  while (i < top && family.tiers[i].gpus <= other) ++i;
  return family.tiers[i];
}

/// From GPU 0 to GPUs of its rail: the first and last below each tier, and others between.
void check_against_graph(const FabricConfig& config) {
  const Family family = family_of(config);
  const Fabric fabric = make_fabric(config);
  const Router router(fabric);
  const std::int64_t gpus = fabric.n_gpus();
  std::vector<std::int64_t> others{gpus - config.gpus_per_node, gpus / 2};
  for (const Tier& tier : family.tiers)
    for (const std::int64_t other : {tier.gpus - config.gpus_per_node, tier.gpus})
      if (other < gpus) others.push_back(other / config.gpus_per_node * config.gpus_per_node);
  for (std::int64_t other = 8; other < gpus; other = other * 3 / 8 * 8) others.push_back(other);
  for (const std::int64_t other : others) {
    if (other < config.gpus_per_node) continue;
    const Route route = router.route({0, static_cast<VertexIndex>(other)});
    const Tier& tier = tier_between(family, gpus, other);
    INFO(gpus << " GPUs, to " << other << ": " << tier.name);
    CHECK(std::ssize(route.links) == tier.switches + 1);
    CHECK(route.latency.value() == doctest::Approx(tier.latency.value()));
  }
}

}  // namespace

TEST_CASE("a family of fat trees has the ways of the graph, up to 131,072 GPUs") {
  for (const Rails rails : {Rails::Packed, Rails::Optimised}) {
    check_against_graph(tree_of(16, 2, 128, rails));
    check_against_graph(tree_of(16, 3, 1'024, rails));
    check_against_graph(tree_of(64, 2, 2'048, rails));
    check_against_graph(tree_of(64, 3, 65'536, rails));
    check_against_graph(tree_of(128, 3, 131'072, rails));
  }
}

TEST_CASE("a family of rail-only trees has the ways of the graph") {
  check_against_graph(tree_of(32, 2, 512, Rails::Only));    // 4,096 GPUs
  check_against_graph(tree_of(16, 3, 1'024, Rails::Only));  // 8,192
  check_against_graph(tree_of(64, 2, 2'048, Rails::Only));  // 16,384
}

TEST_CASE("a family of three-layer Clos has the ways of the graph") {
  FabricConfig config;
  config.network.three_layer_clos = ThreeLayerClos{};
  check_against_graph(config);
  config.network.three_layer_clos->pods = 32;  // 98,304 GPUs
  check_against_graph(config);
}

TEST_CASE("campuses and sites have the ways of the graph") {
  auto config = tree_of(32, 2, 512, Rails::Packed);
  config.sites.buildings = 4;
  config.sites.building_taper = 4;
  check_against_graph(config);
  config.sites.sites = 3;
  config.sites.distance = metres(1e6);
  check_against_graph(config);
  config.sites.buildings = 1;
  check_against_graph(config);
}

TEST_CASE("a fat tree of 64 ports has a layer more each time that 32 times as many GPUs join") {
  const Family family = family_of(tree_of(64, 2, 0, Rails::Packed));
  // Two layers join 64 x 32 = 2,048, three 65,536, four 2,097,152, six 2.1e9.
  CHECK(tiers_for(family, 8) == 2);
  CHECK(tiers_for(family, 2'048) == 2);
  CHECK(tiers_for(family, 2'049) == 3);
  CHECK(tiers_for(family, 65'536) == 3);
  CHECK(tiers_for(family, 2'097'152) == 4);
  CHECK(tiers_for(family, 2'147'483'648) == 6);
  CHECK(tiers_for(family, 1'000'000'000'000) == 8);
  // 9 switches of 1 us, 2 NICs of 1.3 us, 2 x 3 m + 8 x 30 m at 4.9 ns: 12.8054 us
  CHECK(family.tiers[4].switches == 9);
  CHECK(family.tiers[4].latency.value() == doctest::Approx(12.8054e-6));
}

TEST_CASE("bandwidth falls where a family is tapered") {
  auto config = tree_of(64, 3, 0, Rails::Packed);
  config.network.fat_tree->taper = 3;  // 48 ports down, 16 up
  const Family tree = family_of(config);
  CHECK(tree.tiers[0].bandwidth.value() == 50e9);
  CHECK(tree.tiers[1].bandwidth.value() == doctest::Approx(50e9 / 3));
  CHECK(tree.tiers[2].bandwidth.value() == doctest::Approx(50e9 / 3));
  FabricConfig clos;
  clos.network.three_layer_clos = ThreeLayerClos{};
  CHECK(family_of(clos).tiers[1].bandwidth.value() == 50e9);
  CHECK(family_of(clos).tiers[2].bandwidth.value() == doctest::Approx(50e9 / 7));
  // Two sites of 2 x 512 GPUs and 12.5 TB/s between them: 12.2 GB/s a GPU
  auto sites = tree_of(32, 2, 512, Rails::Packed);
  sites.sites = {.sites = 2, .buildings = 2, .building_taper = 2};
  const Family campuses = family_of(sites);
  CHECK(campuses.tiers[2].bandwidth.value() == 25e9);
  CHECK(campuses.tiers[3].bandwidth.value() == doctest::Approx(12.5e12 / 1'024));
  CHECK(campuses.tiers[3].most_gpus >= 1'000'000'000'000'000);
}

TEST_CASE("neighbours of a torus are a link apart, and a block of a^3 is a across") {
  FabricConfig config;
  config.gpus_per_node = 1;
  config.network.torus = Torus{{48, 48, 48}};  // 110,592 GPUs
  const Family family = family_of(config);
  const Fabric fabric = make_fabric(config);
  const Router router(fabric);
  REQUIRE(family.torus);
  CHECK(family.torus->dimensions == 3);
  CHECK(family.torus->bandwidth.value() == 50e9);
  for (const std::int64_t a : {1, 2, 8, 16})  // from a block to the next along each dimension
    for (const std::int64_t stride : {1, 48, 48 * 48}) {
      const Route route = router.route({0, static_cast<VertexIndex>(a * stride)});
      CHECK(route.latency.value() ==
            doctest::Approx(static_cast<double>(a) * family.torus->link_latency.value()));
    }
}

TEST_CASE("what has no rule of growth is refused with what has one") {
  FabricConfig config;
  config.network.slim_fly = SlimFly{};
  CHECK(why_it_cannot_grow(config) ==
        "there is no rule for how slim_fly grows; take fat_tree, three_layer_clos or torus");
  CHECK_THROWS_AS(family_of(config), std::invalid_argument);
  config.network.slim_fly.reset();
  config.network.torus = Torus{{4, 4, 8}};
  CHECK(why_it_cannot_grow(config) == "a torus grows GPU by GPU; take gpus_per_node = 1");
  config.gpus_per_node = 1;
  CHECK(why_it_cannot_grow(config).empty());
  config.network.torus->twist = true;
  CHECK(why_it_cannot_grow(config) ==
        "only a plain torus grows; take twist and optical_switches out");
}
