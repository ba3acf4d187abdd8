// Routing around what is down, over other GPUs of a node, and what is cut off in the end.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "fabric/partition.hpp"
#include "fabric/router.hpp"
#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

/// 8 nodes of 4 GPUs.
FabricConfig nodes_of_4(Rails rails, std::int64_t planes = 1) {
  FabricConfig config;
  config.gpus_per_node = 4;
  config.rails = rails;
  config.planes = planes;
  config.network.pgft = rails == Rails::Only ? Pgft{{4, 2}, {1, 2}} : Pgft{{4, 8}, {1, 2}};
  return config;
}

std::vector<VertexIndex> gpus_passed(const Fabric& fabric, const Route& route) {
  std::vector<VertexIndex> gpus;
  VertexIndex last = -1;
  for (const LinkIndex link : route.links) {
    const Link& it = fabric.links[static_cast<std::size_t>(link)];
    if (last >= 0) REQUIRE(it.src == last);
    last = it.dst;
    if (fabric.vertices[static_cast<std::size_t>(last)].kind == VertexKind::Gpu)
      gpus.push_back(last);
  }
  return gpus;
}

LinkIndex nic_of(const Fabric& fabric, VertexIndex gpu) {
  for (std::size_t link = 0; link < fabric.links.size(); ++link)
    if (fabric.links[link].src == gpu && fabric.links[link].kind == LinkKind::Nic)
      return static_cast<LinkIndex>(link);
  return -1;
}

}  // namespace

TEST_CASE("without a network across rails a flow changes rails in the node it comes from") {
  FabricConfig config = nodes_of_4(Rails::Only);
  const Fabric fabric = make_fabric(config);
  const Router router(fabric);
  // GPU 1 of node 0 to GPU 3 of node 5: over GPU 3 of node 0.
  CHECK(gpus_passed(fabric, router.route({1, 23})) == std::vector<VertexIndex>{3, 23});
  CHECK(gpus_passed(fabric, router.route({1, 21})) == std::vector<VertexIndex>{21});  // on its rail
  CHECK(gpus_passed(fabric, router.route({1, 3})) == std::vector<VertexIndex>{3});

  config.forwarding = false;
  const Fabric apart = make_fabric(config);
  CHECK_THROWS_WITH_AS(Router(apart).route({1, 23}),
                       "no path is left from gpu 1 (node 0, leaf 2) to gpu 23 (node 5, leaf 7); "
                       "GPUs do not forward (forwarding = false)",
                       std::runtime_error);
}

TEST_CASE("a GPU whose NIC is down sends and receives over another of its node") {
  for (const Rails rails : {Rails::Packed, Rails::Optimised, Rails::Only}) {
    const Fabric fabric = make_fabric(nodes_of_4(rails));
    Router router(fabric);
    router.set_alive(nic_of(fabric, 0), false);
    router.set_alive(reverse(nic_of(fabric, 0)), false);
    // GPU 0 to GPU 20, both first of their nodes, so the rail's own GPU is the one without NIC.
    const auto out = gpus_passed(fabric, router.route({0, 20}));
    REQUIRE(out.size() >= 2);
    CHECK(out.front() < 4);
    CHECK(out.back() == 20);
    const auto back = gpus_passed(fabric, router.route({20, 0}));
    CHECK(back.back() == 0);
    CHECK(back.size() >= 2);
    // Sprayed flows too, and with the other NIC down as well.
    Router sprayed(fabric, {PathChoice::Spray});
    for (const VertexIndex gpu : {0, 20}) {
      sprayed.set_alive(nic_of(fabric, gpu), false);
      sprayed.set_alive(reverse(nic_of(fabric, gpu)), false);
    }
    double share = 0.0;
    for (const Route& route : sprayed.routes({0, 20})) {
      CHECK(gpus_passed(fabric, route).back() == 20);
      share += route.share;
    }
    CHECK(share == doctest::Approx(1.0));
  }
}

TEST_CASE("with one plane's port down the other plane is taken, and GPUs need not forward") {
  FabricConfig planes = nodes_of_4(Rails::Packed, 2);
  planes.forwarding = false;
  FabricConfig dual = uniform_config(Pgft{{4, 4}, {2, 2}}, rate, seconds(1e-6));
  for (const FabricConfig& config : {planes, dual}) {
    const Fabric fabric = make_fabric(config);
    for (VertexIndex dst = 4; dst < 16; ++dst) {
      Router router(fabric);
      const Route healthy = router.route({0, dst});
      router.set_alive(healthy.links.front(), false);
      const Route other = router.route({0, dst});
      CHECK(other.links.front() != healthy.links.front());
      CHECK(gpus_passed(fabric, other) == std::vector<VertexIndex>{dst});
      // The ends must be in the same plane, and the two leaves of a GPU in such a tree are in two.
      router.set_alive(other.links.back(), false);
      Route route;
      CHECK_FALSE(router.find_route({0, dst}, route));
    }
  }
}

