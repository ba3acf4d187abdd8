// Flows that the router splits, and adaptive choices: the simulation beside the analysis.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "../fabric/fabrics.hpp"
#include "engine/flow_phase.hpp"
#include "fabric/analysis.hpp"
#include "on_fabric.hpp"

using namespace longhaul;
using namespace longhaul::engine;
using fabric::Fabric;
using fabric::PathChoice;
using fabric::Routing;
using fabric::VertexIndex;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }

/// Leaves of 8 GPUs under `spines` spines.
Fabric tree_of_32(std::int64_t spines) {
  return fabric::uniform(fabric::Pgft{{8, 4}, {1, spines}}, rate, seconds(1e-6));
}

std::vector<double> with_router(
    const Fabric& fabric, const Routing& routing,
    const std::function<std::vector<double>(FabricZone&, fabric::Router&)>& simulate) {
  return run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Router router(fabric, routing);
    FabricZone zone(router);
    return simulate(zone, router);
  });
}

/// When each of the flows of 1.6 MB ends [us], by analysis.
std::vector<double> analysed_us(const Fabric& fabric, const Routing& routing,
                                const std::vector<fabric::Flow>& flows) {
  std::vector<double> ends;
  for (const auto& channel : fabric::channels(fabric::Router(fabric, routing), flows))
    ends.push_back((channel.latency + bytes(1.6e6) / channel.bandwidth).value() * 1e6);
  return ends;
}

std::vector<double> simulated_us(const Fabric& fabric, const Routing& routing,
                                 const std::vector<fabric::Flow>& flows, Reduction reduction) {
  return with_router(fabric, routing, [&](FabricZone& zone, fabric::Router&) {
    std::vector<Transfer> transfers;
    for (const auto& flow : flows) transfers.push_back({flow, bytes(1.6e6), seconds(0)});
    std::vector<double> ends;
    for (const Seconds& end : run_phase(zone, transfers, reduction))
      ends.push_back(end.value() * 1e6);
    return ends;
  });
}

}  // namespace

TEST_CASE("split and adaptive flows that load links evenly take what the analysis says") {
  for (const std::int64_t spines : {2, 8}) {
    const Fabric tree = tree_of_32(spines);
    std::vector<fabric::Flow> flows;  // to the next leaf
    for (VertexIndex gpu = 0; gpu < 32; ++gpu) flows.push_back({gpu, (gpu + 8) % 32});
    for (const PathChoice choice : {PathChoice::Spray, PathChoice::Adaptive}) {
      const Routing routing{choice};
      const auto analysed = analysed_us(tree, routing, flows);
      for (const Reduction reduction : {Reduction::Exact, Reduction::None}) {
        const auto simulated = simulated_us(tree, routing, flows, reduction);
        for (std::size_t f = 0; f < flows.size(); ++f) {
          // 4 us, and 1.6 MB at 50 GB/s, or at 12.5 GB/s where 8 GPUs share 2 uplinks
          CHECK(analysed[f] == approx(spines == 8 ? 36.0 : 132.0));
          CHECK(simulated[f] == approx(analysed[f]));
        }
      }
    }
  }
}

TEST_CASE("a flow weighs the same beside another however it is split") {
  // GPU 0 sends to its own leaf, which is not split, and to another leaf over 8 spines.
  const Fabric tree = tree_of_32(8);
  const std::vector<fabric::Flow> flows{{0, 1}, {0, 9}};
  for (const Routing& routing : {Routing{PathChoice::Spray}, Routing{PathChoice::SeededHash, 16}})
    for (const Reduction reduction : {Reduction::Exact, Reduction::None}) {
      const auto ends = simulated_us(tree, routing, flows, reduction);
      const auto analysed = analysed_us(tree, routing, flows);
      // 25 GB/s each: 64 us after 2 and 4 us.
      CHECK(analysed[0] == approx(66.0));
      CHECK(analysed[1] == approx(68.0));
      // The one that starts first has 2 us alone: 100 kB, and the other the more later.
      CHECK(ends[0] == approx(64.0));
      CHECK(ends[1] == approx(66.0));
    }
}

TEST_CASE("queue pairs that collide end with the slowest of them") {
  // One flow over two spines: 8 queue pairs fall k : 8 - k on two uplinks of half its NIC's speed.
  fabric::FabricConfig config =
      fabric::uniform_config(fabric::Pgft{{1, 2}, {1, 2}}, rate, seconds(1e-6));
  Fabric pair = make_fabric(config);
  for (fabric::Link& link : pair.links)
    if (link.kind == fabric::LinkKind::SwitchToSwitch) link.bandwidth = rate / 2.0;
  bool uneven = false;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Routing routing{PathChoice::SeededHash, 8, seed};
    double largest = 0.0;
    for (const auto& route : fabric::Router(pair, routing).routes({0, 1}))
      largest = std::max(largest, route.share);
    uneven |= largest > 0.5;
    const auto ends = simulated_us(pair, routing, {{0, 1}}, Reduction::Exact);
    CHECK(ends[0] == approx(4.0 + 1.6e6 * largest / 25e9 * 1e6));
    CHECK(analysed_us(pair, routing, {{0, 1}})[0] == approx(ends[0]));
  }
  CHECK(uneven);
}

