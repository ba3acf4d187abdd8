// Placement by distance on the graph of a platform.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "experiment/schedule.hpp"
#include "scheduling/placement.hpp"

namespace {

using namespace longhaul;
using namespace longhaul::scheduling;

Layout layout_of(const fabric::FabricConfig& config) {
  scenario::Scenario s;
  s.platform.emplace();
  s.platform->fabric = config;
  s.schedule.emplace();
  return experiment::schedule_layout(s);
}

Layout torus_of_64() {
  return layout_of(
      fabric::uniform_config(fabric::Torus{{8, 8}}, bytes_per_second(50e9), seconds(1e-6)));
}

SlotSet all_free(const Layout& layout) {
  SlotSet free(layout.n_slots());
  free.add(SlotRange{0, static_cast<std::int32_t>(layout.n_slots() - 1)});
  return free;
}

std::vector<std::int64_t> nodes_of(const Slots& slots, const Layout& layout) {
  std::set<std::int64_t> nodes;
  for (const auto& [first, last] : slots)
    for (auto slot = first; slot <= last; ++slot) nodes.insert(slot / layout.slots_per_node);
  return {nodes.begin(), nodes.end()};
}

/// Over all pairs of two nodes.
double mean_distance(const std::vector<std::int64_t>& nodes, const Layout& layout) {
  double sum = 0, pairs = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j, ++pairs) sum += layout.distance(nodes[i], nodes[j]);
  return sum / pairs;
}

TEST_CASE("on a torus, where no leaf says who is near, the nearest nodes surround a centre") {
  const auto layout = torus_of_64();
  const auto nearest = make_placement("nearest");
  const auto free = all_free(layout);
  const auto five = nodes_of(nearest->place({5, 0}, free, layout), layout);
  // A node and its four neighbours: 4 pairs at 1 and 6 at 2 links, (4 + 12)/10.
  REQUIRE(five.size() == 5);
  CHECK(mean_distance(five, layout) == doctest::Approx(1.6));
  // Without distances it takes the first of the row: 4 pairs at 1, 3 at 2, 2 at 3, 1 at 4.
  auto unknown = layout;
  unknown.distance = nullptr;
  const auto row = nodes_of(nearest->place({5, 0}, free, unknown), unknown);
  CHECK(mean_distance(row, layout) == doctest::Approx(2.0));
}

TEST_CASE("on a torus a hole in one row is filled up from the next row, not from far along it") {
  // Free: nodes 0 and 1, 8 and 9 below them, and 4 and 5 half-way round: 0, 1, 8 and 9 are a
  // square, two steps from corner to corner: 4 pairs at 1 and 2 at 2 links.
  const auto layout = torus_of_64();
  SlotSet free(layout.n_slots());
  free.add(Slots{{0, 1}, {4, 5}, {8, 9}});
  const auto square = nodes_of(make_placement("nearest")->place({4, 0}, free, layout), layout);
  CHECK(square == std::vector<std::int64_t>{0, 1, 8, 9});
  CHECK(mean_distance(square, layout) == doctest::Approx(8.0 / 6));
}

TEST_CASE("in a tree of three layers the nearest by links are the nearest by leaf and pod") {
  // Links are 2, 4 and 6 where tiers are 1, 2 and 3: the same order, and the same sums but for 2.
  fabric::ThreeLayerClos clos;
  clos.pods = 2;
  clos.leaves_per_pod = 4;
  const auto by_links = layout_of(fabric::clos_config(clos));
  REQUIRE(by_links.nodes == 16);
  auto by_tiers = by_links;
  by_tiers.distance = nullptr;
  const auto nearest = make_placement("nearest");
  CHECK(rc::check([&](const std::vector<bool>& taken) {
    auto free = all_free(by_links);
    for (std::size_t slot = 0; slot < taken.size() && slot < 128; ++slot)
      if (taken[slot])
        free.remove(SlotRange{static_cast<std::int32_t>(slot), static_cast<std::int32_t>(slot)});
    const auto wanted = *rc::gen::inRange<std::int64_t>(1, free.count() + 1);
    RC_ASSERT(nearest->place({wanted, 0}, free, by_links) ==
              nearest->place({wanted, 0}, free, by_tiers));
  }));
}

TEST_CASE("in a dragonfly the nearest keep to a router, then to a group") {
  fabric::Dragonfly fly;
  fly.routers = 4;
  fly.gpus_per_router = 2;
  fly.global_ports = 2;
  const auto layout = layout_of(fabric::uniform_config(fly, bytes_per_second(50e9), seconds(1e-6)));
  const auto free = all_free(layout);
  const auto place = [&](std::int64_t slots) {
    return nodes_of(make_placement("nearest")->place({slots, 0}, free, layout), layout);
  };
  const auto two = place(2);
  CHECK(two.front() / 2 == two.back() / 2);
  const auto eight = place(8);
  CHECK(eight.front() / 8 == eight.back() / 8);
}

}  // namespace
