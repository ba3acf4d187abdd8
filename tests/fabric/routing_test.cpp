// Choices of path, flows that are split, and routing of the fewest links over any graph.
#include "fabric/routing.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "check_routes.hpp"
#include "fabric/analysis.hpp"
#include "fabric/router.hpp"
#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx approx(double x, double relative = 1e-9) {
  return doctest::Approx(x).epsilon(relative);
}

/// One leaf's hosts to another's, each pair over any of as many spines.
double mean_slowdown(std::int64_t n, std::int64_t queue_pairs, PathChoice choice, int seeds) {
  const Fabric fabric = uniform(Pgft{{n, 2}, {1, n}}, rate, seconds(1e-6));
  std::vector<Flow> flows;
  for (std::int64_t i = 0; i < n; ++i)
    flows.push_back({static_cast<VertexIndex>(i), static_cast<VertexIndex>(n + i)});
  double sum = 0.0;
  for (int seed = 0; seed < seeds; ++seed) {
    const Router router(fabric, {choice, queue_pairs, static_cast<std::uint64_t>(seed)});
    BytesPerSecond slowest = rate;
    for (const Channel& channel : channels(router, flows))
      slowest = std::min(slowest, channel.bandwidth);
    sum += rate / slowest;
  }
  return sum / seeds;
}

/// Routers with GPUs, joined by the cables that are listed; every link takes 1 us.
Fabric of_routers(VertexIndex routers, VertexIndex gpus_each,
                  const std::vector<std::pair<VertexIndex, VertexIndex>>& cables) {
  Fabric fabric;
  fabric.structure = Structure::Any;
  const VertexIndex n = routers * gpus_each;
  for (VertexIndex gpu = 0; gpu < n; ++gpu) fabric.add_vertex(VertexKind::Gpu, 0);
  for (VertexIndex router = 0; router < routers; ++router) fabric.add_vertex(VertexKind::Router, 1);
  for (VertexIndex gpu = 0; gpu < n; ++gpu)
    fabric.add_cable({gpu, n + gpu / gpus_each, LinkKind::Nic, rate, seconds(1e-6), metres(0)});
  for (const auto& [a, b] : cables)
    fabric.add_cable({n + a, n + b, LinkKind::SwitchToSwitch, rate, seconds(1e-6), metres(0)});
  return fabric;
}

Fabric full_mesh(VertexIndex routers, VertexIndex gpus_each) {
  std::vector<std::pair<VertexIndex, VertexIndex>> cables;
  for (VertexIndex a = 0; a < routers; ++a)
    for (VertexIndex b = a + 1; b < routers; ++b) cables.emplace_back(a, b);
  return of_routers(routers, gpus_each, cables);
}

/// Routers at the points of a grid, joined to the next ones of a row and a column.
Fabric grid(VertexIndex side) {
  std::vector<std::pair<VertexIndex, VertexIndex>> cables;
  for (VertexIndex y = 0; y < side; ++y)
    for (VertexIndex x = 0; x < side; ++x) {
      if (x + 1 < side) cables.emplace_back(y * side + x, y * side + x + 1);
      if (y + 1 < side) cables.emplace_back(y * side + x, (y + 1) * side + x);
    }
  return of_routers(side * side, 1, cables);
}

double sum_of_shares(const std::vector<Route>& routes) {
  return std::accumulate(routes.begin(), routes.end(), 0.0,
                         [](double sum, const Route& route) { return sum + route.share; });
}

/// Fewest links from a GPU to each vertex, over switches; -1 where there is no way.
std::vector<std::int64_t> fewest_links(const Router& router, VertexIndex from) {
  const Fabric& fabric = router.fabric();
  std::vector<std::int64_t> links(fabric.vertices.size(), -1);
  links[static_cast<std::size_t>(from)] = 0;
  for (std::int64_t length = 0; length < std::ssize(links); ++length)
    for (std::size_t i = 0; i < fabric.links.size(); ++i) {
      const Link& link = fabric.links[i];
      const auto src = static_cast<std::size_t>(link.src);
      auto& there = links[static_cast<std::size_t>(link.dst)];
      const bool passes = link.src == from || fabric.vertices[src].kind != VertexKind::Gpu;
      if (router.is_alive(static_cast<LinkIndex>(i)) && passes && links[src] == length && there < 0)
        there = length + 1;
    }
  return links;
}

