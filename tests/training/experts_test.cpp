// Mixtures of experts and latent attention: shapes, memory, kernels, traffic and the step.
#include <doctest/doctest.h>

#include <algorithm>

#include "../fabric/fabrics.hpp"
#include "fabric/router.hpp"
#include "shapes.hpp"
#include "training/kernels.hpp"
#include "training/memory.hpp"
#include "training/placed_traffic.hpp"
#include "training/step_time.hpp"
#include "training/traffic.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const ModelShape qwen = tests::qwen3_30b();
const ModelShape deepseek = tests::deepseek_v3();
const hardware::Chip chip = tests::round_chip();
const Batch batch{4096, 64};

const Phase& phase_of(const Traffic& traffic, TrafficKind kind) {
  const auto* found = std::find_if(traffic.begin(), traffic.end(),
                                   [&](const Phase& phase) { return phase.kind == kind; });
  REQUIRE(found != traffic.end());
  return *found;
}

bool has_problem(const Plan& plan, const ModelShape& model, const char* field) {
  const auto found = problems(plan, model, batch, gpus(plan));
  return std::any_of(found.begin(), found.end(),
                     [&](const PlanProblem& problem) { return problem.field == field; });
}

}  // namespace

TEST_CASE("Qwen3 30B has 30.5e9 parameters, of which a token meets 3.3e9") {
  // A layer: attention 2048 x (4096 + 2 x 512) + 4096 x 2048 = 18.874e6, router 2048 x 128, and
  // 128 experts of 3 x 2048 x 768 = 4.7186e6: 622.9e6; 48 of them and 2 x 151936 x 2048.
  CHECK(parameters(qwen) == doctest::Approx(30.53e9).epsilon(1e-3));
  // 8 experts: 56.9e6 a layer.
  CHECK(active_parameters(qwen) == doctest::Approx(3.353e9).epsilon(1e-3));
}

TEST_CASE("DeepSeek-V3 has 671e9 parameters, of which a token meets 37e9") {
  // Attention: 7168 x (1536 + 512 + 64) narrow, 1536 x 128 x 192 queries, 512 x 128 x 256 keys and
  // values, 128 x 128 x 7168 out: 187.1e6. Experts 257 x 3 x 7168 x 2048 in 58 layers, 3 dense ones
  // of 3 x 7168 x 18432.
  CHECK(divided_attention_parameters(deepseek) + repeated_attention_parameters(deepseek) ==
        187'105'280.0);
  CHECK(parameters(deepseek) == doctest::Approx(671.0e9).epsilon(1e-3));
  CHECK(active_parameters(deepseek) == doctest::Approx(37.5e9).epsilon(5e-3));
}

TEST_CASE("experts that do not divide, nest or exist are problems that say what would be right") {
  const auto fix_of = [](const Plan& plan, const ModelShape& model) {
    const auto found = problems(plan, model, batch, gpus(plan));
    REQUIRE(found.size() == 1);
    return found.front().field + ": " + found.front().fix;
  };
  CHECK(problems({.tensor = 4, .data = 16, .expert = 64}, qwen, batch, 64).empty());
  CHECK(fix_of({.tensor = 1, .data = 64, .expert = 8}, tests::gpt3_175b()) ==
        "expert: set expert = 1");
  ModelShape odd = qwen;
  odd.experts.routed = 96;
  CHECK(fix_of({.data = 64, .expert = 64}, odd) == "expert: set expert to a divisor of 96");
  CHECK(fix_of({.tensor = 4, .data = 16, .expert = 128}, qwen) ==
        "expert: set expert to a divisor of 64");
  odd.experts.ffn_hidden = 766;
  CHECK(fix_of({.tensor = 4, .data = 16}, odd) ==
        "tensor: set tensor to a divisor of the experts' ffn_hidden");
  CHECK(fix_of({.pipeline = 2, .data = 8, .expert = 8, .order = RankOrder::PipelineInside}, qwen) ==
        "order: set order = \"tp-cp-dp-pp\"");
  odd = qwen;
  odd.experts.per_token = 200;
  CHECK(fix_of({.data = 64}, odd) == "experts.per_token: set per_token between 1 and 128");
}

