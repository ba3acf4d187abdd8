#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

/// Bandwidth of all links from vertices of one kind to those of another within pod 0 [B/s].
double bandwidth_between(const Fabric& fabric, VertexKind from, VertexKind to) {
  double sum = 0.0;
  for (const Link& link : fabric.links)
    if (fabric.vertices[static_cast<std::size_t>(link.src)].kind == from &&
        fabric.vertices[static_cast<std::size_t>(link.dst)].kind == to)
      sum += link.bandwidth.value();
  return sum;
}

}  // namespace

TEST_CASE("Meta's 24k cluster: 8 pods of 192 racks of 16 GPUs") {
  const Fabric fabric = clos_of();
  CHECK(fabric.n_gpus() == 24'576);
  CHECK(fabric.count(VertexKind::Gpu) == 24'576);
  CHECK(fabric.count(VertexKind::ScaleUpSwitch) == 24'576 / 8);
  CHECK(fabric.count(VertexKind::LeafSwitch) == 8 * 192);
  CHECK(fabric.count(VertexKind::AggregationSwitch) == 8 * 16);
  CHECK(fabric.count(VertexKind::CoreSwitch) == 16);
  CHECK(fabric.count(VertexKind::Storage) == 1);
  CHECK(fabric.count(LinkKind::ScaleUp) == 2 * 24'576);
  CHECK(fabric.count(LinkKind::Nic) == 2 * 24'576);
  // both directions of 1,536 leaves x 16 and 128 aggregation x 16 cores
  CHECK(fabric.count(LinkKind::SwitchToSwitch) == 2 * (1536 * 16 + 128 * 16));
  CHECK(fabric.count(LinkKind::Storage) == 2 * (1 + 16));  // the store's, the gateway's to cores
}

TEST_CASE("Meta's 24k cluster has full bisection in a pod and 1:7 above") {
  const Fabric fabric = clos_of();
  const double nics = 24'576 * 50e9;
  using enum VertexKind;
  CHECK(bandwidth_between(fabric, Gpu, LeafSwitch) == doctest::Approx(nics));
  CHECK(bandwidth_between(fabric, LeafSwitch, AggregationSwitch) == doctest::Approx(nics));
  CHECK(bandwidth_between(fabric, AggregationSwitch, CoreSwitch) == doctest::Approx(nics / 7));
  CHECK(bandwidth_between(fabric, StorageGateway, Storage) == doctest::Approx(2e12));
}

TEST_CASE("a GPU of Meta's 24k cluster knows its node, rack and pod") {
  const Fabric fabric = clos_of();
  // 5,000 = 625 nodes of 8 = 312 racks of 16 and 8 more; a pod has 3,072
  CHECK(fabric.places[5000].node == 625);
  CHECK(fabric.places[5000].leaf == 312);
  CHECK(fabric.places[5000].pod == 1);
  CHECK(vertex_name(fabric, 5000) == "gpu 5000 (node 625, leaf 312, pod 1)");
  CHECK(vertex_name(fabric, fabric.vertex(VertexKind::CoreSwitch, 3)) == "core switch 3");
  const Link& last = fabric.links.back();  // down from the last core
  CHECK(vertex_name(fabric, last.src) == "core switch 15");
  CHECK(link_name(fabric, static_cast<LinkIndex>(fabric.links.size() - 1)) ==
        "core switch 15 -> storage gateway 0");
  CHECK_THROWS_AS(fabric.vertex(VertexKind::CoreSwitch, 16), std::out_of_range);
}

TEST_CASE("XGFT(2;4,4;1,4) is 16 GPUs, 4 leaves and 4 tops; XGFT(3;..) is 64, 16, 16 and 16") {
  const Fabric two = uniform(Pgft{{4, 4}, {1, 4}}, bytes_per_second(50e9), seconds(1e-6));
  CHECK(two.n_gpus() == 16);
  CHECK(two.count(VertexKind::LeafSwitch) == 4);
  CHECK(two.count(VertexKind::CoreSwitch) == 4);
  CHECK(two.links.size() == 2 * (16 + 16));
  const Fabric three = uniform(Pgft{{4, 4, 4}, {1, 4, 4}}, bytes_per_second(50e9), seconds(1e-6));
  CHECK(three.n_gpus() == 64);
  CHECK(three.count(VertexKind::LeafSwitch) == 16);
  CHECK(three.count(VertexKind::AggregationSwitch) == 16);
  CHECK(three.count(VertexKind::CoreSwitch) == 16);
  CHECK(three.links.size() == 2 * (64 + 64 + 64));
}

TEST_CASE("a torus has a cable a GPU and dimension; a dimension of two has both, one of one none") {
  const auto cables = [](std::vector<std::int64_t> dimensions) {
    return uniform(Torus{std::move(dimensions)}, bytes_per_second(50e9), seconds(1e-6))
               .links.size() /
           2;
  };
  CHECK(cables({4, 4, 4}) == 192);
  CHECK(cables({8, 8}) == 128);
  CHECK(cables({2, 1, 3}) == 12);
}

TEST_CASE("impossible fabrics are refused with what would be right") {
  const auto message = [](auto change) {
    ThreeLayerClos params;
    change(params);
    try {
      clos_of(params);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(message([](ThreeLayerClos& p) { p.pods = 0; }) == "pods = 0, but it must be at least 1");
  CHECK(message([](ThreeLayerClos& p) { p.taper = 0.5; }) ==
        "taper = 0.5, but it must be at least 1");
  FabricConfig config = clos_config();
  config.parts.nic_bandwidth = bytes_per_second(0);
  CHECK_THROWS_WITH(make_fabric(config), "nic_bandwidth = 0, but it must be positive");
  config = clos_config();
  config.parts.nic_latency = seconds(-1);
  CHECK_THROWS_WITH(make_fabric(config), "nic_latency = -1, but it must be at least 0");
  CHECK(message([](ThreeLayerClos& p) {
          p.pods = 1'000'000;
        }).find("more than a fabric can hold") != std::string::npos);
  const BytesPerSecond rate = bytes_per_second(1);
  CHECK_THROWS_AS(uniform(Pgft{{4, 4}, {1}}, rate, seconds(0)), std::invalid_argument);
  CHECK_THROWS_AS(uniform(Pgft{{4, 0}, {1, 1}}, rate, seconds(0)), std::invalid_argument);
  CHECK_THROWS_AS(uniform(Torus{{}}, rate, seconds(0)), std::invalid_argument);
  CHECK_THROWS_AS(uniform(Torus{{4, -4}}, rate, seconds(0)), std::invalid_argument);
}
