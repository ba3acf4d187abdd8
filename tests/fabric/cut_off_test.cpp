// Which nodes are cut off by what has failed.
#include "fabric/cut_off.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "fabrics.hpp"

namespace longhaul::fabric {
namespace {

using Nodes = std::vector<std::int64_t>;

/// Two nodes of 8 under each leaf, two leaves to a pod, two pods: leaf l has nodes 2l and 2l + 1.
FabricConfig two_pods() {
  return clos_config({.gpus_per_leaf = 16,
                      .leaves_per_pod = 2,
                      .pods = 2,
                      .aggregation_per_pod = 2,
                      .cores = 2,
                      .taper = 1});
}

LinkIndex nic_of(const Fabric& fabric, VertexIndex gpu) {
  for (std::size_t i = 0; i < fabric.links.size(); ++i)
    if (fabric.links[i].src == gpu && fabric.links[i].kind == LinkKind::Nic)
      return static_cast<LinkIndex>(i);
  return -1;
}

TEST_CASE("a leaf cuts its nodes off, a switch above it none") {
  const auto fabric = make_fabric(two_pods());
  Router router(fabric);
  CHECK(nodes_cut_off(router).empty());
  router.set_vertex_alive(fabric.vertex(VertexKind::LeafSwitch, 1), false);
  CHECK(nodes_cut_off(router) == Nodes{2, 3});
  router.set_vertex_alive(fabric.vertex(VertexKind::LeafSwitch, 1), true);
  router.set_vertex_alive(fabric.vertex(VertexKind::AggregationSwitch, 0), false);
  router.set_vertex_alive(fabric.vertex(VertexKind::CoreSwitch, 0), false);
  CHECK(nodes_cut_off(router).empty());
}

TEST_CASE("of two parts the larger stays, of equal ones that of the first node") {
  const auto fabric = make_fabric(two_pods());
  Router router(fabric);
  for (const std::int64_t core : {0, 1})
    router.set_vertex_alive(fabric.vertex(VertexKind::CoreSwitch, core), false);
  CHECK(nodes_cut_off(router) == Nodes{4, 5, 6, 7});
  // With a leaf of the first pod down the second pod is larger.
  router.set_vertex_alive(fabric.vertex(VertexKind::LeafSwitch, 0), false);
  CHECK(nodes_cut_off(router) == Nodes{0, 1, 2, 3});
}

TEST_CASE("a node without one of its NICs is reached where its GPUs forward") {
  auto config = two_pods();
  for (const bool forwarding : {true, false}) {
    config.forwarding = forwarding;
    const auto fabric = make_fabric(config);
    Router router(fabric);
    router.set_alive(nic_of(fabric, 13), false);  // GPU 5 of node 1
    router.set_alive(reverse(nic_of(fabric, 13)), false);
    CHECK(nodes_cut_off(router) == (forwarding ? Nodes{} : Nodes{1}));
  }
}

TEST_CASE("a network for each rail is no network cut apart") {
  auto config = two_pods();
  config.rails = Rails::Only;
  config.forwarding = false;
  const auto fabric = make_fabric(config);
  CHECK(nodes_cut_off(Router(fabric)).empty());
}

TEST_CASE("boards that stand by are not cut off") {
  const auto fabric = uniform(
      Torus{.dimensions = {4, 4}, .board = {2, 2}, .optical_switches = true, .spare_boards = 1},
      bytes_per_second(50e9), seconds(1e-6));
  REQUIRE(fabric.n_standing_by() == 4);
  Router router(fabric);
  CHECK(nodes_cut_off(router).empty());
  for (std::size_t i = 0; i < fabric.links.size(); ++i)
    if (fabric.links[i].src == 5 || fabric.links[i].dst == 5)
      router.set_alive(static_cast<LinkIndex>(i), false);
  CHECK(nodes_cut_off(router) == Nodes{5});
}

}  // namespace
}  // namespace longhaul::fabric
