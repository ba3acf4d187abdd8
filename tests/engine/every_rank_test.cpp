#include "engine/every_rank.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
#include <string>

#include "../fabric/fabrics.hpp"
#include "on_fabric.hpp"
#include "training/memory.hpp"
#include "training/placed_traffic.hpp"
#include "training/step_time.hpp"

using namespace longhaul;
using namespace longhaul::engine;
using namespace longhaul::training;
using fabric::VertexIndex;

namespace {

/// About an H100.
hardware::Chip chip() {
  hardware::Chip chip;
  chip.peak = {flop_per_second(989e12), flop_per_second(1979e12), flop_per_second(0)};
  chip.multiprocessors = 132;
  chip.memory_size = bytes(80e9);
  chip.memory_bandwidth = bytes_per_second(3.35e12);
  chip.scale_up_bandwidth = bytes_per_second(450e9);
  chip.nic_bandwidth = bytes_per_second(50e9);
  return chip;
}

/// Every constant counts, and nothing hides but what a test says.
Efficiency constants() {
  Efficiency e;
  e.gemm = 0.7;
  e.attention = 0.6;
  e.memory = 0.8;
  e.launch = seconds(2e-6);
  e.layer_issue = seconds(200e-6);
  e.host_step = seconds(5e-3);
  e.optimizer_bytes = 30.0;
  e.scale_up = 0.8;
  e.scale_out = 0.9;
  e.scale_up_hop = seconds(3.4e-6);
  e.scale_out_hop = seconds(14e-6);
  e.tensor_alpha = seconds(10e-6);
  e.expert_alpha = seconds(30e-6);
  e.pipeline_alpha = seconds(20e-6);
  e.data_alpha = seconds(50e-6);
  e.straggler_sigma = 0.005;
  e.zero3_messages = 2.0;
  return e;
}

/// A small vocabulary, so that stages are nearly alike.
ModelShape dense_model() {
  return {.layers = 16,
          .hidden = 8192,
          .ffn_hidden = 28672,
          .heads = 64,
          .kv_heads = 8,
          .vocab = 1024,
          .gated_mlp = true,
          .tied_embeddings = false};
}

struct Case {
  const char* name;
  ModelShape model;
  Plan plan;
  Batch batch;
  Efficiency efficiency = constants();
  double taper = 1.0;
  std::int64_t pods = 4;
};

struct Both {
  double every_rank_s;
  double reduced_s;
  double reduced_data_s;  ///< of `reduced_s`
  double ratio() const { return every_rank_s / reduced_s; }
};

/// 64 nodes of 8.
fabric::Fabric nodes_of_8(double taper = 1.0, std::int64_t pods = 4) {
  fabric::ThreeLayerClos clos;
  clos.leaves_per_pod = 32 / pods;
  clos.pods = pods;
  clos.taper = taper;
  return clos_of(clos);
}

std::vector<VertexIndex> ranks_in_order(std::int64_t n) {
  std::vector<VertexIndex> gpus(static_cast<std::size_t>(n));
  std::iota(gpus.begin(), gpus.end(), 0);
  return gpus;
}

/// Both models on the same fabric; prints them.
Both run(const Case& c) {
  const fabric::Fabric fabric = nodes_of_8(c.taper, c.pods);
  const auto gpus = ranks_in_order(training::gpus(c.plan));
  const auto values = on_fabric(fabric, [&](FabricZone& zone, fabric::Router&) {
    const auto step = every_rank_step(zone, c.model, c.plan, c.batch, chip(), c.efficiency, gpus);
    return std::vector{step.total.value(), static_cast<double>(step.n_flows)};
  });
  const fabric::Router router(fabric);
  const auto phases = traffic(c.model, c.plan, c.batch, 8, c.efficiency.expert_dedup);
  const auto step = step_time(c.model, c.plan, c.batch, chip(), c.efficiency, phases,
                              placed_times(phases, gpus, router, c.efficiency));
  const Both both{values[0], step.total.value(), step.terms.data.value()};
  fmt::print("{:<58} every rank {:.6f} s, reduced {:.6f} s: {:+.3f} %  ({:.0f} flows)\n", c.name,
             both.every_rank_s, both.reduced_s, 100.0 * (both.ratio() - 1.0), values[1]);
  return both;
}

doctest::Approx within(double share) { return doctest::Approx(1.0).epsilon(share); }

/// Shares of traffic that hide, as in the calibrated set of an H100.
Efficiency overlapping() {
  Efficiency e = constants();
  e.tensor_overlap = 0.5;
  e.expert_overlap = 0.3;
  e.pipeline_overlap = 0.5;
  e.data_overlap = 0.6;
  e.zero3_overlap = 0.6;
  return e;
}

/// The same with no data-parallel traffic under compute, where it would meet other traffic.
Efficiency data_alone() {
  Efficiency e = overlapping();
  e.data_overlap = 0.0;
  return e;
}

ModelShape smaller_model() {
  ModelShape model = dense_model();
  model.hidden = 4096;
  model.ffn_hidden = 11008;
  model.heads = 32;
  return model;
}

ModelShape expert_model() {
  ModelShape model = smaller_model();
  model.experts = {.routed = 64, .per_token = 4, .ffn_hidden = 2048};
  return model;
}

/// 512 GPUs: tensor 8, pipeline 4, data 16.
const Plan pipelined{
    .tensor = 8, .pipeline = 4, .data = 16, .sequence_parallel = true, .zero_stage = 1};
const Batch eight_microbatches{4096, 128};

Plan interleaved(Plan plan) {
  plan.virtual_stages = 2;
  return plan;
}

Plan zero(int stage) { return {.data = 64, .zero_stage = stage}; }

/// One replica of four stages with tensor groups of 8: how many transfers a step waits for, which
/// is by how many microseconds it is longer when each takes one more.
Both transfers_waited_for(std::int64_t chunks, std::int64_t m, double overlap) {
  Case c{"", dense_model(), pipelined, {4096, m}};
  c.plan.data = 1;
  c.plan.virtual_stages = chunks;
  c.efficiency.pipeline_overlap = overlap;
  c.efficiency.straggler_sigma = 0.0;
  c.name = "one replica";
  const Both before = run(c);
  c.name = "one replica, transfers a microsecond longer";
  c.efficiency.pipeline_alpha += seconds(1e-6);
  const Both after = run(c);
  return {(after.every_rank_s - before.every_rank_s) * 1e6,
          (after.reduced_s - before.reduced_s) * 1e6, 0.0};
}

/// Whether a step of this plan on these GPUs is refused, and says so.
bool is_refused(const Plan& plan, const Batch& batch, const std::vector<VertexIndex>& gpus,
                const std::string& why) {
  return on_fabric(nodes_of_8(), [&](FabricZone& zone, fabric::Router&) {
           try {
             every_rank_step(zone, dense_model(), plan, batch, chip(), constants(), gpus);
           } catch (const std::invalid_argument& error) {
             return std::vector{std::string(error.what()).find(why) != std::string::npos ? 1.0
                                                                                         : 0.0};
           }
           return std::vector{0.0};
         })[0] > 0.0;
}

}  // namespace

