// A torus of boards whose optical switches are set anew while flows run.
#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "engine/fabric_zone.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"

using namespace longhaul;
using namespace longhaul::engine;

namespace {

constexpr double bandwidth = 50e9;

/// Two boards of 2 x 2 make a torus of 2 x 4; a third stands by. Links of 50 GB/s without latency.
fabric::Fabric boards() {
  return fabric::uniform(
      fabric::Torus{
          .dimensions = {2, 4}, .board = {2, 2}, .optical_switches = true, .spare_boards = 1},
      bytes_per_second(bandwidth), seconds(0));
}
const fabric::Wiring spare_for_second{{2, 4}, {0, 2}};

std::vector<double> simulate(
    fabric::Routing routing,
    const std::function<std::vector<double>(fabric::Fabric&, FabricZone&, fabric::Router&)>& run) {
  return run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Fabric fabric = boards();
    fabric::Router router(fabric, routing);
    FabricZone zone(router);
    return run(fabric, zone, router);
  });
}

}  // namespace

TEST_CASE("flows from before a re-wiring keep their links, those from after take the new ones") {
  const auto seen =
      simulate({}, [](fabric::Fabric& fabric, FabricZone& zone, fabric::Router& router) {
        std::vector<double> values;
        // GPU 2 is at (0, 1), the top of board 0; 4 at (0, 2), the bottom of board 1; 8 is board
        // 2's.
        const auto before = router.route({2, 4}).links;
        const auto end = [&values](TransferEnd how) {
          values.push_back(how == TransferEnd::Finished ? now().value() : -1.0);
        };
        zone.start({2, 4}, bytes(bandwidth), end);  // alone until 0.5 s: half of it
        call_at(seconds(0.5), [&, before] {
          zone.rewire(fabric, spare_for_second);
          const auto after = router.route({2, 8}).links;
          values.push_back(static_cast<double>(before.size()));
          values.push_back(before == after ? 1.0 : 0.0);  // one link, with its number
          // On the same link: both at half of it, until 0.5 + 1 s; 0.25 s of this one are left.
          zone.start({2, 8}, bytes(0.75 * bandwidth), end);
        });
        run_engine();
        return values;
      });
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == 1.0);
  CHECK(seen[1] == 1.0);
  CHECK(seen[2] == doctest::Approx(1.5));
  CHECK(seen[3] == doctest::Approx(1.75));
}

TEST_CASE("a flow whose latency passes when boards are joined anew keeps its route too") {
  const auto seen =
      simulate({}, [](fabric::Fabric& fabric, FabricZone& zone, fabric::Router& router) {
        std::vector<double> values;
        const auto links = router.route({2, 4}).links;
        zone.start_over(links, seconds(1), bytes(bandwidth), [&](TransferEnd how) {
          values.push_back(how == TransferEnd::Finished ? now().value() : -1.0);
        });
        call_at(seconds(0.5), [&] { zone.rewire(fabric, spare_for_second); });
        run_engine();
        return values;
      });
  REQUIRE(seen.size() == 1);
  CHECK(seen[0] == doctest::Approx(2.0));
}

TEST_CASE("a run goes on over a spare board after its own died, and cannot before") {
  const auto seen = simulate({}, [](fabric::Fabric& fabric, FabricZone& zone, fabric::Router&) {
    std::vector<double> values;
    const auto end = [&values](TransferEnd how) {
      values.push_back(how == TransferEnd::Finished ? now().value() : -1.0);
    };
    zone.start({2, 4}, bytes(bandwidth), end);
    call_at(seconds(0.25), [&] {  // board 1 dies
      for (const fabric::VertexIndex gpu : {4, 5, 6, 7}) zone.set_vertex_alive(gpu, false);
    });
    call_at(seconds(1), [&] {
      try {
        zone.start({2, 8}, bytes(bandwidth), end);
      } catch (const fabric::NoPath&) {
        values.push_back(-2.0);
      }
    });
    // The link from 2, dead while it led to GPU 4, lives when it leads to 8.
    call_at(seconds(11), [&] {  // optical switches take about 10 s
      zone.rewire(fabric, with_spares(fabric, {1}));
      zone.start({2, 8}, bytes(bandwidth), end);
    });
    run_engine();
    return values;
  });
  REQUIRE(seen.size() == 3);
  CHECK(seen[0] == -1.0);
  CHECK(seen[1] == -2.0);
  CHECK(seen[2] == doctest::Approx(12.0));
}

TEST_CASE("wirings that cannot be, for boards or routing, are refused amid a run") {
  const auto seen = simulate({}, [](fabric::Fabric& fabric, FabricZone& zone, fabric::Router&) {
    double refused = 0;
    call_at(seconds(1), [&] {
      try {
        zone.rewire(fabric, {{2, 4}, {0, 0}});
      } catch (const std::invalid_argument&) {
        ++refused;
      }
      fabric::Fabric other = boards();
      try {
        zone.rewire(other, spare_for_second);
      } catch (const std::logic_error&) {
        ++refused;
      }
    });
    run_engine();
    return std::vector{refused, fabric.optical.wiring == boards().optical.wiring ? 1.0 : 0.0};
  });
  CHECK(seen == std::vector{2.0, 1.0});
  // Detours are for networks such as a twisted torus, which becomes a plain one.
  const auto detours = run_forked_values<double>([] {
    start_engine(Clock::Detail);
    fabric::Fabric twisted = fabric::uniform(
        fabric::Torus{
            .dimensions = {2, 2, 4}, .board = {2, 2, 2}, .twist = true, .optical_switches = true},
        bytes_per_second(bandwidth), seconds(0));
    fabric::Router router(twisted, {.choice = fabric::PathChoice::Valiant});
    FabricZone zone(router);
    double refused = 0.0;
    try {
      zone.rewire(twisted, {{2, 2, 4}, {0, 1}});
    } catch (const std::invalid_argument&) {
      refused = 1.0;
    }
    return std::vector{refused, twisted.optical.wiring.twist ? 1.0 : 0.0};
  });
  CHECK(detours == std::vector{1.0, 1.0});
}