/// Adds what each link carries of a flow that takes all the shortest ways, when every vertex
/// divides what it gets evenly over the next links.
void spread(const Fabric& fabric, const Flow& flow, std::vector<double>& loads) {
  const auto at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  std::vector<std::int64_t> far(fabric.vertices.size(), -1);  // from the destination
  std::vector<VertexIndex> reached{flow.dst};
  far[at(flow.dst)] = 0;
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (const Link& link : fabric.links) {
      const bool passes = reached[i] == flow.dst || reached[i] >= fabric.n_gpus();
      if (link.dst != reached[i] || !passes || far[at(link.src)] >= 0) continue;
      far[at(link.src)] = far[at(reached[i])] + 1;
      reached.push_back(link.src);
    }
  std::vector<double> passing(fabric.vertices.size(), 0.0);
  passing[at(flow.src)] = 1.0;
  std::ranges::reverse(reached);  // the farthest first
  for (const VertexIndex v : reached) {
    if (passing[at(v)] == 0.0 || v == flow.dst) continue;
    std::vector<std::size_t> on;
    for (std::size_t link = 0; link < fabric.links.size(); ++link)
      if (fabric.links[link].src == v && far[at(fabric.links[link].dst)] == far[at(v)] - 1)
        on.push_back(link);
    for (const std::size_t link : on) {
      const double share = passing[at(v)] / static_cast<double>(on.size());
      loads[link] += share;
      passing[at(fabric.links[link].dst)] += share;
    }
  }
}

std::vector<Flow> all_to_all(VertexIndex n) {
  std::vector<Flow> flows;
  for (VertexIndex src = 0; src < n; ++src)
    for (VertexIndex dst = 0; dst < n; ++dst)
      if (src != dst) flows.push_back({src, dst});
  return flows;
}

}  // namespace

TEST_CASE("ECMP collides as balls in bins do: 2.60, 3.08, 3.53, 3.96 on 8, 16, 32, 64 uplinks") {
  // The mean of the fullest of n bins with n balls.
  const std::pair<std::int64_t, double> means[] = {{8, 2.60}, {16, 3.08}, {32, 3.53}, {64, 3.96}};
  for (const auto& [n, mean] : means) {
    const double found = mean_slowdown(n, 1, PathChoice::SeededHash, 1000);
    MESSAGE(n << " flows hashed on " << n << " uplinks: " << found << " times slower in the mean");
    CHECK(found == approx(mean, 0.03));
  }
}

TEST_CASE("16 queue pairs take collisions of 32 flows from 3.53 to 1.55, spraying to 1") {
  const double pairs = mean_slowdown(32, 16, PathChoice::SeededHash, 1000);
  const double sprayed = mean_slowdown(32, 1, PathChoice::Spray, 2);
  MESSAGE("32 flows of 16 queue pairs: " << pairs << " times slower, sprayed: " << sprayed);
  CHECK(pairs == approx(1.55, 0.03));
  CHECK(sprayed == approx(1.0));
}

TEST_CASE("adaptive flows go round those under way where D-mod-k sends all by one uplink") {
  // Destinations 8, 16, .. 56 are all 0 modulo the 8 uplinks of leaf 0.
  const Fabric tree = uniform(Pgft{{8, 8}, {1, 8}}, rate, seconds(1e-6));
  std::vector<Flow> flows;
  for (VertexIndex i = 1; i < 8; ++i) flows.push_back({i, 8 * i});
  CHECK(std::ranges::max(link_loads(Router(tree), flows)) == 7);
  CHECK(std::ranges::max(link_loads(Router(tree, {PathChoice::Adaptive}), flows)) == 1);
}

TEST_CASE("an adaptive choice gives each flow an uplink of its own") {
  CHECK(mean_slowdown(32, 1, PathChoice::Adaptive, 2) == approx(1.0));
}