TEST_CASE("one microbatch on two stages takes both passes of both, and a transfer each way") {
  Efficiency e = constants();
  e.layer_issue = seconds(0);
  e.straggler_sigma = 0.0;
  ModelShape model = smaller_model();
  model.layers = 2;
  const Plan plan{.pipeline = 2};
  const Batch batch{4096, 1};
  const PassTimes layer = layer_times(model, LayerKind::Dense, plan, batch, chip(), e);
  const PassTimes first = embedding_times(model, plan, batch, chip(), e);
  const PassTimes last = logits_times(model, plan, batch, chip(), e);
  const auto both = [](const PassTimes& t) {
    return (total(t.forward) + total(t.backward)).value();
  };
  // GPUs 0 and 1 share a node: 20 us of software, a hop of 3.4 us, which is more than the link's
  // 3.33 us, and 4096 tokens x 4096 wide x 2 B at 0.8 x 450 GB/s.
  const double transfer_s = 20e-6 + 3.4e-6 + 4096.0 * 4096.0 * 2.0 / (0.8 * 450e9);
  // Adam on the parameters that a GPU holds, 30 B each, and the host.
  const double optimizer_s =
      streaming_time(bytes(30.0 * parameters_per_gpu(model, plan).total()), 1, chip(), e).value();
  const double expected_s =
      2.0 * both(layer) + both(first) + both(last) + 2.0 * transfer_s + optimizer_s + 5e-3;
  const Both result = run({"one microbatch on two stages", model, plan, batch, e});
  CHECK(result.every_rank_s == doctest::Approx(expected_s).epsilon(1e-9));
}

