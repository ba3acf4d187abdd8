// Built graphs against the closed forms of their families: named values, then tables.
#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "fabric/analysis.hpp"
#include "fabrics.hpp"
#include "hops.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

template <class Network>
Fabric built(Network network) {
  return uniform(std::move(network), bytes_per_second(50e9), seconds(1e-6));
}

std::int64_t n_vertices(const Fabric& fabric) { return std::ssize(fabric.vertices); }
std::int64_t n_edges(const Fabric& fabric) { return std::ssize(fabric.links) / 2; }
doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-6); }

std::string message(const FabricConfig& config) {
  try {
    make_fabric(config);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

template <class Network>
std::string refusal(Network network) {
  return message(uniform_config(std::move(network), bytes_per_second(1), seconds(0)));
}

}  // namespace

TEST_CASE("torus: diameter, mean distance and the least cut across a dimension") {
  struct Row {
    std::vector<std::int64_t> dimensions;
    int diameter;
    double mean;
    std::int64_t cut;  // 2 N / k
  };
  // 4x4x4: 2+2+2; 64/63 x 3 x 4/4. 8x8: 4+4; 64/63 x 2 x 8/4. 8x8x8: 12; 512/511 x 3 x 2.
  // 3x4: 1+2; 12/11 (8/12 + 1); across the 4: 2 x 3
  for (const Row& row : {Row{{4, 4, 4}, 6, 3.047619, 32}, Row{{8, 8}, 8, 4.063492, 16},
                         Row{{8, 8, 8}, 12, 6.011742, 128}, Row{{3, 4}, 3, 20.0 / 11.0, 6}}) {
    const Fabric fabric = built(Torus{row.dimensions});
    const Distances found = distances(fabric);
    CHECK(found.diameter == row.diameter);
    CHECK(found.mean == approx(row.mean));
    CHECK(cables_across(fabric, row.dimensions.size() - 1) == row.cut);
    CHECK(all_have(fabric, VertexKind::Gpu, 2 * std::ssize(row.dimensions)));
  }
}

TEST_CASE("a twist makes tori of k x k x 2k and k x 2k x 2k tighter, with as many cables") {
  struct Row {
    std::vector<std::int64_t> dimensions;
    int plain, twisted;
    double plain_mean, twisted_mean;
  };
  // Both are lattices of diameter 3k/2, rounded down [Camara+ 2010], 2k and 5k/2 without a twist.
  // The means were counted by a program of their own.
  for (const Row& row :
       {Row{{2, 2, 4}, 4, 3, 2.133333, 1.733333}, Row{{4, 4, 8}, 8, 6, 4.031496, 3.464567},
        Row{{8, 4, 4}, 8, 6, 4.031496, 3.464567}, Row{{4, 8, 8}, 10, 6, 5.019608, 4.329412}}) {
    const Fabric plain = built(Torus{row.dimensions});
    const Fabric twisted = built(Torus{row.dimensions, metres(0), {}, true});
    CHECK(distances(plain).diameter == row.plain);
    CHECK(distances(plain).mean == approx(row.plain_mean));
    CHECK(distances(twisted).diameter == row.twisted);
    CHECK(distances(twisted).mean == approx(row.twisted_mean));
    CHECK(n_edges(twisted) == n_edges(plain));
    CHECK(all_have(twisted, VertexKind::Gpu, 6));
    CHECK(twisted.structure == Structure::Any);
    CHECK(plain.structure == Structure::Torus);
  }
  // 4 x 4 x 8 by hand: from (3, 0, 0) over the wrap of x to (0, 0, 4), and plain to (0, 0, 0).
  const Fabric twisted = built(Torus{{4, 4, 8}, metres(0), {}, true});
  const auto joined = [&](VertexIndex a, VertexIndex b) {
    return std::ranges::any_of(twisted.links,
                               [=](const Link& l) { return l.src == a && l.dst == b; });
  };
  CHECK(joined(3, 4 * 16));
  CHECK_FALSE(joined(3, 0));
  CHECK(joined(7 * 16, 0));  // the long one's own wrap
  // Across x: 32 cables from 1 to 2 and the 32 wraps; across z two times 16, and the 2 x 32 wraps
  // of x and y, all of which go from one half to the other. Plain: 64, 32.
  CHECK(cables_across(twisted, 0) == 64);
  CHECK(cables_across(twisted, 2) == 96);
}

TEST_CASE("fat trees of k ports: hosts, switches, links, diameter and mean distance") {
  const Fabric small = built(FatTree{.ports = 4, .levels = 3});
  CHECK(n_vertices(small) == 36);
  CHECK(n_edges(small) == 48);
  CHECK(distances(small).diameter == 6);
  // 16 hosts: 1 at 2, 2 at 4, 12 at 6: 82/15
  CHECK(distances(small).mean == approx(5.466667));
  for (const std::int64_t k : {4, 6, 8}) {
    const Fabric two = built(FatTree{.ports = k, .levels = 2});
    CHECK(two.n_gpus() == k * k / 2);
    CHECK(n_vertices(two) - two.n_gpus() == 3 * k / 2);
    CHECK(n_edges(two) - two.n_gpus() == k * k / 2);
    CHECK(distances(two).diameter == 4);
    const Fabric three = built(FatTree{.ports = k, .levels = 3});
    CHECK(three.n_gpus() == k * k * k / 4);
    CHECK(n_vertices(three) - three.n_gpus() == 5 * k * k / 4);
    CHECK(n_edges(three) - three.n_gpus() == k * k * k / 2);
    CHECK(distances(three).diameter == 6);
  }
}

TEST_CASE("a part of a fat tree has ceil(uplinks / k) spines with parallel cables") {
  // 128 GPUs below 4 leaves of 64 ports: 128 uplinks, 2 spines, 16 cables each to each leaf
  const Fabric fabric = built(FatTree{.ports = 64, .levels = 2, .gpus = 128});
  CHECK(fabric.count(VertexKind::LeafSwitch) == 4);
  CHECK(fabric.count(VertexKind::CoreSwitch) == 2);
  CHECK(all_have(fabric, VertexKind::CoreSwitch, 64));
  CHECK(fabric.count(LinkKind::SwitchToSwitch) == 2 * 8);
}

TEST_CASE("dragonfly: one cable between any two of a h + 1 groups, three hops between routers") {
  const Fabric fabric = built(Dragonfly{.routers = 4, .gpus_per_router = 2, .global_ports = 2});
  CHECK(fabric.n_gpus() == 4 * 2 * 9);
  CHECK(fabric.count(VertexKind::Router) == 4 * 9);
  CHECK(all_have(fabric, VertexKind::Router, 4 - 1 + 2 + 2));
  CHECK(distances(fabric, VertexKind::Router).diameter == 3);
  CHECK(distances(fabric).diameter == 5);
  // local 9 x 6, global 9 x 8 / 2
  CHECK(fabric.count(LinkKind::SwitchToSwitch) == 2 * (54 + 36));
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  const VertexIndex first = fabric.vertex(VertexKind::Router, 0);
  for (const Link& link : fabric.links)
    if (link.length == metres(100)) pairs.insert({(link.src - first) / 4, (link.dst - first) / 4});
  CHECK(pairs.size() == 9 * 8);  // so each once
  // Port 4 of group 6 is on its router 2 and leads to group 4, whose port 5, on router 2, leads
  // back: 5 is not below 4, so to group 6.
  CHECK(std::ranges::any_of(fabric.links, [&](const Link& l) {
    return l.src == first + 6 * 4 + 2 && l.dst == first + 4 * 4 + 2;
  }));
  CHECK(fabric.places[71].leaf == 35);
  CHECK(fabric.places[71].pod == 8);
  // 4 of 9 groups, and the half of the fifth that joins them: 4 x 4 cables and 4 within the fifth,
  // whose routers 0 and 1 have the ports to groups 0 to 3.
  CHECK(cables_across(fabric, 0) == 4 * 4 + 4);
}

TEST_CASE("numbers of a dragonfly that are not given are balanced, a = 2p = 2h") {
  const auto numbers = [](const Dragonfly& given) {
    const Dragonfly all = balanced(given);
    return std::vector{all.routers, all.gpus_per_router, all.global_ports};
  };
  using Numbers = std::vector<std::int64_t>;
  CHECK(numbers({}) == Numbers{8, 4, 4});
  CHECK(numbers({.routers = 6}) == Numbers{6, 3, 3});
  CHECK(numbers({.routers = 5}) == Numbers{5, 3, 3});  // not fewer than the half
  CHECK(numbers({.gpus_per_router = 3}) == Numbers{6, 3, 3});
  CHECK(numbers({.global_ports = 5}) == Numbers{10, 5, 5});
  CHECK(numbers({.routers = 6, .global_ports = 2}) == Numbers{6, 2, 2});
  CHECK(numbers({.routers = 6, .gpus_per_router = 4}) == Numbers{6, 4, 4});
  CHECK(numbers({.gpus_per_router = 3, .global_ports = 2}) == Numbers{4, 3, 2});
  CHECK(endpoints(Dragonfly{.routers = 6}) == 6 * 3 * 19);
  CHECK(built(Dragonfly{.global_ports = 3}).count(VertexKind::Router) == 6 * 19);
}

TEST_CASE("fewer groups of a dragonfly have more cables between any two") {
  // 4 x 2 = 8 ports for 3 others: 2 cables, 2 ports are free
  const Fabric four =
      built(Dragonfly{.routers = 4, .gpus_per_router = 2, .global_ports = 2, .groups = 4});
  std::int64_t global = 0;
  for (const Link& link : four.links)
    if (link.length == metres(100)) global += link.cables;
  CHECK(global == 2 * 2 * 4 * 3 / 2);
  CHECK(cables_across(four, 0) == 2 * 2 * 2);
  // Two groups: all 8 cables, each router to the one with its number
  const Fabric two =
      built(Dragonfly{.routers = 4, .gpus_per_router = 2, .global_ports = 2, .groups = 2});
  CHECK(two.count(LinkKind::SwitchToSwitch) == 2 * (2 * 6 + 4));
  CHECK(all_have(two, VertexKind::Router, 7));
  CHECK(cables_across(two, 0) == 8);
  const Fabric one =
      built(Dragonfly{.routers = 4, .gpus_per_router = 2, .global_ports = 2, .groups = 1});
  CHECK(one.count(LinkKind::SwitchToSwitch) == 2 * 6);
}

TEST_CASE("HyperX: a hop a dimension; UB-Mesh's pod of 1,024 has 20 ports a GPU") {
  const Fabric pod = built(HyperX{{8, 8, 4, 4}});
  CHECK(pod.n_gpus() == 1024);
  CHECK(n_vertices(pod) == 1024);
  CHECK(all_have(pod, VertexKind::Gpu, 7 + 7 + 3 + 3));
  CHECK(distances(pod).diameter == 4);
  // 1024/1023 (7/8 + 7/8 + 3/4 + 3/4)
  CHECK(distances(pod).mean == approx(3.253177));
  CHECK(cables_across(pod, 0) == 128 * 16);  // 4 x 4 in each of 128 rows of 8
  CHECK(cables_across(pod, 2) == 256 * 4);
  const Fabric routers = built(HyperX{{4, 3}, 5, {2, 1}});
  CHECK(routers.n_gpus() == 60);
  CHECK(all_have(routers, VertexKind::Router, 5 + 2 * 3 + 2));
  CHECK(distances(routers, VertexKind::Router).diameter == 2);
  CHECK(distances(routers).diameter == 4);
  CHECK(cables_across(routers, 0) == 3 * 2 * 2 * 2);
  CHECK(routers.places[59].leaf == 11);
}

TEST_CASE("Hx2Mesh of 4 x 4 boards: a quarter of its injection bandwidth across the middle") {
  const Fabric fabric = built(HammingMesh{.width = 4, .height = 4});
  CHECK(n_vertices(fabric) == 80);
  CHECK(n_edges(fabric) == 192);
  CHECK(distances(fabric).diameter == 4);
  CHECK(distances(fabric).mean == approx(3.301587));
  CHECK(all_have(fabric, VertexKind::Gpu, 4));
  CHECK(all_have(fabric, VertexKind::LineSwitch, 8));
  for (const std::size_t cut : {0U, 1U}) CHECK(cables_across(fabric, cut) == 32);
  CHECK(4 * cables_across(fabric, 0) == 64 / 2 * 4);
  // GPU 4 is the first of the second board of the first row: in the row of GPUs 0, 1 and 5.
  const VertexIndex row = fabric.vertex(VertexKind::LineSwitch, 0);
  std::set<VertexIndex> on_row;
  for (const Link& link : fabric.links)
    if (link.src == row) on_row.insert(link.dst);
  CHECK(on_row == std::set<VertexIndex>{0, 1, 4, 5, 8, 9, 12, 13});
}

TEST_CASE("boards of one accelerator have two cables to both switches; one board is a torus") {
  const Fabric hx1 = built(HammingMesh{1, 1, 8, 8});
  CHECK(n_vertices(hx1) == 64 + 16);
  CHECK(n_edges(hx1) == 128);
  CHECK(all_have(hx1, VertexKind::Gpu, 4));
  CHECK(distances(hx1).mean == approx((14 * 2 + 49 * 4) / 63.0));
  const Fabric board = built(HammingMesh{4, 4, 1, 1});
  CHECK(n_vertices(board) == 16);
  CHECK(distances(board).mean == approx(distances(built(Torus{{4, 4}})).mean));
  CHECK(all_have(board, VertexKind::Gpu, 4));
}

TEST_CASE("Slim Fly: 2 q^2 routers of radix (3 q - delta) / 2, two hops apart") {
  for (const std::int64_t q : {3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, 23, 25, 27}) {
    CAPTURE(q);
    const std::int64_t delta = q % 4 == 0 ? 0 : q % 4 == 1 ? 1 : -1;
    const Fabric fabric = built(SlimFly{.q = q, .gpus_per_router = 1});
    CHECK(fabric.count(VertexKind::Router) == 2 * q * q);
    CHECK(all_have(fabric, VertexKind::Router, (3 * q - delta) / 2 + 1));
    const Distances found = distances(fabric, VertexKind::Router);
    CHECK(found.diameter == 2);
    // k' at one hop: no two cables lead to the same router
    const double radix = static_cast<double>(3 * q - delta) / 2.0;
    CHECK(found.mean == approx(2.0 - radix / static_cast<double>(2 * q * q - 1)));
  }
  // q = 5: the Hoffman-Singleton graph, 50 routers of 7; half of 7, rounded up, is 4
  const Fabric hoffman_singleton = built(SlimFly{.q = 5});
  CHECK(hoffman_singleton.n_gpus() == 200);
  CHECK(all_have(hoffman_singleton, VertexKind::Router, 11));
  CHECK(hoffman_singleton.places[199].pod == 4);
}

TEST_CASE("devices of a fleet send slowly, receive faster and are 100 ms apart") {
  const Fabric fabric = built(Fleet{.devices = 12});
  CHECK(n_vertices(fabric) == 13);
  CHECK(fabric.count(LinkKind::Access) == 24);
  const Router router(fabric);
  const Channel alone = channels(router, std::vector<Flow>{{3, 7}})[0];
  CHECK(alone.latency.value() == approx(0.1));
  CHECK(alone.bandwidth.value() == approx(2.5e6));
  std::vector<Flow> flows;  // ten into one share its 12.5 MB/s
  for (VertexIndex device = 1; device <= 10; ++device) flows.push_back({device, 0});
  CHECK(channels(router, flows)[4].bandwidth.value() == approx(1.25e6));
}

TEST_CASE("nodes hang below routers, and planes repeat routers but not cuts") {
  FabricConfig config;
  config.gpus_per_node = 4;
  config.planes = 2;
  config.network.dragonfly = Dragonfly{.routers = 4, .gpus_per_router = 4, .global_ports = 1};
  const Fabric fabric = make_fabric(config);
  CHECK(fabric.count(VertexKind::ScaleUpSwitch) == 20);
  CHECK(fabric.count(VertexKind::Router) == 2 * 20);
  CHECK(fabric.cuts.size() == 1);
  CHECK(fabric.places[5].node == 1);
  CHECK(injection_bandwidth(fabric, 5).value() == approx(50e9));
}

TEST_CASE("what has no switches takes no nodes or rails, a fleet and re-wired boards no campus") {
  FabricConfig config;
  config.gpus_per_node = 4;
  config.network.slim_fly = SlimFly{.q = 4};
  CHECK(message(config) == "accepted");
  config.rails = Rails::Only;
  CHECK(message(config) == "accepted");
  config.rails = Rails::Optimised;  // 96 GPUs, 3 below a router
  CHECK(message(config) == "accepted");
  config.gpus_per_node = 5;
  CHECK(message(config) ==
        "rails over leaves of 3 GPUs need a multiple of 3 x 5 GPUs, and there are 96");
  config.gpus_per_node = 4;
  config.rails = Rails::Packed;
  config.sites.buildings = 2;
  CHECK(message(config) == "accepted");
  FabricConfig boards =
      uniform_config(Torus{.dimensions = {4, 4}, .board = {2, 2}}, bytes_per_second(1), {});
  boards.rails = Rails::Only;
  CHECK(message(boards) ==
        "rails need switches that NICs are plugged into, and this network has none; take rails = "
        "\"packed\"");
  boards.rails = Rails::Packed;
  boards.sites.sites = 2;
  CHECK(message(boards) == "accepted");
  boards.network.torus->optical_switches = true;
  CHECK(message(boards) ==
        "optical_switches wire one torus, and each building would have its own; take "
        "optical_switches = false, or one building of one site");
  FabricConfig anywhere = uniform_config(Fleet{.devices = 16}, bytes_per_second(1), {});
  anywhere.sites.buildings = 2;
  CHECK(message(anywhere) ==
        "a fleet has no buildings and sites, its devices are anywhere; take sites and buildings "
        "out");
  config.sites.buildings = 1;
  config.storage_bandwidth = bytes_per_second(1e12);
  CHECK(message(config) == "accepted");
  FabricConfig alone;
  alone.network.fleet = Fleet{.devices = 16};
  CHECK(message(alone) == "gpus_per_node = 8, but the devices of a fleet stand alone; take 1");
  alone.network.fleet.reset();
  alone.network.hyperx = HyperX{{4, 4}};  // GPUs are the routers, in two nodes of eight
  CHECK(message(alone) == "accepted");
  alone.network.hyperx->gpus_per_router = 8;
  CHECK(message(alone) == "accepted");
}

TEST_CASE("links on a board of a torus have no length, those between boards do") {
  const Fabric fabric = uniform(Torus{.dimensions = {4, 4}, .cable = metres(7), .board = {4, 2}},
                                bytes_per_second(1), seconds(1));
  // 2 boards of 4 x 2 GPUs with 3 x 2 + 4 links each; 32 cables in all
  CHECK(std::ranges::count(fabric.links, metres(0), &Link::length) == 2 * 20);
  CHECK(std::ranges::count(fabric.links, metres(7), &Link::length) == 2 * 12);
  CHECK_THROWS_WITH(
      validate(Torus{.dimensions = {4, 4}, .board = {2, 3}}),
      "boards of 2 x 3 do not divide a torus of 4 x 4; give a divisor for each dimension");
}

TEST_CASE("parameters that make no such graph are refused with those that would do") {
  CHECK(refusal(FatTree{.ports = 5}) ==
        "ports = 5: half of a switch's ports lead up, so take an even number such as 4 or 6");
  CHECK(refusal(FatTree{.ports = 5000}) == "ports = 5000, but it must be at most 4096");
  CHECK(refusal(FatTree{.ports = 64, .taper = 2}) ==
        "taper = 2 does not divide 64 ports into whole numbers down and up; take one of 1, 3, 7, "
        "15, 31, 63");
  CHECK(refusal(FatTree{.ports = 8, .levels = 2, .gpus = 34}) ==
        "gpus = 34, but 2 levels of 8 ports join whole leaves of 4 GPUs, up to 32; take 32");
  CHECK(refusal(Dragonfly{.groups = 34}) ==
        "groups = 34, but the 8 x 4 global ports of a group reach 32 others; take at most 33");
  CHECK(refusal(Dragonfly{.groups = 11, .cables = 4}) ==
        "cables = 4, but a group has 32 global ports for 10 others; take at most 3");
  CHECK(refusal(Dragonfly{.routers = -1}) == "routers = -1, but it must be at least 0");
  CHECK(refusal(HyperX{}) == "a HyperX needs at least one dimension");
  CHECK(refusal(HyperX{{4, 4}, 0, {1}}) ==
        "a HyperX of 2 dimensions needs as many numbers of cables, or none; these are 1");
  CHECK(refusal(HammingMesh{.height = 0}) == "height = 0, but it must be at least 1");
  const std::string slim_fly =
      ", but a Slim Fly takes a prime power that is not 2 more than a multiple of 4, such as ";
  CHECK(refusal(SlimFly{.q = 12}) == "q = 12" + slim_fly + "11 or 13");
  CHECK(refusal(SlimFly{.q = 15}) == "q = 15" + slim_fly + "13 or 16");
  CHECK(refusal(SlimFly{.q = 2}) == "q = 2" + slim_fly + "3");
  CHECK(refusal(SlimFly{.q = -7}) == "q = -7" + slim_fly + "3");
  CHECK(refusal(Torus{{4, 4, 6}, metres(0), {}, true}) ==
        "a torus of 4 x 4 x 6 cannot be twisted: it takes k x k x 2k or k x 2k x 2k from k = 2 on, "
        "such as 4 x 4 x 8 or 4 x 8 x 8");
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{4, 4, 4}, {4, 8}, {1, 1, 2}, {8, 8, 8}, {4, 4, 8, 8}})
    CHECK(refusal(Torus{shape, metres(0), {}, true}).find("cannot be twisted") !=
          std::string::npos);
  CHECK(refusal(Fleet{.up = bytes_per_second(0)}) == "up = 0, but it must be positive");
}
