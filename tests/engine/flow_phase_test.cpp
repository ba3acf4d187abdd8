#include "engine/flow_phase.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "../fabric/fabrics.hpp"
#include "fabric/analysis.hpp"
#include "on_fabric.hpp"

using namespace longhaul;
using namespace longhaul::engine;
using fabric::Fabric;
using fabric::LinkKind;
using fabric::VertexIndex;
using fabric::VertexKind;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx approx(double x, double relative = 1e-9) {
  return doctest::Approx(x).epsilon(relative);
}

/// When each transfer ends [us].
std::vector<double> phase_us(const Fabric& fabric, const std::vector<Transfer>& transfers,
                             Reduction reduction = Reduction::Exact) {
  return on_fabric(fabric, [&](FabricZone& zone, fabric::Router&) {
    std::vector<double> ends_us;
    for (const Seconds& end : run_phase(zone, transfers, reduction))
      ends_us.push_back(end.value() * 1e6);
    return ends_us;
  });
}

}  // namespace

TEST_CASE("16 MB from GPU to GPU of a two-level tree: 322 us in a leaf, 324 across") {
  const Fabric tree = fabric::uniform(fabric::Pgft{{4, 4}, {1, 4}}, rate, seconds(1e-6));
  // 1.6e7 B / 50 GB/s = 320 us, after 2 and 4 links of 1 us
  const std::vector<Transfer> in_leaf{{{0, 1}, bytes(1.6e7), seconds(0)}};
  const std::vector<Transfer> across{{{0, 5}, bytes(1.6e7), seconds(0)}};
  CHECK(phase_us(tree, in_leaf)[0] == approx(322.0));
  CHECK(phase_us(tree, across)[0] == approx(324.0));
}