TEST_CASE("512 ranks in a pipeline take what one stage of one replica says, within 1 %") {
  CHECK(run({"512 GPUs, 1F1B, nothing hidden", dense_model(), pipelined, eight_microbatches})
            .ratio() == within(0.01));
  CHECK(run({"512 GPUs, 1F1B", dense_model(), pipelined, eight_microbatches, overlapping()})
            .ratio() == within(0.01));
  CHECK(run({"512 GPUs, interleaved", dense_model(), interleaved(pipelined), eight_microbatches,
             overlapping()})
            .ratio() == within(0.01));
  Plan full = pipelined;
  full.recompute = Recompute::Full;
  CHECK(
      run({"512 GPUs, full recomputation", dense_model(), full, eight_microbatches, overlapping()})
          .ratio() == within(0.01));
  Plan inside = pipelined;
  inside.order = RankOrder::PipelineInside;
  CHECK(run({"512 GPUs, a replica side by side", dense_model(), inside, eight_microbatches,
             overlapping()})
            .ratio() == within(0.01));
}

TEST_CASE("a host that issues kernels too slowly, and tied embeddings, cost every rank the same") {
  Efficiency slow_host = overlapping();
  slow_host.layer_issue = seconds(5e-3);  // of a layer's pass, which takes 3 ms
  CHECK(run({"512 GPUs, slow host", dense_model(), pipelined, eight_microbatches, slow_host})
            .ratio() == within(0.01));
  ModelShape tied = dense_model();
  tied.tied_embeddings = true;
  tied.vocab = 128256;  // 0.5 GB of gradients a GPU
  CHECK(run({"512 GPUs, tied embeddings", tied, pipelined, eight_microbatches, overlapping()})
            .ratio() == within(0.01));
}

TEST_CASE("64 replicas without a pipeline take what the closed form says, for every ZeRO stage") {
  for (const int stage : {0, 1, 2, 3}) {
    const Case exposed{"64 replicas, nothing hidden", smaller_model(), zero(stage), {4096, 128}};
    CHECK(run(exposed).ratio() == within(1e-6));
    const Case hidden{"64 replicas", smaller_model(), zero(stage), {4096, 128}, overlapping()};
    CHECK(run(hidden).ratio() == within(stage == 3 ? 0.002 : 1e-6));
  }
}