TEST_CASE("sprayed flows load every link of a tree as even forks do, and have one route") {
  using enum Rails;
  const auto sites = [](FabricConfig config) {
    config.sites = {.sites = 2, .buildings = 2, .campus_switches = 3, .building_taper = 2.0};
    return config;
  };
  const auto laid = [](FabricConfig config, std::int64_t node, Rails rails, std::int64_t planes) {
    config.gpus_per_node = node;
    config.rails = rails;
    config.planes = planes;
    config.storage_bandwidth = 2.0 * rate;
    return config;
  };
  const auto tree = uniform_config(Pgft{{4, 4, 4}, {1, 2, 3}}, rate, seconds(1e-6));
  const auto two_homes = uniform_config(Pgft{{4, 4}, {2, 2}}, rate, seconds(1e-6));
  for (const FabricConfig& config :
       {tree, laid(tree, 4, Packed, 2), laid(tree, 2, Optimised, 1), laid(tree, 4, Only, 1),
        sites(laid(tree, 4, Packed, 1)), laid(two_homes, 4, Packed, 1)}) {
    const Fabric fabric = make_fabric(config);
    const Router router(fabric, {PathChoice::Spray});
    REQUIRE(router.is_bundled());
    const auto n = static_cast<VertexIndex>(fabric.n_gpus());
    std::vector<Flow> flows;
    for (VertexIndex gpu = 0; gpu < n; ++gpu)
      for (const VertexIndex step : {16, 32, 48}) flows.push_back({gpu, (gpu + step) % n});
    std::vector<double> expected(fabric.links.size(), 0.0);
    for (const Flow& flow : flows) {
      CHECK(router.routes(flow).size() == 1);
      spread(fabric, flow, expected);
    }
    const auto loads = link_loads(router, flows);
    for (std::size_t link = 0; link < loads.size(); ++link)
      CHECK(loads[link] == approx(expected[link]));
  }
}

TEST_CASE("links of a bundle stand for each other until they are dead") {
  // 16 GPUs under 4 leaves, each joined to 2 spines: 0 and 1 send to the next leaf.
  const Fabric tree = uniform(Pgft{{4, 4}, {1, 2}}, rate, seconds(1e-6));
  const VertexIndex leaf = tree.vertex(VertexKind::LeafSwitch, 0);
  std::vector<LinkIndex> uplinks;
  for (const LinkIndex link : LinksOut(tree).of(leaf))
    if (tree.vertices[static_cast<std::size_t>(tree.links[static_cast<std::size_t>(link)].dst)]
            .level > 1)
      uplinks.push_back(link);
  REQUIRE(uplinks.size() == 2);
  Router router(tree, {PathChoice::Spray});
  const std::vector<Flow> flows{{0, 4}, {1, 5}, {2, 6}};
  const auto each = [&] { return channels(router, flows)[0].bandwidth / rate; };
  CHECK(router.stands_for(uplinks[1]) == uplinks[0]);
  CHECK(router.capacity(uplinks[0]) / rate == approx(2.0));
  CHECK(each() == approx(2.0 / 3.0));
  CHECK(link_loads(router, flows)[static_cast<std::size_t>(uplinks[1])] == approx(1.5));
  for (const LinkIndex dead : uplinks) {
    router.set_alive(dead, false);
    CHECK(router.is_open(uplinks[0]));
    CHECK(router.capacity(uplinks[0]) / rate == approx(1.0));
    CHECK(each() == approx(1.0 / 3.0));
    CHECK(link_loads(router, flows)[static_cast<std::size_t>(dead)] == 0.0);
    router.set_alive(dead, true);
  }
  for (const LinkIndex dead : uplinks) router.set_alive(dead, false);
  CHECK_FALSE(router.is_open(uplinks[0]));
  CHECK_THROWS_AS(router.route(flows[0]), NoPath);
}

TEST_CASE("spraying takes n routes over a layer of n uplinks, and n1 n2 over two, if uneven") {
  Fabric tree = uniform(Pgft{{4, 4, 4}, {1, 2, 3}}, rate, seconds(1e-6));
  tree.links.back().bandwidth = rate / 2.0;
  const Router router(tree, {PathChoice::Spray});
  REQUIRE_FALSE(router.is_bundled());
  CHECK(router.routes({0, 1}).size() == 1);
  CHECK(router.routes({0, 5}).size() == 2);
  const auto far = router.routes({0, 17});
  REQUIRE(far.size() == 6);
  for (const Route& route : far) {
    CHECK(route.share == approx(1.0 / 6.0));
    check_connected(tree, {0, 17}, route);
  }
}

