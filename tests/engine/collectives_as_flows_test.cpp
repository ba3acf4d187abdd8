#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "../fabric/fabrics.hpp"
#include "collectives/closed_form.hpp"
#include "collectives/on_fabric.hpp"
#include "collectives/schedule.hpp"
#include "engine/flow_phase.hpp"
#include "fabric/analysis.hpp"
#include "fabric/contention.hpp"
#include "on_fabric.hpp"

using namespace longhaul;
using namespace longhaul::collectives;
using namespace longhaul::engine;
using fabric::VertexIndex;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);
const Seconds hop = seconds(1e-6);

std::vector<VertexIndex> ranks_in_order(std::int64_t n) {
  std::vector<VertexIndex> gpus(static_cast<std::size_t>(n));
  std::iota(gpus.begin(), gpus.end(), 0);
  return gpus;
}

double flow_us(const fabric::Fabric& fabric, const Schedule& schedule,
               Seconds software = seconds(0)) {
  return on_fabric(fabric, [&](FabricZone& zone, fabric::Router&) {
    return std::vector{
        run_schedule(zone, schedule, ranks_in_order(schedule.ranks), software).value() * 1e6};
  })[0];
}

double analytic_us(Bytes n, std::int64_t ranks, double alpha_us) {
  return ring_all_reduce(n, ranks, {seconds(alpha_us * 1e-6), rate}).value() * 1e6;
}

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }

}  // namespace