TEST_CASE("context rings, experts over nodes and tensor groups over nodes agree within 1 %") {
  const Plan context{.tensor = 8,
                     .pipeline = 2,
                     .data = 4,
                     .context = 2,
                     .sequence_parallel = true,
                     .zero_stage = 1};
  CHECK(run({"128 GPUs, context 2, nothing hidden", dense_model(), context, {8192, 32}}).ratio() ==
        within(0.01));
  CHECK(run({"128 GPUs, context 2", dense_model(), context, {8192, 32}, overlapping()}).ratio() ==
        within(0.01));
  // Keys and values for every head take longer than attention to short sequences.
  ModelShape many_keys = dense_model();
  many_keys.kv_heads = many_keys.heads;
  CHECK(run({"128 GPUs, context 2, more keys", many_keys, context, {2048, 32}, overlapping()})
            .ratio() == within(0.01));
  const Plan experts{.data = 64, .expert = 16, .zero_stage = 1};
  CHECK(
      run({"64 GPUs, experts over two nodes, nothing hidden", expert_model(), experts, {4096, 128}})
          .ratio() == within(1e-6));
  CHECK(run({"64 GPUs, experts over two nodes, data apart",
             expert_model(),
             experts,
             {4096, 128},
             data_alone()})
            .ratio() == within(1e-6));
  const Plan wide{
      .tensor = 16, .pipeline = 2, .data = 4, .sequence_parallel = true, .zero_stage = 1};
  CHECK(run({"128 GPUs, tensor 16, nothing hidden", dense_model(), wide, {4096, 32}}).ratio() ==
        within(0.01));
  CHECK(run({"128 GPUs, tensor 16, data apart", dense_model(), wide, {4096, 32}, data_alone()})
            .ratio() == within(0.01));
}

TEST_CASE("data-parallel traffic hides under what other traffic leaves of the NICs") {
  // Nothing else takes them when experts share a node. Where they do not, data-parallel flows take
  // their fair share from the experts' too, whose exposed part the reduced model leaves as it is.
  Plan experts{.data = 64, .expert = 8, .zero_stage = 1};
  CHECK(run({"64 GPUs, experts in a node, data under them",
             expert_model(),
             experts,
             {4096, 128},
             overlapping()})
            .ratio() == within(1e-6));
  experts.expert = 16;
  CHECK(run({"64 GPUs, experts over two nodes, data under them",
             expert_model(),
             experts,
             {4096, 128},
             overlapping()})
            .ratio() == within(0.08));
  const Plan wide{
      .tensor = 16, .pipeline = 2, .data = 4, .sequence_parallel = true, .zero_stage = 1};
  CHECK(run({"128 GPUs, tensor 16, data under it", dense_model(), wide, {4096, 32}, overlapping()})
            .ratio() == within(0.01));
}

TEST_CASE("on tapered links, traffic that meets takes longer than the reduced model says") {
  // A stage is a pod: transfers forward and backward meet on the way up to the cores.
  CHECK(run({"512 GPUs, taper 7, transfers both ways", dense_model(), pipelined, eight_microbatches,
             overlapping(), 7.0})
            .ratio() > 1.01);
  // A stage is two pods: they also meet the reduction of the stages that end first.
  CHECK(run({"512 GPUs, taper 7, transfers and reductions", dense_model(), pipelined,
             eight_microbatches, overlapping(), 7.0, 8})
            .ratio() > 1.005);
  // A replica is within a pod: nothing but the reduction crosses, and so nothing meets.
  Plan inside = pipelined;
  inside.order = RankOrder::PipelineInside;
  CHECK(run({"512 GPUs, taper 7, reduction alone", dense_model(), inside, eight_microbatches,
             overlapping(), 7.0})
            .ratio() == within(0.002));
}

TEST_CASE("stages that differ agree within 1 %") {
  ModelShape uneven = dense_model();
  uneven.vocab = 128256;
  CHECK(run({"512 GPUs, logits on the last stage", uneven, pipelined, eight_microbatches,
             overlapping()})
            .ratio() == within(0.01));
}

TEST_CASE("ZB1P hides its reduction under weight gradients") {
  Plan split = pipelined;
  split.schedule = PipelineSchedule::ZeroBubble;
  CHECK(run({"512 GPUs, ZB1P", dense_model(), split, eight_microbatches, overlapping()}).ratio() ==
        within(0.01));
}

TEST_CASE("ZeRO-3 makes passes longer, and so the bubble too") {
  // What is exposed in m microbatches is exposed in the p - 1 more that fill and drain the
  // pipeline.
  Case c{"512 GPUs, ZeRO-3 in a pipeline", dense_model(), pipelined, eight_microbatches};
  c.plan.zero_stage = 3;
  c.efficiency.straggler_sigma = 0.0;
  const Both result = run(c);
  CHECK(result.ratio() == within(0.01));
  CHECK(result.reduced_data_s > 0.5 * result.reduced_s);
}