TEST_CASE("a switch that is down is avoided until it is back, and its dead link stays dead") {
  const Fabric tree = uniform(Pgft{{4, 4}, {1, 2}}, rate, seconds(1e-6));
  Router router(tree);
  const Route before = router.route({0, 4});
  const VertexIndex spine = tree.links[static_cast<std::size_t>(before.links[1])].dst;
  router.set_alive(before.links[2], false);
  router.set_vertex_alive(spine, false);
  const Route around = router.route({0, 4});
  CHECK(tree.links[static_cast<std::size_t>(around.links[1])].dst != spine);
  router.set_vertex_alive(spine, true);
  CHECK(router.is_alive(before.links[1]));
  CHECK_FALSE(router.is_alive(before.links[2]));
  router.set_alive(before.links[2], true);
  CHECK(router.route({0, 4}).links == before.links);
}

TEST_CASE("distances over any graph are measured anew after a failure") {
  Fabric fabric;  // two GPUs; routers 2 and 3, joined directly and over 4
  fabric.structure = Structure::Any;
  for (int gpu = 0; gpu < 2; ++gpu) fabric.add_vertex(VertexKind::Gpu, 0);
  for (int router = 0; router < 3; ++router) fabric.add_vertex(VertexKind::Router, 1);
  for (const auto& [a, b] : {std::pair{0, 2}, {1, 3}})
    fabric.add_cable({a, b, LinkKind::Nic, rate, seconds(1e-6), metres(0)});
  for (const auto& [a, b] : {std::pair{2, 3}, {2, 4}, {4, 3}})
    fabric.add_cable({a, b, LinkKind::SwitchToSwitch, rate, seconds(1e-6), metres(0)});
  Router router(fabric);
  CHECK(router.route({0, 1}).links.size() == 3);
  router.set_alive(4, false);  // the first direction of the third cable: 2 -> 3
  CHECK(router.route({0, 1}).links.size() == 4);
  CHECK(router.route({1, 0}).links.size() == 3);
  router.set_vertex_alive(4, false);
  Route route;
  CHECK_FALSE(router.find_route({0, 1}, route));
  router.set_vertex_alive(4, true);
  router.set_alive(4, true);
  CHECK(router.route({0, 1}).links.size() == 3);
}

TEST_CASE("a partition report says who is cut off by what") {
  // Leaves of 32 GPUs under two spines.
  const Fabric tree = uniform(Pgft{{32, 8}, {1, 2}}, rate, seconds(1e-6));
  Router router(tree);
  CHECK(cut_off(router).text == "nothing down cuts off no GPU");
  const VertexIndex spine = tree.vertex(VertexKind::CoreSwitch, 0);
  router.set_vertex_alive(spine, false);
  CHECK(cut_off(router).text == "core switch 0 down cuts off no GPU");
  router.set_vertex_alive(spine, true);
  router.set_vertex_alive(tree.vertex(VertexKind::LeafSwitch, 3), false);
  const Partition leaf = cut_off(router);
  CHECK(leaf.text == "leaf switch 3 down cuts off 32 GPUs: 96-127");
  CHECK(leaf.n_gpus == 32);
  CHECK(leaf.gpus == std::vector<std::pair<std::int64_t, std::int64_t>>{{96, 127}});
  router.set_alive(nic_of(tree, 5), false);
  CHECK(cut_off(router).text == "leaf switch 3 and 1 link down cuts off 33 GPUs: 5, 96-127");
  // Both spines: each leaf is alone, and all but one are cut off.
  router.set_vertex_alive(spine, false);
  router.set_vertex_alive(tree.vertex(VertexKind::CoreSwitch, 1), false);
  CHECK(cut_off(router).n_gpus == 256 - 32);
}

TEST_CASE("who forwards within the node is not cut off with its leaf; a rail of its own is") {
  FabricConfig config = nodes_of_4(Rails::Only);
  const Fabric forwarding = make_fabric(config);
  config.forwarding = false;
  const Fabric apart = make_fabric(config);
  for (const Fabric* fabric : {&forwarding, &apart}) {
    Router router(*fabric);
    // Leaves 0 and 1 are those of rail 0: leaf 1 has GPUs 16, 20, 24, 28.
    router.set_vertex_alive(fabric->vertex(VertexKind::LeafSwitch, 1), false);
    CHECK(cut_off(router).text == (fabric == &apart
                                       ? "leaf switch 1 down cuts off 4 GPUs: 16, 20, 24, 28"
                                       : "leaf switch 1 down cuts off no GPU"));
    Route route;
    for (VertexIndex gpu = 0; gpu < 32; gpu += 4)
      CHECK(router.find_route({0, gpu}, route) == (fabric == &forwarding || gpu < 16));
  }
}

TEST_CASE("a torus without one GPU goes on, and two dead GPUs cut a ring") {
  const Fabric ring = uniform(Torus{{6}}, rate, seconds(1e-6));
  Router router(ring);
  router.set_vertex_alive(2, false);
  CHECK(cut_off(router).text == "gpu 2 down cuts off 1 GPU: 2");
  CHECK(router.route({1, 3}).links.size() == 4);
  router.set_vertex_alive(4, false);
  CHECK(cut_off(router).text == "gpu 2 and gpu 4 down cuts off 3 GPUs: 2-4");
}
