#include "fabric/router.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "check_routes.hpp"
#include "fabric/analysis.hpp"
#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

Fabric tree_of_64() { return uniform(Pgft{{4, 4, 4}, {1, 4, 4}}, rate, seconds(1e-6)); }

Fabric small_clos() {
  return clos_of({.leaves_per_pod = 4, .pods = 3, .aggregation_per_pod = 4, .cores = 2});
}

/// Every route is a path, and not faster than the fastest path there is.
void check_all_pairs(const Router& router) {
  const Fabric& fabric = router.fabric();
  for (VertexIndex src = 0; src < std::ssize(fabric.vertices); ++src) {
    if (fabric.vertices[static_cast<std::size_t>(src)].level != 0) continue;
    const auto least = dijkstra_latency(fabric, src);
    for (VertexIndex dst = 0; dst < std::ssize(fabric.vertices); ++dst) {
      if (fabric.vertices[static_cast<std::size_t>(dst)].level != 0) continue;
      const Route route = router.route({src, dst, 7});
      check_connected(fabric, {src, dst}, route);
      CHECK(route.latency.value() >= least[static_cast<std::size_t>(dst)].value() * (1 - 1e-12));
    }
  }
}

double largest_load(const Router& router, const std::vector<Flow>& flows) {
  return std::ranges::max(link_loads(router, flows));
}

}  // namespace

TEST_CASE("every route is a path no faster than Dijkstra's, in trees, tori and the Clos") {
  const Fabric tree = tree_of_64();
  const Fabric clos = small_clos();
  const Fabric torus = uniform(Torus{{4, 2, 5}}, rate, seconds(1e-6));
  for (const Fabric* fabric : {&tree, &clos, &torus}) {
    check_all_pairs(Router(*fabric));
    check_all_pairs(Router(*fabric, {PathChoice::SeededHash, 1, 3}));
  }
}

TEST_CASE("routes of the 24k cluster from one GPU are no faster than Dijkstra's") {
  const Fabric fabric = clos_of();
  const Router router(fabric);
  const auto least = dijkstra_latency(fabric, 5000);
  for (VertexIndex dst = 0; dst < fabric.n_gpus(); dst += 7) {
    const Route route = router.route({5000, dst});
    check_connected(fabric, {5000, dst}, route);
    CHECK(route.latency.value() >= least[static_cast<std::size_t>(dst)].value() * (1 - 1e-12));
  }
}

TEST_CASE("latencies of the 24k cluster: in the node, the rack, the pod, and across pods") {
  const Fabric fabric = clos_of();
  const Router router(fabric);
  const auto us = [&](VertexIndex dst) { return router.route({0, dst}).latency.value() * 1e6; };
  const auto approx = [](double x) { return doctest::Approx(x).epsilon(1e-9); };
  CHECK(us(1) == approx(3.33));  // NVLink
  // 2 x 1.3 at the NICs + 1 switch + 2 x 3 m x 4.9 ns
  CHECK(us(8) == approx(2.6 + 1.0 + 0.0294));
  // + 2 switches and 2 x 30 m
  CHECK(us(16) == approx(2.6 + 3.0 + 0.0294 + 0.294));
  // + 2 switches and 2 x 100 m
  CHECK(us(3072) == approx(2.6 + 5.0 + 0.0294 + 0.294 + 0.98));
}

TEST_CASE("a torus route takes the shorter way round each ring") {
  const Fabric fabric = uniform(Torus{{4, 4, 4}}, rate, seconds(1e-6));
  const Router router(fabric);
  const auto hops = [&](VertexIndex src, VertexIndex dst) {
    return router.route({src, dst}).links.size();
  };
  CHECK(hops(0, 1) == 1);
  CHECK(hops(3, 4) == 2);    // (3,0,0) -> (0,1,0): over the wrap, and one up
  CHECK(hops(15, 16) == 3);  // (3,3,0) -> (0,0,1)
  CHECK(hops(0, 2 + 2 * 4 + 2 * 16) == 6);
}

TEST_CASE("half-way round an even ring both directions are used alike") {
  const Fabric fabric = uniform(Torus{{4}}, rate, seconds(1e-6));
  std::vector<Flow> flows;
  for (VertexIndex gpu = 0; gpu < 4; ++gpu) flows.push_back({gpu, (gpu + 2) % 4});
  const auto loads = link_loads(Router(fabric), flows);
  for (const double load : loads) CHECK(load == 1);
}

TEST_CASE("shifts by any distance collide nowhere in a tree under D-mod-k") {
  const Fabric fabric = tree_of_64();
  const Router router(fabric);
  for (VertexIndex distance = 1; distance < 64; ++distance) {
    std::vector<Flow> flows;
    for (VertexIndex gpu = 0; gpu < 64; ++gpu) flows.push_back({gpu, (gpu + distance) % 64});
    CHECK(largest_load(router, flows) == 1);
  }
}

