#include "fabric/analysis.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "fabric/contention.hpp"
#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }

/// The same flows with every link kept and all flows in one component.
std::vector<BytesPerSecond> unreduced(const Router& router, const std::vector<Flow>& flows) {
  const RoutedFlows routed = route_flows(router, flows);
  Component all;
  for (std::size_t f = 0; f < flows.size(); ++f) all.flows.push_back(f);
  return max_min_fair(router, routed, all);
}

}  // namespace

TEST_CASE("seven flows into one GPU get a seventh of its NIC each") {
  const Fabric fabric = uniform(Pgft{{8}, {1}}, rate, seconds(1e-6));
  std::vector<Flow> flows;
  for (VertexIndex gpu = 1; gpu < 8; ++gpu) flows.push_back({gpu, 0});
  for (const Channel& channel : channels(Router(fabric), flows)) {
    CHECK(channel.bandwidth.value() == approx(50e9 / 7));
    CHECK(channel.latency.value() == approx(2e-6));
  }
}

TEST_CASE("what a slow flow leaves goes to the others: max-min, not equal shares") {
  // On a line 0 - 1 - 2 of links of 50: a 0->2 and b 0->2 and c 0->1 share the first link;
  // d, e, f 1->2 share the second with a and b, which is the tighter one: 10 each for five flows,
  // so that c gets 50 - 2 x 10 = 30.
  Fabric line;
  for (int gpu = 0; gpu < 3; ++gpu) line.add_vertex(VertexKind::Gpu, 0);
  line.structure = Structure::Torus;
  line.torus = {3};
  for (VertexIndex gpu = 0; gpu < 3; ++gpu)
    line.add_cable(
        {gpu, (gpu + 1) % 3, LinkKind::Nic, bytes_per_second(50), seconds(0), metres(0)});
  Router router(line);
  router.set_alive(5, false);  // 0 -> 2 the short way
  const std::vector<Flow> flows{{0, 2}, {0, 2}, {0, 1}, {1, 2}, {1, 2}, {1, 2}};
  const auto result = channels(router, flows);
  for (const std::size_t f : {0U, 1U, 3U, 4U, 5U}) CHECK(result[f].bandwidth.value() == approx(10));
  CHECK(result[2].bandwidth.value() == approx(30));
}

TEST_CASE("a flow from a GPU to itself needs nothing") {
  const Fabric fabric = uniform(Pgft{{8}, {1}}, rate, seconds(1e-6));
  const auto result = channels(Router(fabric), std::vector<Flow>{{3, 3}});
  CHECK(result[0].latency.value() == 0.0);
  CHECK(std::isinf(result[0].bandwidth.value()));
}

TEST_CASE("the reduction is exact: contended flows get what they get with every link kept") {
  // Few uplinks, hashed choice, flows of all distances, two of them from each GPU.
  const Fabric fabric =
      clos_of({.leaves_per_pod = 4, .pods = 3, .aggregation_per_pod = 3, .cores = 2, .taper = 3.0});
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Router router(fabric, {PathChoice::SeededHash, 1, seed});
    std::vector<Flow> flows;
    const auto n = static_cast<VertexIndex>(fabric.n_gpus());
    for (VertexIndex gpu = 0; gpu < n; ++gpu) {
      flows.push_back({gpu, (gpu + 7 * (gpu % 5) + 16) % n, seed});
      if (gpu % 3 == 0) flows.push_back({gpu, (gpu + 40) % n, seed + 1});
    }
    const auto whole = unreduced(router, flows);
    const auto reduced = channels(router, flows);
    for (std::size_t f = 0; f < flows.size(); ++f)
      CHECK(reduced[f].bandwidth.value() == approx(whole[f].value()));
    const Contention contention = find_contention(router, route_flows(router, flows));
    CHECK(contention.flows.links.size() < route_flows(router, flows).links.size());
  }
}

TEST_CASE("independent equal groups of flows are one problem, and a label tells them apart") {
  const Fabric fabric = uniform(Pgft{{4, 4}, {1, 4}}, rate, seconds(1e-6));
  const Router router(fabric);
  std::vector<Flow> flows;  // in each leaf GPUs 1 and 2 send to GPU 0
  for (VertexIndex leaf = 0; leaf < 4; ++leaf)
    for (VertexIndex gpu = 1; gpu < 3; ++gpu) flows.push_back({4 * leaf + gpu, 4 * leaf});
  const auto alike = find_contention(router, route_flows(router, flows)).components;
  REQUIRE(alike.size() == 4);
  for (const Component& component : alike) CHECK(component.like == 0);
  const std::vector<std::uint64_t> labels{1, 1, 1, 1, 1, 2, 1, 1};
  const auto labelled = find_contention(router, route_flows(router, flows), labels).components;
  CHECK(labelled[1].like == 0);
  CHECK(labelled[2].like == 2);
  CHECK(labelled[3].like == 0);
}

TEST_CASE("data-parallel rings of 16,384 GPUs of the 24k cluster fill no uplink inside a pod") {
  // 384 nodes a pod, rings of 128 consecutive nodes on each of 8 rails: every ring in one pod.
  const Fabric fabric = clos_of();
  std::vector<Flow> flows;
  for (VertexIndex ring = 0; ring < 16; ++ring)
    for (VertexIndex rank = 0; rank < 128; ++rank)
      for (VertexIndex rail = 0; rail < 8; ++rail)
        flows.push_back(
            {(ring * 128 + rank) * 8 + rail, (ring * 128 + (rank + 1) % 128) * 8 + rail});
  for (const Channel& channel : channels(Router(fabric), flows))
    CHECK(channel.bandwidth.value() == approx(50e9));
}

TEST_CASE("two flows that cross on the way to one GPU each keep both ends' limits in mind") {
  // Both links of the pair could excuse the other: out of GPU 0 and into GPU 1 are both full.
  const Fabric fabric = uniform(Pgft{{4}, {1}}, rate, seconds(1e-6));
  const auto result = channels(Router(fabric), std::vector<Flow>{{0, 1, 1}, {0, 1, 2}});
  CHECK(result[0].bandwidth.value() == approx(25e9));
  CHECK(result[1].bandwidth.value() == approx(25e9));
}