TEST_CASE("a step has a time however few tokens a tensor rank has") {
  // Two tokens over four ranks: the router's product has one row, not none.
  const Plan plan{.tensor = 4, .data = 16, .expert = 8};
  const StepTime step = step_time(qwen, plan, {2, 64}, chip, network_of(chip, 8), {});
  CHECK(step.total.value() > 0.0);
}

TEST_CASE("experts that only the last stage holds still exchange and are reduced") {
  ModelShape late = qwen;
  late.layers = 49;
  late.ffn_hidden = 6144;
  late.experts.dense_layers = 48;
  const Plan plan{.pipeline = 4, .data = 16, .expert = 8, .zero_stage = 2, .uneven_layers = true};
  const Traffic phases = traffic(late, plan, batch, 8);
  CHECK(phase_of(phases, TrafficKind::Expert).count == 4.0 * 4.0);  // 4 microbatches, one layer
  for (const Phase& phase : phases) CHECK(phase.count > 0.0);
  CHECK(step_time(late, plan, batch, chip, network_of(chip, 8), {}).total.value() > 0.0);
}

TEST_CASE("groups that the end of a domain cuts through pay for the one that is cut worst") {
  // Groups of 16 on domains of 72: the fifth has 8 ranks on each side.
  const Plan plan{.data = 144, .expert = 16, .zero_stage = 1};
  const Traffic phases = traffic(qwen, plan, {4096, 576}, 72);
  const Phase& exchange = phase_of(phases, TrafficKind::Expert);
  CHECK(exchange.ranks_per_domain == 8);
  CHECK(exchange.crossing == 0.5);
  // Within one domain none is cut.
  const Traffic alone = traffic(qwen, {.data = 64, .expert = 16}, {4096, 576}, 72);
  CHECK(phase_of(alone, TrafficKind::Expert).ranks_per_domain == 16);
}

TEST_CASE("zero-bubble and DualPipe are not interleaved, and DualPipe wants even halves") {
  Plan plan{
      .pipeline = 4, .data = 1, .virtual_stages = 2, .schedule = PipelineSchedule::ZeroBubble};
  CHECK(has_problem(plan, qwen, "virtual_stages"));
  plan.virtual_stages = 1;
  CHECK(problems(plan, qwen, batch, 4).empty());
  plan = {.pipeline = 4, .data = 16, .schedule = PipelineSchedule::DualPipe};  // 4 microbatches
  CHECK(has_problem(plan, qwen, "schedule"));
  plan = {.pipeline = 3, .data = 1, .schedule = PipelineSchedule::DualPipe};
  CHECK(has_problem(plan, qwen, "pipeline"));
}

TEST_CASE(
    "expert ranks hold their experts whole; ZeRO divides them over those that hold the same") {
  const Plan plan{.tensor = 2, .data = 16, .expert = 8, .zero_stage = 1};
  const HeldParameters held = parameters_per_gpu(qwen, plan);
  CHECK(held.experts == 48.0 * 16.0 * 3.0 * 2048.0 * 768.0);
  // 32 ranks, 8 in a group: 4 hold the same experts. The rest is shared by 16 replicas.
  CHECK(expert_replicas(plan) == 4);
  CHECK(zero_share(held, plan) == doctest::Approx(held.common / 16.0 + held.experts / 4.0));
  // Without expert groups a tensor group divides each expert.
  CHECK(parameters_per_gpu(qwen, {.tensor = 2, .data = 16}).experts ==
        48.0 * 128.0 * 3.0 * 2048.0 * 768.0 / 2.0);
}