TEST_CASE("hashed choices collide, the same way for the same seed and another for another") {
  const Fabric fabric = tree_of_64();
  std::vector<Flow> flows;
  for (VertexIndex gpu = 0; gpu < 64; ++gpu)
    flows.push_back({gpu, (gpu + 16) % 64, static_cast<std::uint64_t>(gpu)});
  const auto loads = [&](std::uint64_t seed) {
    return link_loads(Router(fabric, {PathChoice::SeededHash, 1, seed}), flows);
  };
  CHECK(std::ranges::max(loads(1)) > 1);
  CHECK(loads(1) == loads(1));
  CHECK(loads(1) != loads(2));
}

TEST_CASE("flows of many nodes to the store spread over uplinks by where they come from") {
  const Fabric fabric = clos_of();
  const VertexIndex store = fabric.vertex(VertexKind::Storage, 0);
  std::vector<Flow> flows;
  for (VertexIndex gpu = 0; gpu < 16; ++gpu) flows.push_back({gpu, store});
  const auto loads = link_loads(Router(fabric), flows);
  for (std::size_t i = 0; i < loads.size(); ++i)
    if (fabric.links[i].kind == LinkKind::SwitchToSwitch &&
        fabric.vertices[static_cast<std::size_t>(fabric.links[i].src)].kind ==
            VertexKind::LeafSwitch)
      CHECK(loads[i] <= 1);
}

TEST_CASE("dead links are avoided on the way up, on the way down, and round a ring") {
  const Fabric clos = small_clos();
  Router router(clos);
  const Flow flow{0, 127};
  for (std::size_t position : {1U, 2U, 3U, 4U}) {
    const LinkIndex dead = router.route(flow).links[position];
    router.set_alive(dead, false);
    const Route route = router.route(flow);
    CHECK(std::ranges::count(route.links, dead) == 0);
    check_connected(clos, flow, route);
  }
  const Fabric ring = uniform(Torus{{5}}, rate, seconds(1e-6));
  Router around(ring);
  around.set_alive(around.route({0, 1}).links[0], false);
  CHECK(around.route({0, 1}).links.size() == 4);
}

TEST_CASE("rails, whose leaves stand above GPUs with gaps between them, are routed as well") {
  // Nodes {0, 1}, {2, 3}, {4, 5}; leaf A over the even GPUs, B over the odd ones, one spine.
  Fabric rails;
  for (int gpu = 0; gpu < 6; ++gpu) rails.add_vertex(VertexKind::Gpu, 0);
  for (int node = 0; node < 3; ++node) rails.add_vertex(VertexKind::ScaleUpSwitch, 1);
  const VertexIndex leaf = rails.add_vertex(VertexKind::LeafSwitch, 1);
  rails.add_vertex(VertexKind::LeafSwitch, 1);
  const VertexIndex spine = rails.add_vertex(VertexKind::CoreSwitch, 2);
  for (VertexIndex gpu = 0; gpu < 6; ++gpu) {
    rails.add_cable({gpu, 6 + gpu / 2, LinkKind::ScaleUp, rate, seconds(1e-6), metres(0)});
    rails.add_cable({gpu, leaf + gpu % 2, LinkKind::Nic, rate, seconds(1e-6), metres(0)});
  }
  for (VertexIndex rail = 0; rail < 2; ++rail)
    rails.add_cable({leaf + rail, spine, LinkKind::SwitchToSwitch, rate, seconds(1e-6), metres(0)});
  const Router router(rails);
  check_all_pairs(router);
  CHECK(router.route({0, 1}).links.size() == 2);  // in the node
  CHECK(router.route({0, 4}).links.size() == 2);  // on the rail
  CHECK(router.route({0, 5}).links.size() == 4);  // by the spine
}

TEST_CASE("where no path is left the router says between whom") {
  const Fabric fabric = tree_of_64();
  Router router(fabric);
  const LinkIndex nic = router.route({5, 60}).links.front();
  router.set_alive(nic, false);
  Route route;
  CHECK_FALSE(router.find_route({5, 60}, route));
  CHECK_THROWS_WITH_AS(router.route({5, 60}),
                       "no path is left from gpu 5 (leaf 1, pod 0) to gpu 60 (leaf 15, pod 3)",
                       std::runtime_error);
  router.set_alive(nic, true);
  CHECK(router.route({5, 60}).links.size() == 6);
  CHECK_THROWS_AS(router.route({5, 64}), std::invalid_argument);  // a switch
}