TEST_CASE("1 GB over 5 ms and 50 GB/s takes 25.000 ms: SimGrid's defaults have not crept back") {
  const Fabric pair = fabric::uniform(fabric::Pgft{{2}, {1}}, rate, seconds(2.5e-3));
  CHECK(phase_us(pair, {{{0, 1}, bytes(1e9), seconds(0)}})[0] == approx(25'000.0));
  // Each way at once: traffic back must not cost anything either.
  const auto both = phase_us(
      pair, {{{0, 1}, bytes(1e9), seconds(0)}, {{1, 0}, bytes(1e9), seconds(0)}}, Reduction::None);
  CHECK(both[0] == approx(25'000.0));
  CHECK(both[1] == approx(25'000.0));
}

TEST_CASE("seven times 1 GB into one GPU over 5 ms takes 145.000 ms") {
  const Fabric star = fabric::uniform(fabric::Pgft{{8}, {1}}, rate, seconds(2.5e-3));
  std::vector<Transfer> incast;
  for (VertexIndex gpu = 1; gpu < 8; ++gpu) incast.push_back({{gpu, 0}, bytes(1e9), seconds(0)});
  for (const double end_us : phase_us(star, incast)) CHECK(end_us == approx(145'000.0));
}

TEST_CASE("flows over one link and over three share a bottleneck alike, whatever their latency") {
  // 0 -> 3 and 2 -> 3 on a line of links of 1 GB/s that take 100 ms: both cross 2 -> 3.
  Fabric line;
  for (int gpu = 0; gpu < 4; ++gpu) line.add_vertex(VertexKind::Gpu, 0);
  line.structure = fabric::Structure::Torus;
  line.torus = {4};
  for (VertexIndex gpu = 0; gpu < 4; ++gpu)
    line.add_cable(
        {gpu, (gpu + 1) % 4, LinkKind::Nic, bytes_per_second(1e9), seconds(0.1), metres(0)});
  const auto ends_us = on_fabric(line, [](FabricZone& zone, fabric::Router& router) {
    router.set_alive(7, false);  // 0 -> 3 the short way
    // Bytes start together: the long route's latency is 0.3 s, the short one's 0.1 s.
    const std::vector<Transfer> transfers{{{0, 3}, bytes(1e9), seconds(0.0)},
                                          {{2, 3}, bytes(1e9), seconds(0.2)}};
    const auto ends = run_phase(zone, transfers, Reduction::None);
    return std::vector{ends[0].value() * 1e6, ends[1].value() * 1e6};
  });
  CHECK(ends_us[0] == approx(2.3e6));  // 0.3 s, and 2 GB in all at 1 GB/s
  CHECK(ends_us[1] == approx(2.3e6));
}

TEST_CASE("flows that end a quarter of a nanosecond apart are not merged") {
  const Fabric star = fabric::uniform(fabric::Pgft{{4}, {1}}, rate, seconds(0));
  const auto ends_us =
      phase_us(star, {{{0, 1}, bytes(10'000), seconds(0)}, {{2, 3}, bytes(10'025), seconds(0)}});
  CHECK(ends_us[0] == approx(0.2));
  CHECK(ends_us[1] == approx(0.2005));
}

TEST_CASE("a checkpoint of 5.67 TB from 2,048 nodes at 2 TB/s takes 2.835 s; two at once 5.67 s") {
  const Fabric meta = fabric::clos_of();
  const VertexIndex store = meta.vertex(VertexKind::Storage, 0);
  std::vector<Transfer> one;
  for (VertexIndex node = 0; node < 2048; ++node)
    one.push_back({{8 * node, store}, bytes(5.67e12 / 2048), seconds(0)});
  std::vector<Transfer> two = one;
  for (VertexIndex node = 0; node < 1024; ++node)  // the other run has the last 1,024 nodes
    two.push_back({{8 * (2048 + node), store}, bytes(5.67e12 / 1024), seconds(0)});
  // NIC, leaf, aggregation, core, gateway, store: 1.3 + 4 x 1.0 + 1.3 us and 233 m of fibre
  const double latency_us = 6.6 + 233 * 4.9e-3;
  for (const double end_us : phase_us(meta, one)) CHECK(end_us == approx(2.835e6 + latency_us));
  // Flows share alike, so the run of 2,048 flows gets two thirds: both are done after 11.34 TB,
  // the first earlier (5.67 TB x 3/2 at 2 TB/s = 4.2525 s).
  const auto ends_us = phase_us(meta, two);
  CHECK(ends_us[0] == approx(4.2525e6 + latency_us, 1e-8));
  CHECK(ends_us[2048] == approx(5.67e6 + latency_us, 1e-8));
  // Runs of as many nodes get half each.
  std::vector<Transfer> equal;
  for (VertexIndex node = 0; node < 2048; ++node)
    equal.push_back({{8 * node, store}, bytes(2 * 5.67e12 / 2048), seconds(0)});
  for (const double end_us : phase_us(meta, equal)) CHECK(end_us == approx(5.67e6 + latency_us));
}

TEST_CASE("checkpoints as groups: 2.835 s alone, 5.67 s each of two, whatever their nodes") {
  const Fabric meta = fabric::clos_of();
  const VertexIndex store = meta.vertex(VertexKind::Storage, 0);
  const auto shards = [&](VertexIndex first_node, VertexIndex nodes) {
    std::vector<fabric::Flow> flows;
    for (VertexIndex node = 0; node < nodes; ++node)
      flows.push_back({8 * (first_node + node), store});
    return flows;
  };
  const auto ends_us = on_fabric(meta, [&](FabricZone& zone, fabric::Router& router) {
    const auto large = make_flow_group(router, shards(0, 2048));
    const auto small = make_flow_group(router, shards(2048, 1024));
    const auto four = make_flow_group(router, shards(0, 4));
    std::vector<double> ends;
    const auto on_end = [&ends](TransferEnd) { ends.push_back(now().value() * 1e6); };
    zone.start_group(large, bytes(5.67e12), on_end);
    call_at(seconds(10), [&] {
      zone.start_group(large, bytes(5.67e12), on_end);
      zone.start_group(small, bytes(5.67e12), on_end);
    });
    call_at(seconds(20), [&] { zone.start_group(four, bytes(1e12), on_end); });
    run_engine();
    return ends;
  });
  const double latency_us = 6.6 + 233 * 4.9e-3;
  REQUIRE(ends_us.size() == 4);
  CHECK(ends_us[0] == approx(2.835e6 + latency_us));
  CHECK(ends_us[1] == approx(10e6 + 5.67e6 + latency_us));
  CHECK(ends_us[2] == approx(10e6 + 5.67e6 + latency_us));
  CHECK(ends_us[3] == approx(20e6 + 5e6 + latency_us));  // 4 NICs of 50 GB/s: 1 TB in 5 s
}

TEST_CASE("a cancelled group leaves the store to the others and never ends") {
  const Fabric meta = fabric::clos_of();
  const VertexIndex store = meta.vertex(VertexKind::Storage, 0);
  std::vector<fabric::Flow> shards;
  for (VertexIndex node = 0; node < 2048; ++node) shards.push_back({8 * node, store});
  const auto ends_us = on_fabric(meta, [&](FabricZone& zone, fabric::Router& router) {
    const auto group = make_flow_group(router, shards);
    std::vector<double> ends;
    const auto on_end = [&ends](TransferEnd) { ends.push_back(now().value() * 1e6); };
    const auto cut_short = zone.start_group(group, bytes(4e12), on_end);
    call_at(seconds(1), [&zone, cut_short] { zone.cancel(cut_short); });
    call_at(seconds(1.5), [&] { zone.start_group(group, bytes(2e12), on_end); });
    // One that is cancelled before its first byte has left.
    call_at(seconds(5), [&] { zone.cancel(zone.start_group(group, bytes(2e12), on_end)); });
    run_engine();
    CHECK(zone.n_under_way() == 0);
    return ends;
  });
  REQUIRE(ends_us.size() == 1);
  CHECK(ends_us[0] == approx(2.5e6 + 6.6 + 233 * 4.9e-3));  // 2 TB at 2 TB/s, alone
}

TEST_CASE("the reduction is exact: contended flows end when they end with every link simulated") {
  const Fabric clos = fabric::clos_of(
      {.leaves_per_pod = 4, .pods = 2, .aggregation_per_pod = 3, .cores = 2, .taper = 3.0});
  std::vector<Transfer> transfers;
  const auto n = static_cast<VertexIndex>(clos.n_gpus());
  for (VertexIndex gpu = 0; gpu < n; ++gpu) {
    transfers.push_back({{gpu, (gpu + 7 * (gpu % 5) + 16) % n}, bytes(1e6), seconds(0)});
    if (gpu % 3 == 0)
      transfers.push_back({{gpu, (gpu + 40) % n}, bytes(4e5 + 1e4 * gpu), seconds(1e-6 * gpu)});
  }
  const auto whole = phase_us(clos, transfers, Reduction::None);
  const auto reduced = phase_us(clos, transfers, Reduction::Exact);
  for (std::size_t f = 0; f < whole.size(); ++f) CHECK(reduced[f] == approx(whole[f]));
}

TEST_CASE("simulated shares are those that the analysis computes") {
  const Fabric tree = fabric::uniform(fabric::Pgft{{8, 4}, {1, 2}}, rate, seconds(1e-6));
  std::vector<fabric::Flow> flows;
  for (VertexIndex gpu = 0; gpu < 32; ++gpu) flows.push_back({gpu, (gpu + 8) % 32});
  const auto analysed = fabric::channels(fabric::Router(tree), flows);
  std::vector<Transfer> transfers;
  for (const fabric::Flow& flow : flows) transfers.push_back({flow, bytes(1e6), seconds(0)});
  const auto ends_us = phase_us(tree, transfers);
  for (std::size_t f = 0; f < flows.size(); ++f) {
    // 8 GPUs over 2 uplinks: 12.5 GB/s each, 4 + 80 us
    CHECK(analysed[f].bandwidth.value() == approx(12.5e9));
    CHECK(ends_us[f] ==
          approx((analysed[f].latency + bytes(1e6) / analysed[f].bandwidth).value() * 1e6));
  }
}

TEST_CASE("no bytes, or none to move, take the latency of their route") {
  const Fabric star = fabric::uniform(fabric::Pgft{{4}, {1}}, rate, seconds(1e-6));
  const auto ends_us =
      phase_us(star, {{{0, 1}, bytes(0), seconds(5e-6)}, {{2, 2}, bytes(1e6), seconds(3e-6)}});
  CHECK(ends_us[0] == approx(7.0));
  CHECK(ends_us[1] == approx(3.0));
}
