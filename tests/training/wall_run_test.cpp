// Runs on grown platforms: their traffic by hand, their plans, and the wall that comes of them.
#include "training/wall_run.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "training/grown_times.hpp"
#include "training/memory.hpp"
#include "walls.hpp"

using namespace longhaul;
using namespace longhaul::training;
using tests::simulated_wall;

namespace {

fabric::Family tree_family(std::int64_t ports = 64) {
  fabric::FabricConfig config;
  config.network.fat_tree = fabric::FatTree{.ports = ports};
  return fabric::family_of(config);
}

/// Domains of 8 at 400 GB/s, NICs of 50 GB/s, a fat tree of 64 ports.
GrownNetwork network_of_eights() {
  return {8, bytes_per_second(400e9), bytes_per_second(50e9), tree_family(), DomainSteps::Chain};
}

/// NCCL's tree, LL; all bandwidths in full.
Efficiency nccl() {
  Efficiency e;
  e.scale_up_hop = seconds(0.6e-6);
  e.scale_out_hop = seconds(20e-6);  // more than any route of the trees here
  e.tensor_alpha = seconds(6.8e-6);
  return e;
}

hardware::Chip h100() {
  hardware::Chip chip;
  chip.name = "a chip";
  chip.peak.bf16 = flop_per_second(1e15);
  chip.multiprocessors = 132;
  chip.memory_size = bytes(80e9);
  chip.memory_bandwidth = bytes_per_second(3.35e12);
  chip.scale_up_bandwidth = bytes_per_second(400e9);
  chip.nic_bandwidth = bytes_per_second(50e9);
  return chip;
}

WallSetup setup_of(const hardware::Chip& chip, const Efficiency& efficiency) {
  WallSetup setup;
  setup.laws = {*find_model_law("tokens-per-parameter"), *find_depth_law("power-0.27"),
                anchored(*find_batch_law("cube-root-parameters"),
                         {.batch = tokens(4e6), .n_parameters = 175e9, .source = "a test"})};
  setup.sequence = 2048;
  setup.duration = seconds(3 * seconds_per_month);
  setup.chip = chip;
  setup.efficiency = efficiency;
  setup.network = network_of_eights();
  setup.kernel_latency = seconds(4.5e-6);
  setup.plan.zero_stage = 1;
  return setup;
}

/// Chips and links so fast, and memory so large, that only latencies are left.
WallSetup latencies_alone() {
  auto chip = h100();
  chip.peak.bf16 = flop_per_second(1e24);
  chip.memory_size = bytes(1e24);
  chip.memory_bandwidth = bytes_per_second(1e24);
  auto setup = setup_of(chip, nccl());
  setup.network.scale_up = setup.network.scale_out = bytes_per_second(1e24);
  for (auto& tier : setup.network.family.tiers) tier.bandwidth = bytes_per_second(1e24);
  return setup;
}

double closed_wall_of(const WallSetup& setup, double layer_s) {
  return wall_compute([&](Flop compute) {
           return double(serial_time(grown_run(setup.laws, compute), seconds(layer_s)) /
                         setup.duration);
         })
      .value();
}

}  // namespace

TEST_CASE("half an all-reduce in a domain, by ring and by tree") {
  // 8 ranks, 8 MB at 400 GB/s. Ring: 7 steps of 0.6 us and 7/8 x 20 us = 21.7 us; the tree's chain
  // of 7 x 0.6 us has 20/0.92 = 21.74 us of bytes, more.
  const auto network = network_of_eights();
  const auto way = one_way(bytes(8e6), {8, 1}, network, 1024, nccl());
  CHECK(way.inside.value() == doctest::Approx(4.2e-6));
  CHECK(way.outside.value() == 0.0);
  CHECK(way.transfer.value() == doctest::Approx(17.5e-6));
  auto halves = network;
  halves.domain_steps = DomainSteps::Halves;
  // lg 8 = 3 steps; of 1 byte the tree is faster then.
  CHECK(one_way(bytes(1), {8, 1}, halves, 1024, nccl()).inside.value() == doctest::Approx(1.8e-6));
  CHECK(one_way(bytes(8e6), {1, 1}, network, 1024, nccl()).total().value() == 0.0);
}