TEST_CASE("flows of all choices arrive, in shares that add up to one") {
  const Fabric tree = uniform(Pgft{{2, 2, 2}, {1, 2, 2}}, rate, seconds(1e-6));
  const Fabric torus = uniform(Torus{{4, 2, 3}}, rate, seconds(1e-6));
  const Fabric mesh = full_mesh(5, 2);
  using enum PathChoice;
  for (const Fabric* fabric : {&tree, &torus, &mesh})
    for (const PathChoice choice :
         {DestinationModulo, SeededHash, Spray, Adaptive, Valiant, Ugal}) {
      if (fabric != &mesh && (choice == Valiant || choice == Ugal)) continue;
      const Router router(*fabric, {choice, choice == SeededHash ? 4 : 1, 5});
      for (const Flow& flow : all_to_all(static_cast<VertexIndex>(fabric->n_gpus()))) {
        const auto routes = router.routes(flow);
        CHECK(sum_of_shares(routes) == approx(1.0));
        if (router.is_bundled()) continue;  // links of a route then only stand for others
        for (const Route& route : routes) check_connected(*fabric, flow, route);
      }
    }
}

TEST_CASE("beyond 4,096 equal paths spraying draws 512 of them") {
  // Across a grid of 9 x 9 routers there are 16! / (8! 8!) = 12,870 shortest ways; across one of
  // 8 x 8, 14! / (7! 7!) = 3,432.
  const Fabric nine = grid(9);
  const Router router(nine, {PathChoice::Spray});
  const auto drawn = router.routes({0, 80});
  CHECK(drawn.size() > 400);
  CHECK(drawn.size() <= 512);
  CHECK(sum_of_shares(drawn) == approx(1.0));
  for (const Route& route : drawn) CHECK(route.links.size() == 18);
  const Fabric eight = grid(8);
  CHECK(Router(eight, {PathChoice::Spray}).routes({0, 63}).size() == 3432);
}

TEST_CASE("routes over any graph are as short as breadth-first search says, with dead links too") {
  const bool holds = rc::check([] {
    const auto n = *rc::gen::inRange<VertexIndex>(2, 9);
    const auto ends = rc::gen::inRange<VertexIndex>(0, n);
    std::vector<std::pair<VertexIndex, VertexIndex>> cables;
    for (const auto& cable : *rc::gen::container<std::vector<std::pair<VertexIndex, VertexIndex>>>(
             rc::gen::pair(ends, ends)))
      if (cable.first != cable.second) cables.push_back(cable);
    const Fabric fabric = of_routers(n, 2, cables);
    const auto choice = *rc::gen::element(PathChoice::DestinationModulo, PathChoice::SeededHash,
                                          PathChoice::Spray, PathChoice::Adaptive);
    Router router(fabric, {choice, 1, 7});
    std::vector<Route> routes;
    const auto check = [&] {
      for (VertexIndex src = 0; src < fabric.n_gpus(); ++src) {
        const auto fewest = fewest_links(router, src);
        for (VertexIndex dst = 0; dst < fabric.n_gpus(); ++dst) {
          const std::int64_t links = fewest[static_cast<std::size_t>(dst)];
          router.find_routes({src, dst, 3}, routes);
          RC_ASSERT(routes.empty() == (links < 0));
          for (const Route& route : routes) {
            RC_ASSERT(std::ssize(route.links) == links);
            for (const LinkIndex link : route.links) RC_ASSERT(router.is_alive(link));
          }
        }
      }
    };
    check();
    const auto dead = *rc::gen::container<std::set<LinkIndex>>(
        rc::gen::inRange<LinkIndex>(0, static_cast<LinkIndex>(std::ssize(fabric.links))));
    for (const LinkIndex link : dead) router.set_alive(link, false);
    check();
  });
  CHECK(holds);
}

