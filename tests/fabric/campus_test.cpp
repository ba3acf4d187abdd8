// Buildings and sites of networks without layers, which are islands that gateways join.
#include "fabric/campus.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "check_routes.hpp"
#include "fabric/analysis.hpp"
#include "fabric/bill.hpp"
#include "fabric/node_distances.hpp"
#include "fabric/partition.hpp"
#include "fabric/rewire.hpp"
#include "fabric/survey.hpp"
#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx exactly(double x) { return doctest::Approx(x).epsilon(1e-12); }

template <class Network>
FabricConfig campus_of(Network network, Sites sites) {
  FabricConfig config = uniform_config(std::move(network), rate, seconds(1e-6));
  config.sites = sites;
  return config;
}

/// Links on the way of each pair as the router goes, the longest and in all.
struct Walked {
  std::size_t most = 0, all = 0;
};
Walked walk(const Fabric& fabric, const Routing& routing = {}) {
  const Router router(fabric, routing);
  Walked walked;
  for (VertexIndex a = 0; a < fabric.n_gpus(); ++a)
    for (VertexIndex b = 0; b < fabric.n_gpus(); ++b) {
      if (a == b) continue;
      const Route route = router.route({a, b});
      check_connected(fabric, {a, b}, route);
      walked.most = std::max(walked.most, route.links.size());
      walked.all += route.links.size();
      const bool leaves = std::ranges::any_of(route.links, [&](LinkIndex link) {
        return fabric.links[static_cast<std::size_t>(link)].kind == LinkKind::Campus;
      });
      CHECK(leaves != fabric.share_island(a, b));
    }
  return walked;
}

void check_survey(const Fabric& fabric, const Walked& walked) {
  const Survey found = survey(fabric);
  const auto n = static_cast<double>(fabric.n_gpus());
  CHECK(found.diameter_hops == static_cast<std::int64_t>(walked.most));
  CHECK(found.mean_hops == exactly(static_cast<double>(walked.all) / (n * (n - 1))));
}

}  // namespace

TEST_CASE("two pods of a 4 x 4 torus: 32 links within them, 4 between them by their gateways") {
  const Fabric fabric = make_fabric(campus_of(Torus{{4, 4}}, {.buildings = 2}));
  CHECK(fabric.count(VertexKind::GatewaySwitch) == 8);
  CHECK(fabric.count(VertexKind::CampusSwitch) == 4);
  // 2 x 32 cables of the tori; 32 ports to gateways, and each of 8 gateways to 4 campus switches
  CHECK(fabric.count(LinkKind::SwitchToSwitch) == 2 * 64);
  CHECK(fabric.count(LinkKind::Campus) == 2 * (32 + 8 * 4));
  CHECK(fabric.structure == Structure::Torus);
  const Walked walked = walk(fabric);
  // Within a pod a GPU is 32 links from the 15 others together, and 4 from each of 16 elsewhere.
  CHECK(walked.all == 32 * (32 + 16 * 4));
  CHECK(walked.most == 4);
  check_survey(fabric, walked);
  check_survey(without_standby(fabric), walked);
  NodeDistances distances(fabric, 1);
  CHECK(distances.between(0, 10) == 4);  // (0, 0) to (2, 2): not 2 by a gateway
  CHECK(distances.between(0, 1) == 1);
  CHECK(distances.between(0, 31) == 4);
}

TEST_CASE("nodes are as far apart as their pod's links lead, not as its gateways would") {
  // 36 GPUs, 6 to a gateway: (0, 0) to (3, 3) takes 6 links of the torus, by gateways 4.
  NodeDistances distances(make_fabric(campus_of(Torus{{6, 6}}, {.buildings = 2})), 1);
  CHECK(distances.between(0, 21) == 6);
  CHECK(distances.between(0, 36 + 21) == 4);
}