TEST_CASE("a grouped product costs as its parts at full waves, and less than theirs apart") {
  Efficiency efficiency;
  // 10 products of 1280 x 256 x 1000 fill one wave of 100 tiles together; alone each takes a wave.
  const Gemm grouped{1280, 256, 1000, 2.0, 2.0, 10, true};
  CHECK(wave_quantisation(1280, 256, 100, 10) == doctest::Approx(1.0));
  CHECK(gemm_time(grouped, chip.peak.bf16, chip, efficiency).value() ==
        doctest::Approx(10.0 * 2.0 * 1280.0 * 256.0 * 1000.0 / 100e12));
  efficiency.grouped_half_depth = 1000.0;
  CHECK(gemm_time(grouped, chip.peak.bf16, chip, efficiency).value() ==
        doctest::Approx(2.0 * 10.0 * 2.0 * 1280.0 * 256.0 * 1000.0 / 100e12));
  // Nor is a kernel made for several faster when a rank has one expert alone.
  const Gemm one{1280, 2560, 1000, 2.0, 2.0, 1, true};
  CHECK(gemm_time(one, chip.peak.bf16, chip, efficiency).value() ==
        doctest::Approx(2.0 * 2.0 * 1280.0 * 2560.0 * 1000.0 / 100e12));
}

TEST_CASE("each of 8 ranks takes as many copies as its own tokens make") {
  // 4096 tokens x 8 experts on one rank of 8; over tensor 2 each rank has half of the tokens.
  CHECK(expert_copies(qwen, {.data = 8, .expert = 8}, batch) == 32768.0);
  CHECK(expert_copies(qwen, {.tensor = 2, .data = 4, .expert = 8}, batch) == 16384.0);
  CHECK(expert_copies(qwen, {.tensor = 2, .data = 4}, batch) == 32768.0);  // divided experts
}

TEST_CASE("experts' products cost two FLOP a parameter and copy, shared ones a token's") {
  const Plan plan{.data = 8, .expert = 8};
  const Seconds routed = layer_times(qwen, LayerKind::Experts, plan, batch, chip, {}).forward.gemm;
  // 100 TFLOP/s and 16-bit: 4096 tokens x 56.9e6 active parameters x 2 = 4.66 ms, and waste.
  const double least = 2.0 * 4096.0 * active_layer_parameters(qwen, LayerKind::Experts) / 100e12;
  CHECK(routed.value() >= least);
  CHECK(routed.value() < 1.25 * least);
  ModelShape shared = qwen;
  shared.experts.shared = 2;
  const Seconds with_shared =
      layer_times(shared, LayerKind::Experts, plan, batch, chip, {}).forward.gemm;
  CHECK((with_shared - routed).value() >= 2.0 * 4096.0 * 2.0 * expert_parameters(qwen) / 100e12);
}

TEST_CASE(
    "copies are moved four times where experts lie on several ranks, twice where they do not") {
  // Bytes forward of 4,096 tokens at 1 TB/s, bf16: norms and residuals 20 x 2048, layouts
  // 4 x (4096 + 1024 + 4096); router 20 x 128; of each of 32,768 copies the activation 6 x 768 and
  // the moves 12 x 2048: 318.8 + 10.5 + 151.0 + 805.3 MB.
  const auto forward = [](const Plan& plan) {
    return layer_times(qwen, LayerKind::Experts, plan, batch, chip, {}).forward.elementwise.value();
  };
  const double tokens = 4096.0 * (20.0 * 2048.0 + 4.0 * 9216.0 + 20.0 * 128.0);
  CHECK(forward({.data = 8, .expert = 8}) ==
        doctest::Approx((tokens + 32768.0 * (6.0 * 768.0 + 12.0 * 2048.0)) / 1e12));
  CHECK(forward({.data = 8}) ==
        doctest::Approx((tokens + 32768.0 * (6.0 * 768.0 + 4.0 * 2048.0)) / 1e12));
}