TEST_CASE("GPUs that are routers pass traffic on, GPUs with two ports of a NIC do not") {
  // A ring of four GPUs, and two switches that two GPUs each are plugged into twice.
  Fabric ring;
  ring.structure = Structure::Any;
  for (int gpu = 0; gpu < 4; ++gpu) ring.add_vertex(VertexKind::Gpu, 0);
  for (VertexIndex gpu = 0; gpu < 4; ++gpu)
    ring.add_cable({gpu, (gpu + 1) % 4, LinkKind::SwitchToSwitch, rate, seconds(1e-6), metres(0)});
  CHECK(Router(ring).route({0, 2}).links.size() == 2);

  Fabric ports;
  ports.structure = Structure::Any;
  for (int gpu = 0; gpu < 3; ++gpu) ports.add_vertex(VertexKind::Gpu, 0);
  for (int plane = 0; plane < 2; ++plane) ports.add_vertex(VertexKind::Router, 1);
  // GPU 0 at router 3, GPU 1 at both, GPU 2 at router 4
  for (const auto& [gpu, router] : {std::pair{0, 3}, {1, 3}, {1, 4}, {2, 4}})
    ports.add_cable({gpu, router, LinkKind::Nic, rate, seconds(1e-6), metres(0)});
  const Router router(ports);
  Route route;
  CHECK(router.route({0, 1}).links.size() == 2);
  CHECK_FALSE(router.find_route({0, 2}, route));
}

TEST_CASE("a storage gateway leads to its store and from it, and to nobody else") {
  // Routers 0 - 1 - 2 - 3 in a row; a gateway joins 0 and 3, a short cut that is none.
  Fabric fabric = of_routers(4, 1, {{0, 1}, {1, 2}, {2, 3}});
  const VertexIndex gateway = fabric.add_vertex(VertexKind::StorageGateway, 1);
  const VertexIndex store = fabric.add_vertex(VertexKind::Storage, 0);
  fabric.add_cable({store, gateway, LinkKind::Storage, rate, seconds(0), metres(0)});
  fabric.add_cable({gateway, 4, LinkKind::Storage, rate, seconds(0), metres(0)});
  fabric.add_cable({gateway, 7, LinkKind::Storage, rate, seconds(0), metres(0)});
  const Router router(fabric);
  CHECK(router.route({0, 3}).links.size() == 5);
  CHECK(router.route({3, store}).links.size() == 3);
  CHECK(router.route({store, 1}).links.size() == 4);
  CHECK(router.route({1, store}).links.size() == 4);
}

TEST_CASE("Valiant's detours spread what minimal routes pile up; UGAL takes them when it pays") {
  // Five routers of 8 GPUs, all joined: all of router 0 send to router 1.
  const Fabric mesh = full_mesh(5, 8);
  std::vector<Flow> flows;
  for (VertexIndex gpu = 0; gpu < 8; ++gpu) flows.push_back({gpu, 8 + gpu});
  const auto most = [&](PathChoice choice, std::uint64_t seed) {
    const auto loads = link_loads(Router(mesh, {choice, 1, seed}), flows);
    double largest = 0.0;
    for (std::size_t link = 0; link < loads.size(); ++link)
      if (mesh.links[link].kind == LinkKind::SwitchToSwitch)
        largest = std::max(largest, loads[link]);
    return largest;
  };
  CHECK(most(PathChoice::DestinationModulo, 1) == 8.0);
  double valiant = 0.0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    valiant += most(PathChoice::Valiant, seed) / 20.0;
    // u flows go straight on over 3 links, v by a detour of 4: one more detours while 4 v < 3 u.
    // Were the same detour drawn each time, (u, v) would go (1, 0), (1, 1), (2, 1), (2, 2), (3, 2),
    // (3, 3), (4, 3), (5, 3); others only take more.
    CHECK(most(PathChoice::Ugal, seed) <= 5.0);
  }
  CHECK(valiant < 6.0);
  const std::vector<Flow> one{{0, 8}};
  CHECK(Router(mesh, {PathChoice::Ugal, 1, 1}).route(one[0]).links.size() == 3);
}

