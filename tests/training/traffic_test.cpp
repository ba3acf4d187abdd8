#include "training/traffic.hpp"
#include "fabric/router.hpp"
#include "training/placed_traffic.hpp"

#include <doctest/doctest.h>

#include "../fabric/fabrics.hpp"
#include "shapes.hpp"
#include "training/memory.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const ModelShape gpt = tests::gpt3_175b();
const Batch batch{2048, 64};

const Phase* find_phase(const Traffic& traffic, TrafficKind kind) {
  for (const Phase& phase : traffic) {
    if (phase.kind == kind) return &phase;
  }
  return nullptr;
}

const Phase& phase_of(const Traffic& traffic, TrafficKind kind) {
  const Phase* phase = find_phase(traffic, kind);
  REQUIRE(phase != nullptr);
  return *phase;
}

}  // namespace

TEST_CASE("one GPU sends nothing") { CHECK(traffic(gpt, Plan{}, batch, 8).size == 0); }

TEST_CASE("a layer has two all-reduces of b s h 2 bytes a pass") {
  Plan plan{.tensor = 8};
  const Traffic phases = traffic(gpt, plan, batch, 8);
  const Phase& tensor = phase_of(phases, TrafficKind::Tensor);
  CHECK(tensor.collective == Collective::AllReduce);
  CHECK(tensor.ranks == 8);
  CHECK(tensor.ranks_per_domain == 8);
  CHECK(tensor.payload.value() == 2048.0 * 12288.0 * 2.0);
  CHECK(tensor.count == 64.0 * 96.0 * 4.0);  // microbatches x layers x (2 forward + 2 backward)
  plan.recompute = Recompute::Full;
  const Traffic again = traffic(gpt, plan, batch, 8);
  CHECK(phase_of(again, TrafficKind::Tensor).count == 64.0 * 96.0 * 6.0);
}

TEST_CASE("sequence parallelism turns each all-reduce into a gather and a scatter") {
  const Plan plan{.tensor = 8, .sequence_parallel = true};
  const Traffic phases = traffic(gpt, plan, batch, 8);
  REQUIRE(phases.size == 2);
  CHECK(phases.phases[0].collective == Collective::AllGather);
  CHECK(phases.phases[1].collective == Collective::ReduceScatter);
  CHECK(phases.phases[0].payload.value() == 2048.0 * 12288.0 * 2.0);
  CHECK(phases.phases[0].count == 64.0 * 96.0 * 4.0);
}

TEST_CASE("stages exchange b s h 2/t bytes twice a microbatch and chunk") {
  const Plan plan{.tensor = 8, .pipeline = 4, .virtual_stages = 3};
  const Traffic phases = traffic(gpt, plan, batch, 8);
  const Phase& pipeline = phase_of(phases, TrafficKind::Pipeline);
  CHECK(pipeline.payload.value() == 2048.0 * 12288.0 * 2.0 / 8.0);
  CHECK(pipeline.count == 2.0 * 64.0 * 3.0);
  CHECK(pipeline.ranks_per_domain == 1);  // the next stage is 8 GPUs away
  CHECK(phase_of(phases, TrafficKind::EmbeddingTie).ranks == 2);
}

TEST_CASE("ZeRO-1 scatters 4-byte gradients and gathers 2-byte parameters once a step") {
  Plan plan{.tensor = 4, .data = 16};
  const double held = parameters_per_gpu(gpt, plan).total();
  const Traffic plain = traffic(gpt, plan, batch, 8);
  CHECK(phase_of(plain, TrafficKind::DataReduce).collective == Collective::AllReduce);
  CHECK(phase_of(plain, TrafficKind::DataReduce).ranks_per_domain == 2);  // 8 GPUs / tensor 4
  CHECK(find_phase(plain, TrafficKind::DataGather) == nullptr);
  plan.zero_stage = 1;
  const Traffic divided = traffic(gpt, plan, batch, 8);
  CHECK(phase_of(divided, TrafficKind::DataReduce).collective == Collective::ReduceScatter);
  CHECK(phase_of(divided, TrafficKind::DataReduce).payload.value() == doctest::Approx(4.0 * held));
  CHECK(phase_of(divided, TrafficKind::DataGather).payload.value() == doctest::Approx(2.0 * held));
  plan.zero_stage = 3;  // 4 microbatches x 96 layers: parameters twice, gradients once for each
  const Traffic all = traffic(gpt, plan, batch, 8);
  CHECK(phase_of(all, TrafficKind::DataGather).count == 768.0);
  CHECK(phase_of(all, TrafficKind::DataReduce).count == 384.0);
  CHECK(phase_of(all, TrafficKind::DataGather).payload.value() ==
        doctest::Approx(2.0 * held / 96.0));
}

TEST_CASE("under ZeRO-3 each message of a layer pays the latency of the ring") {
  Traffic phases;
  phases.size = 1;
  phases.phases[0] = {
      TrafficKind::DataGather, Collective::AllGather, 16, 1, 8, bytes(16e6), 1.0, true};
  Efficiency efficiency;
  efficiency.scale_out_hop = seconds(10e-6);
  const Network network = network_of(tests::round_chip(), 8);
  // 15 x (10 us + 1e6 B / 10 GB/s) = 1.65 ms; twelve messages: 12 x 15 x 10 us + 1.5 ms = 3.3 ms
  CHECK(analytic_times(phases, network, efficiency)[0].value() == doctest::Approx(1.65e-3));
  efficiency.zero3_messages = 12.0;
  CHECK(analytic_times(phases, network, efficiency)[0].value() ==
        doctest::Approx(3.3e-3).epsilon(1e-3));
}