TEST_CASE("a token's copies cross to other domains each by itself, or once a domain") {
  const Experts experts{.routed = 128, .per_token = 8};
  CHECK(crossings_per_token(experts, 1, 0.0) == 0.0);
  CHECK(crossings_per_token(experts, 2, 0.0) == 4.0);
  // All 8 at home: C(64, 8)/C(128, 8) = 0.0031 (64/128 x 63/127 x .. x 57/121).
  CHECK(crossings_per_token(experts, 2, 1.0) == doctest::Approx(0.9969).epsilon(1e-4));
  // DeepSeek-V3 picks 4 of 8 nodes of 32 experts, then 8 of those 128: a node of the four is missed
  // by C(96, 8)/C(128, 8) = 0.0928; 4 x 0.9072 x 7/8.
  CHECK(crossings_per_token(deepseek.experts, 8, 0.0) == doctest::Approx(3.175).epsilon(1e-3));
}

TEST_CASE("experts on two nodes exchange on NICs what leaves the node, two ways a pass") {
  const Plan plan{.data = 16, .expert = 16, .zero_stage = 1};
  const Traffic phases = traffic(qwen, plan, batch, 8);
  const Phase& exchange = phase_of(phases, TrafficKind::Expert);
  CHECK(exchange.collective == Collective::AllToAll);
  CHECK(exchange.payload.value() == 4096.0 * 8.0 * 2048.0 * 2.0);
  CHECK(exchange.count == 4.0 * 48.0 * 4.0);  // microbatches x layers x (there, back) x 2 passes
  // Half of 134.2 MB at 10 GB/s out; 7/8 of it at 100 GB/s inside: 6.711 ms beside 1.174 ms.
  const PhaseSeconds times = analytic_times(phases, network_of(chip, 8), {});
  CHECK(times[0].value() == doctest::Approx(6.7109e-3).epsilon(1e-4));
  // Gradients of experts have a group of their own: here every rank has its own experts.
  const auto reductions = std::count_if(phases.begin(), phases.end(), [](const Phase& phase) {
    return phase.kind == TrafficKind::DataReduce;
  });
  CHECK(reductions == 1);
}

TEST_CASE("experts placed on a fabric exchange in the time of the closed form") {
  fabric::ThreeLayerClos params;
  params.leaves_per_pod = 4;
  params.pods = 1;
  const fabric::Fabric clos = fabric::clos_of(params);
  const fabric::Router router(clos);
  std::vector<fabric::VertexIndex> gpus_of_ranks(64);
  for (std::size_t i = 0; i < 64; ++i) gpus_of_ranks[i] = static_cast<fabric::VertexIndex>(i);
  const Plan plan{.data = 64, .expert = 32, .zero_stage = 1};
  Efficiency efficiency;
  efficiency.scale_up_hop = seconds(3.4e-6);
  efficiency.scale_out_hop = seconds(14e-6);
  const Traffic phases = traffic(qwen, plan, batch, 8);
  const Network network{8, fabric::Parts{}.scale_up_bandwidth, fabric::Parts{}.nic_bandwidth};
  const PhaseSeconds closed = analytic_times(phases, network, efficiency);
  const PhaseSeconds placed = placed_times(phases, gpus_of_ranks, router, efficiency);
  REQUIRE(phases.phases[0].kind == TrafficKind::Expert);
  CHECK(placed[0].value() == doctest::Approx(closed[0].value()).epsilon(1e-6));
}

TEST_CASE("three dense layers stand on the first stage") {
  const StageLayers layers = stage_layers(deepseek.layers, 16);  // 61: 4 on 13 stages, 3 on 3
  const StageMix first = stage_mix(deepseek, layers, 16, 0);
  CHECK(first.dense == 3);
  CHECK(first.experts == 1);
  CHECK(stage_mix(deepseek, layers, 16, 1).dense == 0);
  CHECK(fullest_mix(deepseek, {.pipeline = 16}).experts == 4);
  CHECK(stage_mix(deepseek, layers, 16, 15).experts == 3);
}