TEST_CASE("ring all-reduce of 16 MB: flows and closed form give the microseconds of the design") {
  const Bytes n = bytes(1.6e7);
  struct Case {
    const char* name;
    fabric::Fabric fabric;
    double alpha_us;  // links on the longest route between neighbours, 1 us each
    double expected_us;
  };
  const Case cases[] = {
      // 30 (4 + 1e6 B / 50 GB/s)
      {"two-level tree", fabric::uniform(fabric::Pgft{{4, 4}, {1, 4}}, rate, hop), 4, 720.0},
      // 126 (6 + 250,000 B / 50 GB/s)
      {"three-level tree", fabric::uniform(fabric::Pgft{{4, 4, 4}, {1, 4, 4}}, rate, hop), 6,
       1386.0},
      {"torus 4x4x4", fabric::uniform(fabric::Torus{{4, 4, 4}}, rate, hop), 3, 1008.0},
      {"torus 8x8", fabric::uniform(fabric::Torus{{8, 8}}, rate, hop), 2, 882.0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const std::int64_t ranks = c.fabric.n_gpus();
    CHECK(analytic_us(n, ranks, c.alpha_us) == approx(c.expected_us));
    CHECK(flow_us(c.fabric, ring_all_reduce_schedule(n, ranks)) == approx(c.expected_us));
  }
}

TEST_CASE("64 MiB among 64 ranks with 5 us a message: flows give the table's values") {
  // One switch between all, links without latency of their own.
  const fabric::Fabric star = fabric::uniform(fabric::Pgft{{64}, {1}}, rate, seconds(0));
  const Bytes n = bytes(64.0 * 1024 * 1024);
  const Seconds alpha = seconds(5e-6);
  CHECK(flow_us(star, ring_all_reduce_schedule(n, 64), alpha) == approx(3272.41152));
  CHECK(flow_us(star, recursive_doubling_all_reduce_schedule(n, 64), alpha) == approx(8083.06368));
  CHECK(flow_us(star, halving_doubling_all_reduce_schedule(n, 64), alpha) == approx(2702.41152));
  CHECK(flow_us(star, reduce_broadcast_all_reduce_schedule(n, 64), alpha) == approx(16166.12736));
}

TEST_CASE("a bidirectional ring on a ring of GPUs uses both directions at once") {
  const fabric::Fabric ring = fabric::uniform(fabric::Torus{{64}}, rate, seconds(0));
  const Bytes n = bytes(64.0 * 1024 * 1024);
  CHECK(flow_us(ring, bidirectional_ring_all_reduce_schedule(n, 64), seconds(5e-6)) ==
        approx(1951.20576));
}

TEST_CASE("hierarchical all-reduce over 4 nodes of 8: NVLink inside, one NIC a rail across") {
  const fabric::Fabric clos = fabric::clos_of({.leaves_per_pod = 2, .pods = 1});
  const Bytes n = bytes(1e9);
  // 3.33 us over NVLink; between leaves 2 x 1.3 + 3 x 1.0 + (2 x 3 m + 2 x 30 m) 4.9 ns
  const Seconds closed_form = hierarchical_all_reduce(
      n, 8, 4, {seconds(3.33e-6), bytes_per_second(450e9)}, {seconds(5.6e-6 + 66 * 4.9e-9), rate});
  CHECK(flow_us(clos, hierarchical_all_reduce_schedule(n, 8, 4)) ==
        approx(closed_form.value() * 1e6));
}

TEST_CASE("buckets along the dimensions of a torus, one ring at a time and on all ports") {
  const Bytes n = bytes(1.6e7);
  const AlphaBeta wire{hop, rate};
  const std::vector<std::int64_t> cube{4, 4, 4}, slab{5, 3};
  const fabric::Fabric torus = fabric::uniform(fabric::Torus{cube}, rate, hop);
  // 2 x (3 + 3 + 3) hops; each GPU sends 3/4 of a 1, 4, 16-th, twice: 2 (63/64) n in all
  CHECK(bucket_all_reduce(n, cube, wire).value() * 1e6 == approx(18 + 2 * 63 / 64.0 * 320));
  CHECK(flow_us(torus, bucket_all_reduce_schedule(n, cube)) == approx(18 + 2 * 63 / 64.0 * 320));
  // a sixth of that through each of six ports
  CHECK(flow_us(torus, all_port_bucket_all_reduce_schedule(n, cube)) ==
        approx(all_port_bucket_all_reduce(n, cube, wire).value() * 1e6));
  CHECK(flow_us(fabric::uniform(fabric::Torus{slab}, rate, hop),
                bucket_all_reduce_schedule(n, slab)) ==
        approx(bucket_all_reduce(n, slab, wire).value() * 1e6));
}

TEST_CASE("Bruck's all-to-all under one switch: lg N rounds of half the buffer") {
  const fabric::Fabric star = fabric::uniform(fabric::Pgft{{8}, {1}}, rate, hop);
  // 3 rounds of 2 us and 4 x 1 MB at 50 GB/s
  const auto schedule = bruck_all_to_all_schedule(bytes(1e6), 8);
  CHECK(flow_us(star, schedule) == approx(3 * 82.0));
  CHECK(schedule_time(schedule, fabric::Router(star), ranks_in_order(8)).value() * 1e6 ==
        approx(3 * 82.0));
  CHECK(bruck_all_to_all(bytes(1e6), 8, {seconds(2e-6), rate}).value() * 1e6 == approx(3 * 82.0));
}

TEST_CASE("double binary trees under one switch: rounds of a piece each") {
  const fabric::Fabric star = fabric::uniform(fabric::Pgft{{8}, {1}}, rate, hop);
  // 4 (3 + 5 - 1) rounds of 2 us and a tenth of 16 MB, 32 us
  const auto schedule = double_binary_tree_all_reduce_schedule(bytes(1.6e7), 8, 5);
  const double expected =
      double_binary_tree_all_reduce(bytes(1.6e7), 8, 5, {2.0 * hop, rate}).value() * 1e6;
  CHECK(expected == approx(28 * 34.0));
  const double rounds = static_cast<double>(schedule.rounds.size());
  CHECK(rounds <= 28);
  CHECK(flow_us(star, schedule) == approx(rounds * 34.0));
  CHECK(schedule_time(schedule, fabric::Router(star), ranks_in_order(8)).value() * 1e6 ==
        approx(rounds * 34.0));
}

TEST_CASE("direct all-to-all under one switch: N-1 rounds, or all at once without their latency") {
  const fabric::Fabric star = fabric::uniform(fabric::Pgft{{8}, {1}}, rate, hop);
  // 7 (2 us + 1 MB / 50 GB/s); at once 2 us + 7 x 20 us
  CHECK(flow_us(star, direct_all_to_all_schedule(bytes(1e6), 8)) == approx(7 * 22.0));
  CHECK(flow_us(star, concurrent_all_to_all_schedule(bytes(1e6), 8)) == approx(2 + 7 * 20.0));
}

/// Whether every message of every round has all of its narrowest link.
static bool is_uncontended(const Schedule& schedule, const fabric::Router& router) {
  for (const Round& round : schedule.rounds) {
    std::vector<fabric::Flow> flows;
    for (const Message& message : round.messages)
      flows.push_back(
          {static_cast<VertexIndex>(message.src), static_cast<VertexIndex>(message.dst)});
    const auto alone = fabric::route_flows(router, flows);
    const auto together = fabric::channels(router, flows);
    for (std::size_t f = 0; f < flows.size(); ++f)
      if (together[f].bandwidth < (1 - 1e-12) * alone.limit[f]) return false;
  }
  return true;
}

TEST_CASE("closed form with link loads and flows agree for every algorithm of a fabric") {
  const Bytes n = bytes(10'000'019);
  const fabric::Fabric fabrics[] = {
      fabric::clos_of({.leaves_per_pod = 2, .pods = 2}),
      fabric::uniform(fabric::Torus{{4, 4}}, rate, hop),
      fabric::uniform(fabric::Torus{.dimensions = {2, 2, 4}, .twist = true}, rate, hop),
      fabric::uniform(fabric::FatTree{.ports = 4, .levels = 3}, rate, hop),
      fabric::uniform(fabric::Dragonfly{.routers = 4, .gpus_per_router = 2, .global_ports = 2},
                      rate, hop),
      fabric::uniform(fabric::HyperX{{3, 4}, 2}, rate, hop),
      fabric::uniform(fabric::HammingMesh{2, 2, 2, 3}, rate, hop),
      fabric::uniform(fabric::SlimFly{.q = 3, .gpus_per_router = 1}, rate, hop)};
  int n_uncontended = 0;
  for (const fabric::Fabric& fabric : fabrics)
    for (const Operation operation : {Operation::AllReduce, Operation::AllGather,
                                      Operation::ReduceScatter, Operation::Broadcast})
      for (const Algorithm& algorithm : algorithms(operation, n, fabric, fabric.n_gpus())) {
        CAPTURE(algorithm.name);
        const fabric::Router router(fabric);
        const double analytic_us =
            schedule_time(algorithm.schedule, router, ranks_in_order(fabric.n_gpus())).value() *
            1e6;
        const double flows_us = flow_us(fabric, algorithm.schedule);
        if (is_uncontended(algorithm.schedule, router)) {
          ++n_uncontended;
          CHECK(flows_us == approx(analytic_us));
        } else {  // flows that end early leave their share to others: never later
          CHECK(flows_us <= analytic_us * (1 + 1e-9));
        }
      }
  CHECK(n_uncontended > 30);  // of 8 fabrics x (5 to 8 + 3)
}

TEST_CASE("odd sizes and other than powers of two agree too, to the byte") {
  const fabric::Fabric star = fabric::uniform(fabric::Pgft{{13}, {1}}, rate, hop);
  const Bytes n = bytes(10'000'019);
  const AlphaBeta wire{seconds(2e-6), rate};
  const auto us = [](Seconds t) { return approx(t.value() * 1e6); };
  CHECK(flow_us(star, ring_all_reduce_schedule(n, 13)) == us(ring_all_reduce(n, 13, wire)));
  CHECK(flow_us(star, recursive_doubling_all_reduce_schedule(n, 13)) ==
        us(recursive_doubling_all_reduce(n, 13, wire)));
  CHECK(flow_us(star, binomial_broadcast_schedule(n, 13)) == us(binomial_broadcast(n, 13, wire)));
}

TEST_CASE("one flow a NIC takes as long as the steps of an uncontended ring") {
  const fabric::Fabric tree = fabric::uniform(fabric::Pgft{{4, 4}, {1, 4}}, rate, hop);
  const auto ends_us = on_fabric(tree, [](FabricZone& zone, fabric::Router&) {
    const std::vector<collectives::Ring> rings{{ranks_in_order(16), bytes(1e6), 30}};
    return std::vector{run_rings(zone, rings)[0].value() * 1e6};
  });
  CHECK(ends_us[0] == approx(720.0));  // 30 (4 + 20)
}

TEST_CASE("128 rings of 128 over 16,384 GPUs of the 24k cluster: every ring has its NICs") {
  const fabric::Fabric meta = fabric::clos_of();
  const auto ends_us = on_fabric(meta, [](FabricZone& zone, fabric::Router&) {
    std::vector<collectives::Ring> rings;
    for (VertexIndex group = 0; group < 16; ++group)
      for (VertexIndex rail = 0; rail < 8; ++rail) {
        collectives::Ring ring{{}, bytes(1e6), 254};
        for (VertexIndex rank = 0; rank < 128; ++rank)
          ring.gpus.push_back((group * 128 + rank) * 8 + rail);
        rings.push_back(std::move(ring));
      }
    const auto ends = run_rings(zone, rings);
    return std::vector{std::ranges::min(ends).value() * 1e6, std::ranges::max(ends).value() * 1e6,
                       static_cast<double>(ends.size())};
  });
  // 254 (2 x 1.3 + 3 x 1.0 + 66 m x 4.9 ns + 20 us); a pod holds 3 whole rings a rail
  CHECK(ends_us[2] == 128);
  CHECK(ends_us[0] == approx(254 * 25.9234));
  // node 384 starts pod 1: nodes 383 and 384 are in different rings, so none crosses pods
  CHECK(ends_us[1] == approx(254 * 25.9234));
}

TEST_CASE("a schedule without a GPU for each rank is refused") {
  const fabric::Fabric tree = fabric::uniform(fabric::Pgft{{4}, {1}}, rate, hop);
  CHECK_THROWS_WITH(flow_us(tree, ring_all_reduce_schedule(bytes(1e6), 5)),
                    "a flow must start and end at a GPU or a store of the fabric");
  CHECK_THROWS_WITH(
      on_fabric(tree,
                [](FabricZone& zone, fabric::Router&) {
                  return std::vector{
                      run_schedule(zone, ring_all_reduce_schedule(bytes(1e6), 5), ranks_in_order(4))
                          .value()};
                }),
      "a schedule needs a GPU for each of its ranks");
}