TEST_CASE("detours need a network of routers, and queue pairs a hash") {
  const Fabric tree = uniform(Pgft{{2, 2}, {1, 2}}, rate, seconds(1e-6));
  CHECK_THROWS_WITH_AS(Router(tree, {PathChoice::Valiant}),
                       "valiant and ugal need a network of routers without layers, and no plain "
                       "torus; take d-mod-k, ecmp, spray or adaptive",
                       std::invalid_argument);
  FabricConfig config = uniform_config(Pgft{{2, 2}, {1, 2}}, rate, seconds(1e-6));
  config.routing.choice = PathChoice::Ugal;
  CHECK_THROWS_AS(validate(config), std::invalid_argument);
  CHECK_THROWS_WITH_AS(Router(tree, {PathChoice::SeededHash, 0}),
                       "queue_pairs = 0, but it must be at least 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Router(tree, {PathChoice::Spray, 4}),
                       "queue_pairs = 4, but only ecmp splits a flow over queue pairs; take 1",
                       std::invalid_argument);
}

TEST_CASE("all-to-all on even tori reaches N (N - 1) mean / 2E on each link with ties split") {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{8}, {4, 4}, {6, 6}, {2, 2, 2}, {4, 4, 4}}) {
    const Fabric torus = uniform(Torus{shape}, rate, seconds(1e-6));
    const auto n = static_cast<double>(torus.n_gpus());
    const double mean =
        n / (n - 1) * static_cast<double>(std::ssize(shape)) * static_cast<double>(shape[0]) / 4.0;
    const double bound = n * (n - 1) * mean / static_cast<double>(torus.links.size());
    const auto loads = link_loads(Router(torus, {PathChoice::Spray}),
                                  all_to_all(static_cast<VertexIndex>(torus.n_gpus())));
    for (const double load : loads) CHECK(load == approx(bound));
  }
  // Unlike sides: N k / 8 on each link of a dimension of size k.
  const std::vector<std::int64_t> sides{2, 4, 6};
  const Fabric torus = uniform(Torus{sides}, rate, seconds(1e-6));
  const auto loads = link_loads(Router(torus, {PathChoice::Spray}), all_to_all(48));
  for (std::size_t link = 0; link < loads.size(); ++link)
    CHECK(loads[link] == approx(48.0 * static_cast<double>(sides[link / 2 % 3]) / 8.0));
}

TEST_CASE("planes at their part of the speed are as one plane, whatever chooses the path") {
  // Flows that no choice lets collide: shifts in trees, neighbours and half-way round in a torus.
  const auto check = [](FabricConfig config, PathChoice choice, std::int64_t step, bool to_one) {
    config.routing.choice = choice;
    config.planes = 1;
    const Fabric one = make_fabric(config);
    config.planes = 4;
    const Fabric four = make_fabric(config);
    std::vector<Flow> flows;
    const auto n = static_cast<VertexIndex>(one.n_gpus());
    for (VertexIndex gpu = 0; gpu < n; ++gpu) {
      flows.push_back({gpu, (gpu + static_cast<VertexIndex>(step)) % n});
      if (to_one && gpu % 3 == 0 && gpu != 1) flows.push_back({gpu, 1});
    }
    const Router in_four(four, config.routing);
    const auto whole = channels(Router(one, config.routing), flows);
    const auto split = channels(in_four, flows);
    for (std::size_t f = 0; f < flows.size(); ++f) {
      CHECK(split[f].bandwidth.value() == approx(whole[f].bandwidth.value()));
      CHECK(split[f].latency.value() == approx(whole[f].latency.value()));
    }
    double shares = 0.0;
    for (const Route& route : in_four.routes(flows[0])) shares += route.share;
    CHECK(shares == approx(1.0));
  };
  const auto alone = [](auto network) {
    return uniform_config(std::move(network), rate, seconds(1e-6));
  };
  for (const PathChoice choice :
       {PathChoice::DestinationModulo, PathChoice::Adaptive, PathChoice::Spray}) {
    check(alone(Pgft{{4, 4}, {1, 2}}), choice, 5, choice != PathChoice::Adaptive);
    check(alone(FatTree{.ports = 8, .levels = 2}), choice, 7, true);
    check(alone(Torus{{4, 6}}), choice, 2, true);
    check(alone(Dragonfly{2, 2, 1}), choice, 1, true);
    check(alone(HyperX{{4}, 0}), choice, 1, true);
  }
  // One campus switch, from which a way leads down to each plane.
  FabricConfig campus = alone(Pgft{{4, 4}, {1, 2}});
  campus.sites.buildings = 2;
  campus.sites.campus_switches = 1;
  check(campus, PathChoice::DestinationModulo, 17, true);
  check(campus, PathChoice::Spray, 17, true);
  // One spine, or one router: hashes have nothing to choose.
  check(alone(Pgft{{4, 4}, {1, 1}}), PathChoice::SeededHash, 5, true);
}