TEST_CASE("a step of p = 4 stages waits for as many transfers as its order makes it wait for") {
  const double p = 4.0;
  const double m = 8.0;
  // Nothing hidden: each stage waits for two sends a microbatch, and filling or draining for p - 1
  // more. The reduced model counts both.
  const Both exposed = transfers_waited_for(1, 8, 0.0);
  CHECK(exposed.every_rank_s == doctest::Approx(2 * m + p - 1).epsilon(1e-3));
  CHECK(exposed.reduced_s == doctest::Approx(2 * m + 2 * (p - 1)).epsilon(1e-3));
  // No sender waits. The first stage has p microbatches under way, which pass 2 (p - 1) boundaries,
  // so it waits for 2 (p - 1)/p a microbatch all the same; the reduced model for filling and
  // draining alone.
  const Both hidden = transfers_waited_for(1, 8, 1.0);
  CHECK(hidden.every_rank_s == doctest::Approx(2 * m * (p - 1) / p + p).epsilon(1e-3));
  CHECK(hidden.reduced_s == doctest::Approx(2 * (p - 1)).epsilon(1e-3));
  // Interleaved, more are under way: what is left is filling and draining, through the boundaries
  // of both chunks.
  const Both both_chunks = transfers_waited_for(2, 8, 1.0);
  CHECK(both_chunks.every_rank_s == doctest::Approx(2 * (2 * p - 1)).epsilon(1e-3));
  CHECK(both_chunks.reduced_s == doctest::Approx(2 * (p - 1)).epsilon(1e-3));
}

TEST_CASE("interleaved, the reduced model waits for transfers that fall into bubbles") {
  // With nothing hidden a stage sends 4 times a microbatch, but only 3 of them make a step of few
  // microbatches longer: 38 - 29 = 9 transfers of 0.41 ms of 311 ms are 1.2 %. The rest is that
  // parameters of the second chunk come while stages wait.
  const Both result = run({"512 GPUs, interleaved, nothing hidden", dense_model(),
                           interleaved(pipelined), eight_microbatches});
  CHECK(result.ratio() < 1.0);
  CHECK(result.ratio() > 0.97);
  const Both transfers = transfers_waited_for(2, 8, 0.0);
  CHECK(transfers.every_rank_s == doctest::Approx(29).epsilon(1e-3));
  CHECK(transfers.reduced_s == doctest::Approx(38).epsilon(1e-3));
}

TEST_CASE("a step whose ranks cannot reach each other is an error") {
  fabric::Fabric apart = nodes_of_8();
  apart.gpus_forward = false;  // else they go over a neighbour's NIC
  CHECK_THROWS_WITH(
      on_fabric(
          apart,
          [&](FabricZone& zone, fabric::Router& router) {
            const auto gpus = ranks_in_order(64);
            for (const auto link : router.route({0, 8}).links) router.set_alive(link, false);
            every_rank_step(zone, smaller_model(), zero(0), {4096, 64}, chip(), constants(), gpus);
            return std::vector<double>{};
          }),
      doctest::Contains("no path is left"));
}

TEST_CASE("steps that cannot be simulated rank by rank are refused") {
  CHECK(is_refused({.data = 2048}, {4096, 2048}, std::vector<VertexIndex>(2048, 0), "2048 ranks"));
  CHECK(is_refused({.data = 4}, {4096, 4}, {0, 1, 2, 2}, "GPU of the fabric to itself"));
  CHECK(is_refused({.data = 4}, {4096, 4}, {0, 1, 2, 512}, "GPU of the fabric to itself"));
  CHECK(is_refused({.data = 4}, {4096, 4}, {0, 1}, "needs 4"));
  CHECK(is_refused({.pipeline = 4, .schedule = PipelineSchedule::DualPipe}, {4096, 8},
                   ranks_in_order(4), "1f1b"));
}
