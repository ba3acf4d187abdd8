#include "fabric/rewire.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "check_routes.hpp"
#include "fabric/bill.hpp"
#include "fabric/survey.hpp"
#include "fabrics.hpp"
#include "hops.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const auto rate = bytes_per_second(50e9);

doctest::Approx approx(double value) { return doctest::Approx(value).epsilon(1e-6); }

Fabric optical(std::vector<std::int64_t> dimensions, std::vector<std::int64_t> board,
               std::int64_t spares = 0) {
  return uniform(Torus{.dimensions = std::move(dimensions),
                       .board = std::move(board),
                       .optical_switches = true,
                       .spare_boards = spares},
                 rate, seconds(1e-6));
}
Fabric plain(std::vector<std::int64_t> dimensions, bool twist = false) {
  return uniform(Torus{.dimensions = std::move(dimensions), .twist = twist}, rate, seconds(1e-6));
}
Fabric cubes(std::vector<std::int64_t> dimensions, std::int64_t spares = 0) {
  return optical(std::move(dimensions), {4, 4, 4}, spares);
}

/// Boards 0 to n - 1, the last first.
std::vector<std::int64_t> reversed(std::int64_t n) {
  std::vector<std::int64_t> boards(static_cast<std::size_t>(n));
  std::iota(boards.rbegin(), boards.rend(), 0);
  return boards;
}

/// Every link's ends, each with how often it occurs, seen from the places of the torus.
std::map<std::pair<std::int64_t, std::int64_t>, int> links_of_places(const Fabric& fabric) {
  std::map<std::pair<std::int64_t, std::int64_t>, int> links;
  for (const Link& link : fabric.links)
    if (!fabric.stands_by(link.src) && !fabric.stands_by(link.dst))
      ++links[{fabric.torus_place(link.src), fabric.torus_place(link.dst)}];
  return links;
}

void check_same_network(const Survey& a, const Survey& b) {
  CHECK(a.gpus == b.gpus);
  CHECK(a.links == b.links);
  CHECK(a.diameter_hops == b.diameter_hops);
  CHECK(a.mean_hops == approx(b.mean_hops));
  CHECK(a.all_to_all_bound.value() == approx(b.all_to_all_bound.value()));
  CHECK(a.bisection_links == b.bisection_links);
  CHECK(a.articulation_points == b.articulation_points);
}

