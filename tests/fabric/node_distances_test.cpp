// Links between nodes, by hand and against a search of every pair.
#include <doctest/doctest.h>

#include <vector>

#include "fabric/node_distances.hpp"
#include "fabrics.hpp"
#include "hops.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

template <class Network>
Fabric built(Network network) {
  return uniform(std::move(network), bytes_per_second(50e9), seconds(1e-6));
}

TEST_CASE("nodes of a torus are as far apart as their coordinates, the shorter way round") {
  NodeDistances on_torus(built(Torus{{8, 8}}), 1);
  CHECK(on_torus.between(0, 0) == 0);
  CHECK(on_torus.between(0, 1) == 1);
  CHECK(on_torus.between(0, 7) == 1);  // round the ring
  CHECK(on_torus.between(0, 4) == 4);  // half-way
  CHECK(on_torus.between(0, 9) == 2);  // one on in each dimension
  CHECK(on_torus.between(9, 0) == 2);
  CHECK(on_torus.between(0, 4 + 32) == 8);  // the diameter
}

TEST_CASE("nodes of several GPUs of a torus are as far apart as their nearest GPUs") {
  // Nodes of 4 are halves of the rows of 8: node 1 is the other half of node 0's row and begins
  // where that ends; nodes 2 and 3 are the next row.
  auto config = uniform_config(Torus{{8, 8}}, bytes_per_second(50e9), seconds(1e-6));
  config.gpus_per_node = 4;
  NodeDistances halves(make_fabric(config), 4);
  CHECK(halves.between(0, 1) == 1);
  CHECK(halves.between(0, 2) == 1);
  CHECK(halves.between(0, 3) == 2);
  CHECK(halves.between(0, 8) == 4);  // four rows on
}

TEST_CASE("in trees and dragonflies distance grows from leaf to pod and beyond") {
  // Pods of 4 leaves of 2 nodes: NIC to leaf to NIC; by an aggregation switch; by a core.
  ThreeLayerClos clos;
  clos.pods = 2;
  clos.leaves_per_pod = 4;
  NodeDistances tree(clos_of(clos), 8);
  CHECK(tree.between(0, 1) == 2);
  CHECK(tree.between(0, 2) == 4);
  CHECK(tree.between(0, 8) == 6);
  // Groups of 4 routers with 2 GPUs each: own router, own group, another group, where the cable
  // may end at either's own router or at another one.
  Dragonfly fly;
  fly.routers = 4;
  fly.gpus_per_router = 2;
  fly.global_ports = 2;
  NodeDistances flies(built(fly), 1);
  CHECK(flies.between(0, 1) == 2);
  CHECK(flies.between(0, 7) == 3);
  for (std::int64_t other = 8; other < 72; ++other) {
    CHECK(flies.between(0, other) >= 3);
    CHECK(flies.between(0, other) <= 5);
  }
}

TEST_CASE("with rails all nodes of a rail group are under the same leaves") {
  // Leaves of 16 GPUs: one a rail for 16 nodes of 8.
  ThreeLayerClos clos;
  clos.pods = 1;
  clos.leaves_per_pod = 16;
  auto config = clos_config(clos);
  config.rails = Rails::Optimised;
  NodeDistances rails(make_fabric(config), 8);
  CHECK(rails.between(0, 15) == 2);
  CHECK(rails.between(0, 16) == 4);
}

TEST_CASE("distances are those of a search of every pair of GPUs that stand alone") {
  const auto check = [](const Fabric& fabric) {
    std::vector<std::vector<VertexIndex>> neighbours(fabric.vertices.size());
    for (const Link& link : fabric.links)
      neighbours[static_cast<std::size_t>(link.src)].push_back(link.dst);
    NodeDistances nodes(fabric, 1);
    int wrong = 0;
    for (VertexIndex a = 0; a < fabric.n_gpus(); ++a) {
      const auto hops = hops_from(neighbours, a);
      for (VertexIndex b = 0; b < fabric.n_gpus(); ++b)
        wrong += nodes.between(a, b) == hops[static_cast<std::size_t>(b)] ? 0 : 1;
    }
    CHECK(wrong == 0);
  };
  check(built(Torus{{4, 3, 2}}));
  check(built(Torus{{4, 4, 8}, metres(3), {}, true}));
  check(built(Dragonfly{4, 2, 2}));
  check(built(SlimFly{}));
  check(built(HammingMesh{2, 2, 4, 3}));
}

}  // namespace