TEST_CASE("a pod's port out has the taper's part of a link, and takes a NIC at both ends") {
  FabricConfig config = campus_of(Torus{{4}}, {.buildings = 2, .building_taper = 4.0});
  const Fabric fabric = make_fabric(config);
  const Router router(fabric);
  // Four at once, each by its own port: 50 GB/s over 4.
  std::vector<Flow> flows;
  for (VertexIndex gpu = 0; gpu < 4; ++gpu) flows.push_back({gpu, 4 + gpu});
  for (const Channel& channel : channels(router, flows))
    CHECK(channel.bandwidth.value() == exactly(12.5e9));
  // gateway, campus switch, gateway: 1 us each; NICs 0.5 us each
  CHECK(router.route({0, 4}).latency.value() == exactly(4e-6));
  // Each sends 4 bytes to the other pod by its port, and a ring carries 2 a link:
  // 8 x 7 pairs in 4 / 12.5 GB/s.
  CHECK(survey(fabric).all_to_all_bound.value() == exactly(56.0 / (4.0 / 12.5e9)));
  // Without a taper 4 / 50 GB/s.
  config.sites.building_taper = 1.0;
  CHECK(survey(make_fabric(config)).all_to_all_bound.value() == exactly(56.0 / (4.0 / 50e9)));
}

TEST_CASE("cuts of tori go through all pods at once, where that halves them") {
  const Fabric even = make_fabric(campus_of(Torus{{4, 3}}, {.buildings = 2}));
  REQUIRE(even.cuts.size() == 2);
  // Of each pod of 12 the upper half by the first coordinate: 2 and 3 of every 4.
  for (std::size_t gpu = 0; gpu < 24; ++gpu)
    CHECK((even.cuts[0].upper[gpu] != 0) == (gpu % 4 >= 2));
  CHECK(make_fabric(campus_of(Torus{{3, 3}}, {.buildings = 2})).cuts.empty());
  CHECK(make_fabric(campus_of(Torus{{3, 3}}, {})).cuts.size() == 2);
  // 12 ports of 1/2 between the pods; within them 2 x 2 x 3 cables and as many ports
  CHECK(survey(make_fabric(campus_of(Torus{{4, 3}}, {.buildings = 2, .building_taper = 2.0})))
            .bisection.value() == exactly(6 * 50e9));
}

TEST_CASE("dragonflies on a campus: six links from GPU to GPU, two more between sites") {
  const Dragonfly fly{.routers = 4, .gpus_per_router = 2, .global_ports = 2};
  for (const std::int64_t sites : {1, 2}) {
    const Fabric fabric = make_fabric(
        campus_of(fly, {.sites = sites, .buildings = 3 - sites, .distance = metres(1e6)}));
    CHECK(fabric.n_gpus() == 2 * 72);
    const Router router(fabric);
    CHECK(router.route({0, 72}).links.size() == (sites == 1 ? 6 : 8));
    // Each router has one port for its two GPUs.
    const std::vector<Flow> flows{{0, 72}, {1, 73}};
    CHECK(channels(router, flows)[0].bandwidth.value() == exactly(50e9));
    for (const PathChoice choice : {PathChoice::DestinationModulo, PathChoice::SeededHash})
      check_survey(fabric, walk(fabric, {choice}));
    // Detours stay in their island too, and are at most two minimal ways of three hops.
    const Walked detours = walk(fabric, {PathChoice::Valiant, 1, 7});
    CHECK(detours.most == (sites == 1 ? 8 : 8));
    CHECK(detours.all > walk(fabric).all);
  }
}