std::string refusal(Fabric fabric, const Wiring& wiring) {
  try {
    rewire(fabric, wiring);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "accepted";
}
std::string refusal(const Torus& torus) {
  try {
    validate(torus);
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("boards at optical switches are the torus of fixed cables, with their own GPU numbers") {
  const Fabric boards = cubes({4, 8, 8});
  const Fabric fixed = plain({4, 8, 8});
  CHECK(links_of_places(boards) == links_of_places(fixed));
  for (VertexIndex gpu = 0; gpu < boards.n_gpus(); ++gpu) REQUIRE(boards.torus_place(gpu) == gpu);
  CHECK(boards.cuts.size() == fixed.cuts.size());
  for (std::size_t d = 0; d < fixed.cuts.size(); ++d) {
    CHECK(boards.cuts[d].name == fixed.cuts[d].name);
    CHECK(boards.cuts[d].upper == fixed.cuts[d].upper);
  }
  // 4 x 8 x 8: GPU 4 is the neighbour above GPU 0, on the same board; 16 is on the next one.
  CHECK(board_of(boards, 0) == 0);
  CHECK(board_of(boards, 12) == 0);
  CHECK(board_of(boards, 16) == 1);
  CHECK(board_of(boards, 255) == 3);
}

TEST_CASE("the closed forms of a torus hold whatever boards are joined in whatever order") {
  Fabric fabric = cubes({8, 8, 8}, 1);
  const std::size_t n_links = fabric.links.size();
  Wiring wiring{{8, 8, 8}, {8, 3, 0, 5, 7, 1, 2, 6}};  // board 4 stands by
  rewire(fabric, wiring);
  CHECK(fabric.optical.wiring == wiring);
  CHECK(fabric.links.size() == n_links);
  CHECK(links_of_places(fabric) == links_of_places(plain({8, 8, 8})));
  const Survey it = survey(fabric);
  // diameter 3 x 4; mean 512/511 x 3 x 2; 2 x 64 links across
  CHECK(it.gpus == 512);
  CHECK(it.diameter_hops == 12);
  CHECK(it.mean_hops == approx(512 / 511.0 * 6));
  CHECK(it.bisection_links == 128);
  check_same_network(it, survey(plain({8, 8, 8})));
}

TEST_CASE("eight cubes are a slab, a rod, a cube or one cube fewer: the shape decides") {
  Fabric fabric = cubes({8, 8, 8});
  for (const auto& [dimensions, diameter] :
       {std::pair{std::vector<std::int64_t>{16, 8, 4}, 8 + 4 + 2},
        {std::vector<std::int64_t>{4, 4, 32}, 2 + 2 + 16},
        {std::vector<std::int64_t>{8, 8, 8}, 12}}) {
    rewire(fabric, {dimensions, reversed(8)});
    CHECK(distances(fabric).diameter == diameter);
    CHECK(all_have(fabric, VertexKind::Gpu, 6));
  }
  rewire(fabric, {{4, 4, 28}, {7, 6, 5, 4, 3, 2, 1}});  // board 0 now stands by
  CHECK(fabric.n_standing_by() == 64);
  CHECK(survey(fabric).diameter_hops == 2 + 2 + 14);
}

TEST_CASE("a spare board in the place of a dead one gives the same network") {
  Fabric fabric = cubes({4, 4, 8}, 2);
  CHECK(fabric.n_gpus() == 4 * 64);
  CHECK(fabric.n_standing_by() == 2 * 64);
  const Survey before = survey(fabric);
  CHECK(before.gpus == 128);
  // 4 x 4 x 8: mean 128/127 (1 + 1 + 2), diameter 2 + 2 + 4
  CHECK(before.mean_hops == approx(128 / 127.0 * 4));
  CHECK(before.diameter_hops == 8);
  CHECK(with_spares(fabric, {1}).boards == std::vector<std::int64_t>{0, 2});
  CHECK(with_spares(fabric, {1, 2}).boards == std::vector<std::int64_t>{0, 3});
  CHECK(with_spares(fabric, {0, 1}).boards == std::vector<std::int64_t>{2, 3});
  rewire(fabric, with_spares(fabric, {1}));
  check_same_network(survey(fabric), before);
  // Nobody of the dead board 1, GPUs 64 to 127, is on a way: 32 is on board 0, 128 on board 2.
  Router router(fabric);
  for (VertexIndex gpu = 64; gpu < 128; ++gpu) {
    CHECK(fabric.stands_by(gpu));
    router.set_vertex_alive(gpu, false);
  }
  CHECK(router.route({0, 128}).links.size() == 4);  // z 0 to 4: half-way round
  CHECK(router.route({0, 128 + 48}).links.size() == 1);
}

TEST_CASE("GPUs that stand by reach their own board and nobody else") {
  const Fabric fabric = cubes({4, 4, 8}, 2);
  const Router router(fabric);
  // Boards are 4 x 4 x 4 tori: from (0, 0, 0) to (3, 2, 0) by a wrap and two steps.
  CHECK(router.route({128, 128 + 3 + 2 * 4}).links.size() == 3);
  CHECK_THROWS_WITH_AS(router.route({0, 130}),
                       "no path is left from gpu 0 to gpu 130; a spare board stands by until it is "
                       "wired in",
                       NoPath);
  CHECK_THROWS_AS(router.route({128, 192}), NoPath);
  CHECK(node_groups(fabric).nodes == 128);
}

TEST_CASE("two cubes re-wired to a twisted torus of 4 x 4 x 8 have its distances, and back") {
  // Mean 4.031496 plain and 3.464567 twisted, diameter 8 and 6: tests of the generator.
  Fabric fabric = cubes({4, 4, 8});
  Router router(fabric);
  CHECK(router.route({3, 0}).links.size() == 1);
  rewire(fabric, {{4, 4, 8}, {1, 0}, true});
  router.follow_wiring();
  CHECK(links_of_places(fabric) == links_of_places(plain({4, 4, 8}, true)));
  CHECK(distances(fabric).diameter == 6);
  CHECK(distances(fabric).mean == approx(3.464567));
  CHECK(fabric.structure == Structure::Any);
  check_same_network(survey(fabric), survey(plain({4, 4, 8}, true)));
  // GPU 3 is now at (3, 0, 4), from where the wrap of x leads to (0, 0, 0), GPU 64.
  CHECK(router.route({3, 64}).links.size() == 1);
  // To GPU 0, at (0, 0, 4): three back in x; by the wrap it would be four in z more.
  CHECK(router.route({3, 0}).links.size() == 3);
  rewire(fabric, {{4, 4, 8}, {0, 1}});
  router.follow_wiring();
  CHECK(distances(fabric).mean == approx(4.031496));
  CHECK(router.route({3, 0}).links.size() == 1);
}

TEST_CASE("links keep their numbers, their cables and the GPU they leave forward") {
  Fabric fabric = uniform(Torus{.dimensions = {4, 4, 8},
                                .cable = metres(20),
                                .board = {4, 4, 4},
                                .optical_switches = true,
                                .spare_boards = 1},
                          rate, seconds(1e-6));
  const std::vector<Link> before = fabric.links;
  rewire(fabric, {{4, 4, 8}, {2, 0}});
  REQUIRE(fabric.links.size() == before.size());
  int moved = 0;
  for (std::size_t l = 0; l < before.size(); ++l) {
    const Link& now = fabric.links[l];
    REQUIRE((l % 2 == 0 ? now.src == before[l].src : now.dst == before[l].dst));
    CHECK(now.length == before[l].length);
    CHECK(now.latency == before[l].latency);
    CHECK((optical_switch(fabric, static_cast<LinkIndex>(l)) >= 0) == (now.length == metres(20)));
    if (now.src == before[l].src && now.dst == before[l].dst) continue;
    CHECK(now.length == metres(20));
    ++moved;
  }
  // From 0 -> 1 -> 0 and 2 -> 2 to 2 -> 0 -> 2 and 1 -> 1: of each board the 16 ends of z, both
  // directions. Wraps of x and y stay on their board.
  CHECK(moved == 3 * 16 * 2);
}

TEST_CASE("planes are re-wired alike, each with switches of its own") {
  FabricConfig config = uniform_config(
      Torus{.dimensions = {2, 4}, .board = {2, 2}, .optical_switches = true, .spare_boards = 1},
      rate, seconds(1e-6));
  config.planes = 2;
  Fabric fabric = make_fabric(config);
  CHECK(fabric.links.size() == 2U * 2 * 2 * 12);
  CHECK(n_optical_switches(fabric) == 2 * (2 + 2));
  rewire(fabric, {{4, 2}, {2, 1}});
  for (const auto& [ends, n] : links_of_places(fabric))
    // rings of two have two cables between their ends
    CHECK(n == 2 * (ends.first / 4 != ends.second / 4 ? 2 : 1));
  CHECK(survey(fabric).diameter_hops == 3);
}

TEST_CASE("each face position has one switch, with both faces of every board on it") {
  // TPU v4: 48 switches, 64 cubes of 4 x 4 x 4, two ports each: 128 of 136 ports.
  const Fabric fabric = cubes({16, 16, 16});
  CHECK(n_optical_switches(fabric) == 48);
  std::map<std::int64_t, std::set<LinkIndex>> cables;
  for (LinkIndex link = 0; link < std::ssize(fabric.links); ++link) {
    const std::int64_t number = optical_switch(fabric, link);
    CHECK((number >= 0) == (fabric.links[static_cast<std::size_t>(link)].length > metres(0)));
    if (number < 0) continue;
    CHECK(number < 48);
    CHECK(optical_switch(fabric, reverse(link)) == number);
    cables[number].insert(link / 2);
  }
  REQUIRE(cables.size() == 48);
  for (const auto& [number, of_switch] : cables) {
    CHECK(of_switch.size() == 64);
    // Equal positions: the ends of one switch differ by whole boards, but for the dimension's own.
    const auto& first = fabric.links[2 * static_cast<std::size_t>(*of_switch.begin())];
    for (const LinkIndex cable : of_switch) {
      const auto& link = fabric.links[2 * static_cast<std::size_t>(cable)];
      for (const std::int64_t stride : {1, 16, 256}) {
        REQUIRE(link.src / stride % 4 == first.src / stride % 4);
        REQUIRE(link.dst / stride % 4 == first.dst / stride % 4);
      }
    }
  }
  CHECK(n_optical_switches(plain({4, 4})) == 0);
  CHECK(optical_switch(plain({4, 4}), 0) == -1);
}

TEST_CASE("property: any boards in any order make the torus of fixed cables") {
  rc::check("re-wired", [] {
    const auto size = [](int most) { return *rc::gen::inRange<std::int64_t>(1, most + 1); };
    const auto n_dimensions = size(3);
    Torus torus;
    torus.optical_switches = true;
    torus.spare_boards = size(3) - 1;
    std::vector<std::int64_t> other;
    std::int64_t boards = 1;
    for (std::int64_t d = 0; d < n_dimensions; ++d) {
      torus.board.push_back(1 + size(3));
      boards *= other.emplace_back(size(3));
      torus.dimensions.push_back(torus.board.back() * other.back());
    }
    // The first wiring is a row of as many boards.
    std::vector<std::int64_t> shape = torus.dimensions;
    Torus row = torus;
    row.dimensions = torus.board;
    row.dimensions.front() *= boards;
    Fabric fabric = uniform(row, rate, seconds(1e-6));
    std::vector<std::int64_t> order(static_cast<std::size_t>(boards + torus.spare_boards));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
    order.resize(static_cast<std::size_t>(boards));
    rewire(fabric, {shape, order});
    RC_ASSERT(links_of_places(fabric) == links_of_places(plain(shape)));
    RC_ASSERT(survey(fabric).diameter_hops == survey(plain(shape)).diameter_hops);
    const Router router(fabric);
    const auto n = static_cast<std::int64_t>(fabric.torus_gpus.size());
    const Flow flow{fabric.gpu_at(*rc::gen::inRange<std::int64_t>(0, n)),
                    fabric.gpu_at(*rc::gen::inRange<std::int64_t>(0, n))};
    std::int64_t hops = 0;
    std::int64_t a = fabric.torus_place(flow.src);
    std::int64_t b = fabric.torus_place(flow.dst);
    for (const std::int64_t k : shape) {
      hops += std::min((a % k - b % k + k) % k, (b % k - a % k + k) % k);
      a /= k;
      b /= k;
    }
    const Route route = router.route(flow);
    check_connected(fabric, flow, route);
    RC_ASSERT(std::ssize(route.links) == hops);
  });
}

TEST_CASE("wirings that cannot be are refused with those that can, and change nothing") {
  const Fabric fabric = cubes({4, 4, 8}, 1);
  CHECK(refusal(fabric, {{4, 4, 6}, {0, 1}}) ==
        "boards of 4 x 4 x 4 cannot be joined to a torus of 4 x 4 x 6; take a multiple in each "
        "dimension");
  CHECK(refusal(fabric, {{4, 32}, {0, 1}}) ==
        "boards of 4 x 4 x 4 cannot be joined to a torus of 4 x 32; take a multiple in each "
        "dimension");
  CHECK(refusal(fabric, {{4, 4, 0}, {}}).find("take a multiple") != std::string::npos);
  CHECK(refusal(fabric, {{8, 8, 4}, {0, 1, 2, 0}}) ==
        "a torus of 8 x 8 x 4 needs 4 boards of 4 x 4 x 4, and there are 3; take fewer");
  CHECK(refusal(fabric, {{4, 4, 8}, {0}}) ==
        "a torus of 4 x 4 x 8 takes 2 boards of 4 x 4 x 4, but 1 are given; name each once");
  CHECK(refusal(fabric, {{4, 4, 8}, {0, 3}}) ==
        "there is no board 3; boards are numbered from 0 to 2");
  CHECK(refusal(fabric, {{4, 4, 8}, {-1, 0}}) ==
        "there is no board -1; boards are numbered from 0 to 2");
  CHECK(refusal(fabric, {{4, 4, 8}, {2, 2}}) ==
        "board 2 is given two places in the torus; name each once");
  CHECK(refusal(fabric, {{4, 4, 12}, {0, 1, 2}, true}).find("cannot be twisted") !=
        std::string::npos);
  CHECK(refusal(optical({4, 4, 8}, {4, 4, 8}), {{4, 4, 8}, {0}, true}) ==
        "boards of 4 x 4 x 8 cannot be joined to a twisted torus of 4 x 4 x 8: its wraps move by 4 "
        "GPUs in dimension 3, which is no whole number of boards; take boards whose size there "
        "divides 4");
  CHECK(refusal(plain({4, 4}), {{4, 4}, {0}}) ==
        "this fabric has no optical circuit switches; take a torus with boards and "
        "optical_switches = true");
  CHECK_THROWS_WITH(with_spares(fabric, {0, 1}),
                    "no board is left to stand in for board 1: 1 of 3 stood by alive; give more "
                    "spare_boards, or join fewer boards");
  CHECK_THROWS_WITH(with_spares(fabric, {3}),
                    "there is no board 3; boards are numbered from 0 to 2");
  CHECK_THROWS_AS(board_of(fabric, 192), std::invalid_argument);

  Fabric same = fabric;
  CHECK_THROWS_AS(rewire(same, {{4, 4, 8}, {2, 2}}), std::invalid_argument);
  CHECK(same.optical.wiring == fabric.optical.wiring);
  CHECK(links_of_places(same) == links_of_places(fabric));
}

TEST_CASE("boards that optical switches cannot join are refused with those that they can") {
  CHECK(refusal(Torus{.dimensions = {4, 4}, .optical_switches = true}) ==
        "optical_switches join boards, and there are none; give board, such as [4, 4, 4]");
  CHECK(refusal(Torus{.dimensions = {4, 4}, .board = {4, 1}, .optical_switches = true}) ==
        "boards of 4 x 1 cannot be joined by optical_switches; each dimension takes at least 2 "
        "GPUs");
  CHECK(refusal(Torus{.dimensions = {4, 4}, .board = {4, 4}, .spare_boards = 2}) ==
        "spare_boards = 2, but only optical switches can join boards that stand by; take "
        "optical_switches = true, or 0");
  CHECK(refusal(Torus{
            .dimensions = {4, 4}, .board = {4, 4}, .optical_switches = true, .spare_boards = -1}) ==
        "spare_boards = -1, but it must be at least 0");
  CHECK(refusal(Torus{.dimensions = {4, 4},
                      .board = {4, 4},
                      .optical_switches = true,
                      .spare_boards = 1'000'000'000})
            .find("more than a fabric can hold") != std::string::npos);
  CHECK(
      refusal(Torus{
          .dimensions = {4, 4, 8}, .board = {4, 4, 8}, .twist = true, .optical_switches = true}) ==
      "boards of 4 x 4 x 8 cannot be joined to a twisted torus of 4 x 4 x 8: its wraps move by 4 "
      "GPUs in dimension 3, which is no whole number of boards; take boards whose size there "
      "divides 4");
}

TEST_CASE("a router with detours cannot follow a twisted torus to a plain one") {
  Fabric fabric = uniform(
      Torus{.dimensions = {4, 4, 8}, .board = {4, 4, 4}, .twist = true, .optical_switches = true},
      rate, seconds(1e-6));
  Router router(fabric, {.choice = PathChoice::Valiant});
  rewire(fabric, {{4, 4, 8}, {0, 1}});
  CHECK_THROWS_AS(router.follow_wiring(), std::invalid_argument);
}

TEST_CASE("a dead link and a dead GPU stay dead when boards are joined anew") {
  Fabric fabric = optical({2, 4}, {2, 2}, 1);
  Router router(fabric);
  router.set_vertex_alive(0, false);
  // (1, 3) is GPU 7 of board 1. Its link forward in y leads to (1, 0), GPU 1, and will to board
  // 2's.
  const LinkIndex up = router.route({7, 1}).links.at(0);
  router.set_alive(up, false);
  rewire(fabric, {{2, 4}, {2, 1}});
  router.follow_wiring();
  CHECK(fabric.links[static_cast<std::size_t>(up)].dst == 9);
  CHECK_FALSE(router.is_alive(up));
  CHECK(router.is_alive(reverse(up)));
  CHECK(router.route({7, 9}).links.size() == 3);
  // Board 0 stands by with its dead GPU; all links of that are dead, none of others.
  for (LinkIndex link = 0; link < std::ssize(fabric.links); ++link) {
    const Link& it = fabric.links[static_cast<std::size_t>(link)];
    CHECK(router.is_alive(link) == (it.src != 0 && it.dst != 0 && link != up));
  }
}

TEST_CASE("the bill has the optical switches of all boards, whose price is not known") {
  hardware::PriceList list;
  list.switch_ports = 64;
  list.optical_price = dollars(10);
  list.copper_reach = metres(5);
  const auto find = [](const Bill& bill, const std::string& what) {
    const auto line = std::ranges::find(bill.lines, what, &BillLine::what);
    return line == bill.lines.end() ? BillLine{} : *line;
  };
  // 16 x 16 x 16 of 64 cubes: 48 switches, 3 x 16 links out of each cube and 2.25 a GPU within.
  Bill bill = bill_of_materials(cubes({16, 16, 16}), list);
  CHECK(find(bill, "optical circuit switch, 128 ports, price not known").count == 48);
  CHECK(find(bill, "optical cable").count == 64 * 48);
  CHECK(find(bill, "link on a board or in a backplane").count == 64 * 144);
  CHECK(find(bill, "copper cable").count == 0);
  CHECK(bill.dollars.value() == 64 * 48 * 10.0);
  // A 65th board takes two ports more than the boxes have: two boxes for each.
  list.optical_switch_price = dollars(1000);
  list.optical_switch_power = watts(100);
  bill = bill_of_materials(cubes({16, 16, 16}, 1), list);
  CHECK(find(bill, "optical circuit switch, 128 ports").count == 96);
  CHECK(bill.dollars.value() == 65 * 48 * 10.0 + 96 * 1000.0);
  CHECK(bill.watts.value() == 96 * 100.0);
  list.optical_switch_ports = 1;
  CHECK_THROWS_WITH(bill_of_materials(cubes({4, 4, 4}), list),
                    "optical_switch_ports = 1, but an optical switch joins at least 2");
  CHECK_NOTHROW(bill_of_materials(plain({4, 4, 4}), list));
}