TEST_CASE("half an all-reduce across domains takes a tree's doublings") {
  // 64 ranks side by side: 7 x 0.6 us in a domain, lg 8 = 3 doublings of 20 us; 1 MB over 8 NICs of
  // 50 GB/s, 400 GB/s together, at 0.92: 2.717 us.
  const auto network = network_of_eights();
  const auto way = one_way(bytes(1e6), {64, 1}, network, 1024, nccl());
  CHECK(way.inside.value() == doctest::Approx(4.2e-6));
  CHECK(way.outside.value() == doctest::Approx(60e-6));
  CHECK(way.transfer.value() == doctest::Approx(1e6 / 400e9 / 0.92));
  // A rank in each of 64 domains: 6 doublings, one NIC.
  const auto apart = one_way(bytes(1e6), {64, 8}, network, 1024, nccl());
  CHECK(apart.inside.value() == 0.0);
  CHECK(apart.outside.value() == doctest::Approx(120e-6));
  CHECK(apart.transfer.value() == doctest::Approx(1e6 / 50e9 / 0.92));
}

TEST_CASE("doublings pay for the tier that they cross, at least the hop") {
  // Leaves join 32 GPUs, pods 1,024: of 1,024 ranks 2 doublings reach a leaf's 32, 5 a pod.
  // 1 switch 3.6294 us, 3 switches 5.9234 us with cables of 2 x 3 m and 2 x 30 m.
  auto efficiency = nccl();
  efficiency.scale_out_hop = seconds(1e-6);
  const auto way = one_way(bytes(1), {1024, 1}, network_of_eights(), 1 << 20, efficiency);
  CHECK(way.outside.value() == doctest::Approx(2 * 3.6294e-6 + 5 * 5.9234e-6).epsilon(1e-3));
  // In a network of two layers the upper one joins all, with the same number of switches.
  const auto least = one_way(bytes(1), {1024, 1}, network_of_eights(), 2'048, efficiency);
  CHECK(least.outside.value() == way.outside.value());
}

TEST_CASE("transfers between stages cross what lies between some of them") {
  // 4 stages of 32 GPUs: a leaf joins 32, so all 3 borders lie between leaves: 5.9234 us and 1 MB
  // at 50 GB/s, the NIC's. Of stages of 8 in 16 leaves' worth of 2 places each: 8 stages of 16,
  // 7 borders, 3 of them between leaves, 4 within, at 3.6294 us.
  const auto network = network_of_eights();
  auto efficiency = nccl();
  efficiency.scale_out_hop = seconds(1e-6);
  const auto of = [&](std::int64_t ranks, std::int64_t stride, const GrownNetwork& crossed) {
    Traffic traffic;
    traffic.size = 1;
    auto& phase = traffic.phases[0];
    phase.kind = TrafficKind::Pipeline;
    phase.collective = Collective::PointToPoint;
    phase.ranks = ranks;
    phase.stride = stride;
    phase.payload = bytes(1e6);
    return grown_times(traffic, {}, crossed, ranks * stride, efficiency)[0].value();
  };
  CHECK(of(4, 32, network) == doctest::Approx(5.9234e-6 + 20e-6).epsilon(1e-3));
  CHECK(of(8, 16, network) ==
        doctest::Approx((3 * 5.9234e-6 + 4 * 3.6294e-6) / 7 + 20e-6).epsilon(1e-3));
  // Two campuses of 1,024 GPUs, 5 ms apart with 1 GB/s a GPU: of 8 stages of 256 GPUs one border
  // lies between them, and 256 GPUs share the line of 1,024: 4 GB/s, 250 us.
  auto apart = network;
  apart.family.tiers.resize(2);
  apart.family.tiers[1].gpus = 1024;
  apart.family.tiers.push_back({"sites", 2048, 2048, 7, seconds(5e-3), bytes_per_second(1e9)});
  CHECK(of(8, 256, apart) ==
        doctest::Approx((6 * (5.9234e-6 + 20e-6) + 5e-3 + 250e-6) / 7).epsilon(1e-3));
}

TEST_CASE("a torus halves small buffers and rings large ones round all its ports") {
  GrownNetwork network;
  network.domain = 1;
  network.family.torus = fabric::TorusFamily{3, seconds(1e-6), bytes_per_second(50e9)};
  Efficiency efficiency;
  efficiency.scale_out_hop = seconds(2e-6);
  // 512 GPUs, 8 a side. Halving: 9 steps of 2 us and 3 x 7 links of 1 us, 39 us; rings 3 x 7 x 2
  // us.
  const auto small = one_way(bytes(1), {512, 1}, network, 512, efficiency);
  CHECK(small.outside.value() == doctest::Approx(39e-6));
  // 3 GB: rings, 511/512 x 3e9/(6 x 50e9) = 9.98 ms; halving 1.5 times that.
  const auto large = one_way(bytes(3e9), {512, 1}, network, 512, efficiency);
  CHECK(large.outside.value() == doctest::Approx(42e-6));
  CHECK(large.transfer.value() == doctest::Approx(511.0 / 512 * 3e9 / 300e9));
  // Blocks of 64 are 4 wide: 4 links a step of a ring, and 4 rings share a line of links.
  const auto blocks = one_way(bytes(3e9), {8, 64}, network, 512, efficiency);
  CHECK(blocks.outside.value() == doctest::Approx(3 * 4e-6));
  CHECK(blocks.transfer.value() == doctest::Approx(7.0 / 8 * 4 * 3e9 / 300e9));
}

TEST_CASE("a tensor group is divided one way for latency, and as a grid for bandwidth") {
  const auto network = network_of_eights();
  const auto fastest = [&](std::int64_t tensor, double outer, LatencyForm form) {
    return fastest_grid(tensor, {bytes(outer), bytes(3 * outer), form}, network, 1 << 20, nccl());
  };
  const auto small = fastest(64, 1, LatencyForm::Text);
  CHECK(small.grid.columns == 1);
  CHECK(small.calls == 1);
  const auto large = fastest(64, 1e9, LatencyForm::Text);
  // One way: 63/64 x 1 GB over 8 NICs, 2.461 ms. 32 x 2: 31/32 x 1 GB/2 in rows over 8 NICs and
  // half of 3 GB/32 in columns over one, 1.211 + 0.938 = 2.148 ms; other grids take 2.7 ms and
  // more.
  CHECK(large.grid.rows == 32);
  CHECK(large.way.transfer.value() == doctest::Approx(2.1484e-3).epsilon(1e-3));
  const auto wide = fastest(4096, 1e9, LatencyForm::Text);
  CHECK(wide.grid.columns > 1);
  CHECK(wide.grid.rows * wide.grid.columns == 4096);
  CHECK(wide.calls == 2);
  CHECK(fastest(4096, 1e9, LatencyForm::Appendix).calls == 1);
}

TEST_CASE("of a tensor collective what its bytes take can move under products, not its latency") {
  // 8 ranks in a domain, 8 MB: 4.2 us of steps and 17.5 us of bytes, half of 6.8 us of software.
  const auto traffic =
      grid_traffic({8, 1}, {bytes(8e6), bytes(24e6)}, network_of_eights(), 64, nccl());
  CHECK(moving_share(traffic, nccl()) == doctest::Approx(17.5 / (4.2 + 17.5 + 3.4)));
  CHECK(moving_share({}, {}) == 0.0);
}

TEST_CASE("where only latency is left, overlap does not raise the wall") {
  auto setup = latencies_alone();
  setup.grid = {16, 1};
  const double without = simulated_wall(setup, 1e27, 1e32);
  setup.efficiency.tensor_overlap = 1;
  CHECK(simulated_wall(setup, 1e27, 1e32) == doctest::Approx(without).epsilon(1e-9));
}

TEST_CASE("a sequence that no power of two divides moves no wall") {
  auto setup = setup_of(h100(), nccl());
  const double even = simulated_wall(setup, 1e27, 1e32);
  setup.sequence = 64 * 33;  // 2,112; the batch is 1/33 larger at the same number of sequences
  CHECK(simulated_wall(setup, 1e27, 1e32) == doctest::Approx(even).epsilon(0.5));
}

TEST_CASE("shapes have the parameters and layers that were asked for, to 1 %") {
  for (double n = 1e9; n < 1e17; n *= 1.7) {
    const auto layers = whole_layers(*find_depth_law("power-0.27"), n);
    const auto shape = shape_of_size(n, layers);
    CHECK(shape.layers == layers);
    CHECK(parameters(shape) == doctest::Approx(n).epsilon(0.01));
    CHECK(shape.ffn_hidden % shape.heads == 0);
    CHECK(double(shape.ffn_hidden) / double(shape.hidden) == doctest::Approx(4).epsilon(0.3));
  }
}

TEST_CASE("a batch is rounded to sequences that many replicas divide, by 1/32 at most") {
  CHECK(sequences_of(tokens(4e6), 2048) == 1984);  // 1953.1, 30.5 x 64
  CHECK(sequences_of(tokens(100), 2048) == 1);
  for (double batch = 1e5; batch < 1e12; batch *= 1.3)
    CHECK(double(sequences_of(tokens(batch), 2048)) * 2048 ==
          doctest::Approx(batch).epsilon(1.0 / 32));
}

TEST_CASE("a point's plan can run, fits memory, is in time, and uses its GPUs as it says") {
  const auto setup = setup_of(h100(), nccl());
  for (const double compute : {1e24, 1e25, 1e26, 1e27}) {
    const auto point = wall_point(setup, flop(compute));
    REQUIRE(point.in_time);
    CHECK(can_run(point.plan, point.shape, point.batch, gpus(point.plan)));
    CHECK(fits_memory(point.shape, point.plan, point.batch, setup.chip));
    const double run_s = point.run.steps * point.step.total.value();
    CHECK(run_s <= setup.duration.value());
    CHECK(point.utilisation ==
          doctest::Approx(compute / (double(point.gpus) * 1e15 * run_s)).epsilon(1e-9));
    CHECK(point.run.steps == doctest::Approx(point.run.model.data / point.run.batch));
    CHECK(double(point.grid.rows * point.grid.columns) == double(point.plan.tensor));
  }
}

TEST_CASE("a batch beyond the critical one still runs, at its cost, where the trade-off is on") {
  auto setup = setup_of(h100(), nccl());
  setup.laws.batch_over_critical = 4;
  const auto plain = wall_point(setup, flop(1e26));
  setup.laws.trade_off = true;
  const auto paid = wall_point(setup, flop(1e26));
  REQUIRE(plain.in_time);
  REQUIRE(paid.in_time);
  // 1 + B/B_crit = 5 times the tokens, to the rounding of the batch, and the steps by as much: so
  // five times the GPU time, as well used.
  CHECK(paid.run.examples == doctest::Approx(5).epsilon(0.04));
  CHECK(paid.run.steps == doctest::Approx(paid.run.examples * plain.run.steps));
  const auto gpu_time = [](const WallPoint& point) {
    return double(point.gpus) * point.run.steps * point.step.total.value();
  };
  CHECK(gpu_time(paid) > 4.5 * gpu_time(plain));
  CHECK(gpu_time(paid) < 8 * gpu_time(plain));
  CHECK(paid.utilisation ==
        doctest::Approx(paid.run.examples * 1e26 / (1e15 * gpu_time(paid))).epsilon(1e-9));
}

TEST_CASE("past the wall no plan is in time, and the fastest is told with what it waits for") {
  const auto setup = setup_of(h100(), nccl());
  const auto point = wall_point(setup, flop(1e33));
  CHECK_FALSE(point.in_time);
  CHECK(point.fits);
  CHECK(point.utilisation == 0.0);
  CHECK(point.run.steps * point.step.total.value() > setup.duration.value());
  CHECK(point.gpus == gpus(point.plan));
  CHECK(point.binding != Binding::Nothing);
}

TEST_CASE("with latencies alone the wall is that of the closed form: kernels") {
  // One GPU a replica: 8 kernels of 4.5 us a layer, 36 us, and nothing to wait for.
  auto setup = latencies_alone();
  setup.grid = {1, 1};
  const double closed = closed_wall_of(setup, 36e-6);
  CHECK(simulated_wall(setup, closed / 3, closed * 3) == doctest::Approx(closed).epsilon(0.1));
}

TEST_CASE("with latencies alone the wall is that of the closed form: collectives") {
  // 16 GPUs, divided one way, 4 all-reduces of 6.8 + 2 (7 x 0.6 + 1 x 20) us a layer: 220.8 us;
  // with kernels 256.8 us.
  auto setup = latencies_alone();
  setup.grid = {16, 1};
  const double closed = closed_wall_of(setup, 256.8e-6);
  CHECK(simulated_wall(setup, closed / 3, closed * 3) == doctest::Approx(closed).epsilon(0.1));
  // The appendix: no kernels, and the collectives of a grid at once. 8 x 2: 4 (6.8 + 40) us.
  setup.form = LatencyForm::Appendix;
  setup.grid = {8, 2};
  const double appendix = closed_wall_of(setup, 187.2e-6);
  CHECK(simulated_wall(setup, appendix / 3, appendix * 3) ==
        doctest::Approx(appendix).epsilon(0.1));
}