TEST_CASE("a NIC with two homes sends and receives by both, each with half") {
  const Fabric fabric = uniform(Pgft{{4, 4}, {2, 2}}, rate, seconds(1e-6));
  const Router router(fabric);  // D-mod-k
  const auto routes = router.routes({0, 13});
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].share == 0.5);
  CHECK(routes[0].links.front() != routes[1].links.front());
  CHECK(routes[0].links.back() != routes[1].links.back());
  CHECK(channels(router, std::vector<Flow>{{0, 13}})[0].bandwidth.value() == approx(50e9));
}

TEST_CASE("moving all GPUs of a torus by the same step changes no flow") {
  const Fabric torus = uniform(Torus{{4, 6}}, rate, seconds(1e-6));
  const auto moved = [](VertexIndex gpu, VertexIndex x, VertexIndex y) {
    return (gpu % 4 + x) % 4 + (gpu / 4 + y) % 6 * 4;
  };
  const auto measured = [&](VertexIndex x, VertexIndex y) {
    std::vector<Flow> flows;
    for (VertexIndex gpu = 0; gpu < 24; ++gpu)
      for (const VertexIndex step : {2, 7, 12, gpu})
        flows.push_back({moved(gpu, x, y), moved((gpu * 5 + step) % 24, x, y)});
    return channels(Router(torus, {PathChoice::Spray}), flows);
  };
  const auto still = measured(0, 0);
  for (const auto& [x, y] : {std::pair{1, 0}, {0, 1}, {3, 5}}) {
    const auto after = measured(x, y);
    for (std::size_t f = 0; f < still.size(); ++f) {
      CHECK(after[f].latency.value() == approx(still[f].latency.value()));
      if (!std::isinf(still[f].bandwidth.value()))
        CHECK(after[f].bandwidth.value() == approx(still[f].bandwidth.value()));
    }
  }
}

TEST_CASE(
    "nodes and a store on networks without layers: by the node's switch, and by the gateway") {
  FabricConfig configs[] = {
      uniform_config(Torus{{4, 4, 4}}, rate, seconds(1e-6)),
      uniform_config(HyperX{{4, 4}, 4}, rate, seconds(1e-6)),
      uniform_config(Torus{{4, 4, 8}, metres(0), {}, true}, rate, seconds(1e-6))};
  for (FabricConfig& config : configs) {
    config.gpus_per_node = 8;
    config.storage_bandwidth = bytes_per_second(1e12);
    const Fabric fabric = make_fabric(config);
    const Router router(fabric);
    const VertexIndex store = fabric.vertex(VertexKind::Storage, 0);
    const auto first_kind = [&](VertexIndex src, VertexIndex dst) {
      return fabric.links[static_cast<std::size_t>(router.route({src, dst}).links.front())].kind;
    };
    CHECK(first_kind(3, 5) == LinkKind::ScaleUp);
    CHECK(router.route({3, 5}).links.size() == 2);
    CHECK(first_kind(3, 9) != LinkKind::ScaleUp);
    CHECK(first_kind(3, 9) != LinkKind::Storage);  // the gateway is no shortcut
    const auto to_store = router.route({3, store}).links;
    CHECK(fabric.links[static_cast<std::size_t>(to_store.back())].dst == store);
    CHECK(router.route({store, 3}).links.size() == to_store.size());
  }
}