TEST_CASE("property: any networks without layers on a campus are surveyed as the router goes") {
  CHECK(rc::check([] {
    const auto any = [](std::int64_t least, std::int64_t most) {
      return *rc::gen::inRange<std::int64_t>(least, most + 1);
    };
    const Sites sites{.sites = any(1, 2), .buildings = any(2, 3), .campus_switches = any(1, 5)};
    FabricConfig config;
    switch (any(0, 4)) {
      case 0:
        config = campus_of(Torus{{any(1, 4), any(2, 4)}}, sites);
        break;
      case 1:
        config = campus_of(Torus{.dimensions = {2, 2, 4}, .twist = true}, sites);
        break;
      case 2:
        config = campus_of(HyperX{{any(2, 3), any(1, 3)}, any(0, 2)}, sites);
        break;
      case 3:
        config = campus_of(HammingMesh{any(1, 2), any(1, 2), any(1, 2), any(2, 3)}, sites);
        break;
      default:
        config = campus_of(Dragonfly{any(1, 3), any(1, 2), any(1, 2)}, sites);
        break;
    }
    config.planes = any(1, 2);
    const Fabric fabric = make_fabric(config);
    // As many GPUs of an island as a building has, and none above them.
    RC_ASSERT(std::ranges::max(fabric.islands) + 1 == sites.sites * sites.buildings);
    check_survey(fabric, walk(fabric));
  }));
}

TEST_CASE("rails of routers: a network each, that GPUs of the node forward to") {
  FabricConfig config;
  config.gpus_per_node = 4;
  config.network.dragonfly = Dragonfly{.routers = 2, .gpus_per_router = 2, .global_ports = 1};
  config.rails = Rails::Only;  // 4 rails of 3 groups of 2 routers of 2 GPUs
  const Fabric apart = make_fabric(config);
  CHECK(apart.n_gpus() == 48);
  CHECK(apart.count(VertexKind::Router) == 4 * 6);
  const Router router(apart);
  const Route route = router.route({0, 47});  // node 0, rail 0 to node 11, rail 3
  check_connected(apart, {0, 47}, route);
  CHECK(apart.links[static_cast<std::size_t>(route.links.front())].kind == LinkKind::ScaleUp);
  // Optimised: the same routers, but GPU i of two nodes below one.
  config.rails = Rails::Optimised;
  config.network.dragonfly->groups = 2;
  config.network.dragonfly->routers = 4;
  const Fabric optimised = make_fabric(config);  // 16 GPUs, 2 nodes a group of rails
  CHECK(optimised.places[0].leaf == optimised.places[4].leaf);
  CHECK(optimised.places[0].leaf != optimised.places[1].leaf);
}

TEST_CASE("traffic leaves an island when its own links are gone, and a store is on the campus") {
  FabricConfig config = campus_of(Torus{{4}}, {.buildings = 2, .campus_switches = 1});
  config.storage_bandwidth = bytes_per_second(1e12);
  const Fabric fabric = make_fabric(config);
  Router router(fabric);
  CHECK(router.route({0, 1}).links.size() == 1);
  for (std::size_t link = 0; link < fabric.links.size(); ++link)
    if (fabric.links[link].kind == LinkKind::SwitchToSwitch && fabric.links[link].src == 0) {
      router.set_alive(static_cast<LinkIndex>(link), false);
      router.set_alive(reverse(static_cast<LinkIndex>(link)), false);
    }
  const Route around = router.route({0, 1});
  check_connected(fabric, {0, 1}, around);
  CHECK(around.links.size() == 2);  // by the gateway
  CHECK(cut_off(router).n_gpus == 0);
  // GPU, gateway, the store's gateway, store; from the other building over the campus switch
  const VertexIndex store = fabric.vertex(VertexKind::Storage, 0);
  CHECK(router.route({1, store}).links.size() == 3);
  CHECK(router.route({5, store}).links.size() == 5);
  CHECK(router.route({store, 5}).links.size() == 5);
}

TEST_CASE("the ports of pods of a torus are NICs, and their gateways switches of the bill") {
  hardware::PriceList prices;
  prices.switch_ports = 8;
  const Bill bill = bill_of_materials(
      make_fabric(campus_of(Torus{{4, 4}}, {.buildings = 2, .campus_switches = 4})), prices);
  const auto count = [&](const char* what) {
    const auto line = std::ranges::find(bill.lines, what, &BillLine::what);
    return line == bill.lines.end() ? 0 : line->count;
  };
  CHECK(count("NIC") == 32);
  CHECK(count("gateway switch, 8 ports") == 8);  // 4 GPUs and 4 campus switches each
  CHECK(count("campus switch, 8 ports") == 4);   // 8 gateways
}