TEST_CASE("a ring that leaves its domain runs at the NICs of the ranks it has in it") {
  Traffic phases;
  phases.size = 3;
  Phase& inside = phases.phases[0];
  inside = {TrafficKind::Tensor, Collective::AllReduce, 8, 8, 1, bytes(8e9), 1.0};
  phases.phases[1] = {TrafficKind::DataReduce, Collective::AllReduce, 16, 2, 4, bytes(8e9), 1.0};
  phases.phases[2] = {TrafficKind::Pipeline, Collective::PointToPoint, 4, 1, 8, bytes(1e9), 1.0};
  const PhaseSeconds times =
      analytic_times(phases, network_of(tests::round_chip(), 8), Efficiency{});
  CHECK(times[0].value() == doctest::Approx(2.0 * 7.0 / 8.0 * 8e9 / 100e9));   // 0.14 s
  CHECK(times[1].value() == doctest::Approx(2.0 * 15.0 / 16.0 * 8e9 / 20e9));  // 0.75 s
  CHECK(times[2].value() == doctest::Approx(1e9 / 10e9));                      // 0.1 s
}

TEST_CASE("an all-reduce over many nodes takes NCCL's tree where latency is most of its ring") {
  Efficiency efficiency;
  efficiency.scale_up_hop = seconds(3.4e-6);
  efficiency.scale_out_hop = seconds(14e-6);
  Traffic phases;
  phases.size = 2;
  phases.phases[0] = {.kind = TrafficKind::DataReduce,
                      .collective = Collective::AllReduce,
                      .ranks = 2048,
                      .ranks_per_domain = 1,
                      .stride = 8,
                      .payload = bytes(100e6),
                      .count = 1.0,
                      .begins = 8,
                      .period = 16384};
  phases.phases[1] = phases.phases[0];
  phases.phases[1].payload = bytes(100e9);
  const PhaseSeconds times = analytic_times(phases, network_of(tests::round_chip(), 8), efficiency);
  // Ring: 2 x 2047 x 14 us + 20 ms = 77.3 ms. Tree: 2 x 11 x 14 us + 2 x 100 MB / 0.92 / 10 GB/s.
  CHECK(times[0].value() == doctest::Approx(22 * 14e-6 + 200e6 / 0.92 / 10e9));
  // 1,000 times the bytes: the ring's 20.05 s, where the tree takes 21.7 s.
  CHECK(times[1].value() == doctest::Approx(4094 * (14e-6 + 100e9 / 2048 / 10e9)));
}

TEST_CASE("a tree takes on a fabric what it takes in closed form") {
  auto config = fabric::clos_config({.leaves_per_pod = 64, .pods = 1});
  config.parts.switch_latency = config.parts.nic_latency = seconds(0);
  const fabric::Fabric clos = make_fabric(config);
  const fabric::Router router(clos);
  std::vector<fabric::VertexIndex> all(1024);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<fabric::VertexIndex>(i);
  Efficiency efficiency;
  efficiency.scale_up_hop = seconds(3.4e-6);
  efficiency.scale_out_hop = seconds(14e-6);
  efficiency.scale_out = 0.9;
  Traffic phases;
  phases.size = 1;
  phases.phases[0] = {.kind = TrafficKind::DataReduce,
                      .collective = Collective::AllReduce,
                      .ranks = 256,
                      .ranks_per_domain = 2,
                      .stride = 4,
                      .payload = bytes(1e6),
                      .count = 1.0,
                      .begins = 4,
                      .period = 1024};
  const Network network{8, config.parts.scale_up_bandwidth, config.parts.nic_bandwidth};
  REQUIRE(find_faster_tree(phases.phases[0], bytes_per_second(90e9), efficiency));
  CHECK(placed_times(phases, all, router, efficiency)[0].value() ==
        doctest::Approx(analytic_times(phases, network, efficiency)[0].value()).epsilon(1e-3));
}

TEST_CASE("tied embeddings join the first and the last stage of each replica") {
  // tensor 1, pipeline 4, data 2 with the replica's stages next to each other: ranks 0-3 and 4-7
  const fabric::Fabric star =
      fabric::uniform(fabric::Pgft{{8}, {1}}, bytes_per_second(1e9), seconds(0));
  Phase tie{
      TrafficKind::EmbeddingTie, Collective::AllReduce, 2, 1, 3, bytes(100), 1.0, false, 1, 4};
  const std::vector<fabric::VertexIndex> gpus{0, 1, 2, 3, 4, 5, 6, 7};
  const PlacedPhase placed = place(tie, gpus, star, Efficiency{});
  REQUIRE(placed.rings.size() == 2);
  CHECK(placed.rings[0].gpus == std::vector<fabric::VertexIndex>{0, 3});
  CHECK(placed.rings[1].gpus == std::vector<fabric::VertexIndex>{4, 7});
}