TEST_CASE("parts of split flows take whole bytes by analysis too") {
  // Half-way round a ring of four 500,000.5 bytes go each way: 500,001 at 50 GB/s.
  const Fabric ring = fabric::uniform(fabric::Torus{{4}}, rate, seconds(1e-6));
  const Routing routing{PathChoice::Spray};
  const auto channel =
      fabric::channels(fabric::Router(ring, routing), std::vector<fabric::Flow>{{0, 2}})[0];
  CHECK(channel.time(bytes(1'000'001)).value() * 1e6 == approx(2.0 + 500'001 / 50e9 * 1e6));
  const auto ends = with_router(ring, routing, [](FabricZone& zone, fabric::Router&) {
    const std::vector<Transfer> one{{{0, 2}, bytes(1'000'001), seconds(0)}};
    return std::vector{run_phase(zone, one, Reduction::Exact)[0].value() * 1e6};
  });
  CHECK(ends[0] == approx(channel.time(bytes(1'000'001)).value() * 1e6));
}

TEST_CASE("rings take as long sprayed as the analysis says, with one part simulated for all") {
  const Fabric tree = tree_of_32(8);
  collectives::Ring ring{{}, bytes(1.6e6), 62};
  for (VertexIndex gpu = 0; gpu < 32; ++gpu) ring.gpus.push_back(gpu * 8 % 32 + gpu / 4);
  const auto ends = with_router(tree, {PathChoice::Spray}, [&](FabricZone& zone, fabric::Router&) {
    return std::vector{run_rings(zone, {&ring, 1})[0].value() * 1e6};
  });
  CHECK(ends[0] == approx(62 * (4.0 + 32.0)));
}

TEST_CASE("flows started one by one see each other where the choice is adaptive, until they end") {
  const Fabric tree = tree_of_32(4);
  const auto values =
      with_router(tree, {PathChoice::Adaptive}, [](FabricZone& zone, fabric::Router& router) {
        std::vector<double> ends;
        const auto on_end = [&ends](TransferEnd) { ends.push_back(now().value() * 1e6); };
        // To GPUs that D-mod-k would send over one spine.
        for (VertexIndex gpu = 0; gpu < 4; ++gpu)
          zone.start({gpu, 8 + 4 * gpu}, bytes(1.6e6), on_end);
        const double in_use = std::ranges::max(router.use());
        run_engine();
        ends.push_back(in_use);
        ends.push_back(std::ranges::max(router.use()));
        return ends;
      });
  REQUIRE(values.size() == 6);
  for (std::size_t f = 0; f < 4; ++f) CHECK(values[f] == approx(36.0));
  CHECK(values[4] == 1.0);
  CHECK(values[5] == 0.0);
}

TEST_CASE("a flow that is started alone is split, and fails with the switch that it crosses") {
  const Fabric tree = tree_of_32(4);
  const VertexIndex spine = tree.vertex(fabric::VertexKind::CoreSwitch, 2);
  const auto values =
      with_router(tree, {PathChoice::Spray}, [&](FabricZone& zone, fabric::Router& router) {
        std::vector<double> seen;
        const auto on_end = [&seen](TransferEnd end) {
          seen.push_back(now().value() * 1e6);
          seen.push_back(end == TransferEnd::Finished ? 1.0 : 0.0);
        };
        zone.start({0, 9}, bytes(1.2e6), on_end);
        call_at(seconds(1e-3), [&] { zone.start({0, 9}, bytes(1.2e6), on_end); });
        call_at(seconds(1.01e-3), [&] { zone.set_vertex_alive(spine, false); });
        call_at(seconds(2e-3), [&] { zone.start({0, 9}, bytes(1.2e6), on_end); });
        run_engine();
        seen.push_back(static_cast<double>(router.routes({0, 9}).size()));
        return seen;
      });
  REQUIRE(values.size() == 7);
  // 4 us, and 1.2 MB at 50 GB/s whether over four spines or three.
  CHECK(values[0] == approx(28.0));
  CHECK(values[1] == 1.0);
  CHECK(values[3] == 0.0);  // with the link that dies of its bundle
  CHECK(values[4] == approx(2028.0));
  CHECK(values[5] == 1.0);
  CHECK(values[6] == 1.0);  // over the bundle of what is left
}