TEST_CASE("a rank of DualPipe holds a stage from each end, which two ranks share under ZeRO") {
  const Plan plan{
      .pipeline = 4, .data = 8, .zero_stage = 1, .schedule = PipelineSchedule::DualPipe};
  const ModelShape gpt = tests::gpt3_175b();
  const HeldParameters held = parameters_per_gpu(gpt, plan);
  // 24 + 24 layers of 12 h^2, the embedding and the output projection.
  CHECK(held.common == doctest::Approx(48.0 * 12.0 * 12288.0 * 12288.0 + 2.0 * 51200.0 * 12288.0));
  CHECK(zero_share(held, plan) == doctest::Approx(held.common / 16.0));
}

TEST_CASE("experts' gradients are reduced though the stage with most parameters has none") {
  ModelShape model = deepseek;
  model.experts.dense_layers = 4;  // the whole first stage, and the embedding is there as well
  const Plan plan{
      .pipeline = 16, .data = 128, .expert = 64, .zero_stage = 1, .uneven_layers = true};
  CHECK(parameters_per_gpu(model, plan).experts == 0.0);
  // Four layers of 256/64 = 4 experts of 3 x 7168 x 2048.
  CHECK(most_parameters_per_gpu(model, plan).experts == 4.0 * 4.0 * 3.0 * 7168.0 * 2048.0);
  const Traffic phases = traffic(model, plan, {4096, 15360}, 8);
  CHECK(std::count_if(phases.begin(), phases.end(), [](const Phase& phase) {
          return phase.kind == TrafficKind::DataReduce && phase.ranks == 2;
        }) == 1);
}

TEST_CASE("a rank of DualPipe works for two stages, so the pair sets the pace") {
  ModelShape model = tests::gpt3_175b();
  model.vocab = 500'000;  // the last stage is the longest by far
  Plan plan{.tensor = 8, .pipeline = 4};
  const Batch large{2048, 64};
  const StepTime alone = step_time(model, plan, large, chip, network_of(chip, 8), {});
  plan.schedule = PipelineSchedule::DualPipe;
  const StepTime pair = step_time(model, plan, large, chip, network_of(chip, 8), {});
  // Each of 64 microbatches takes 24 layers and, on average, half of the logits.
  const PassTimes layer = layer_times(model, LayerKind::Dense, plan, large, chip, {});
  const PassTimes logits = logits_times(model, plan, large, chip, {});
  const double saved = 64.0 * 0.5 * (logits.forward.gemm + logits.backward.gemm).value();
  CHECK(alone.terms.gemm.value() - pair.terms.gemm.value() == doctest::Approx(saved));
  CHECK(
      pair.terms.attention.value() ==
      doctest::Approx(64.0 * 24.0 * (layer.forward.attention + layer.backward.attention).value()));
}

TEST_CASE("a step with experts has their traffic as a term, and DualPipe hides it") {
  Plan plan{.pipeline = 4, .data = 16, .expert = 16, .zero_stage = 1};
  const Batch large{4096, 1024};
  const Network network{8, bytes_per_second(400e9), bytes_per_second(50e9)};
  Efficiency efficiency;
  efficiency.gemm = 0.6;
  const StepTime exposed = step_time(qwen, plan, large, chip, network, efficiency);
  CHECK(exposed.terms.expert.value() > 0.0);
  CHECK(sum(exposed.terms) == exposed.total);
  plan.schedule = PipelineSchedule::DualPipe;
  const StepTime hidden = step_time(qwen, plan, large, chip, network, efficiency);
  CHECK(hidden.terms.expert < exposed.terms.expert);
  // 64 microbatches, of which 64 - 4 - 1 meet another: 5 of them hide nothing.
  CHECK(hidden.terms.expert.value() ==
        doctest::Approx(5.0 / 64.0 * exposed.terms.expert.value()).epsilon(1e-2));
  CHECK((hidden.terms.expert + hidden.expert_hidden).value() ==
        doctest::Approx((exposed.terms.expert + exposed.expert_hidden).value()));
  CHECK(hidden.total < exposed.total);
}
