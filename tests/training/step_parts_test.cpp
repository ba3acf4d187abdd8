#include "training/step_parts.hpp"

#include <doctest/doctest.h>

#include "shapes.hpp"
#include "training/step_time.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const hardware::Chip chip = tests::round_chip();
const Network network = network_of(chip, 8);

Efficiency usual() {
  Efficiency efficiency;
  efficiency.gemm = 0.6;
  efficiency.scale_up_hop = seconds(3e-6);
  efficiency.scale_out_hop = seconds(14e-6);
  efficiency.tensor_overlap = 0.5;
  efficiency.expert_overlap = 0.3;
  efficiency.pipeline_overlap = 0.5;
  efficiency.data_overlap = 0.6;
  efficiency.zero3_overlap = 0.6;
  efficiency.optimizer_bytes = 30.0;
  efficiency.straggler_sigma = 0.007;
  efficiency.host_step = seconds(0.02);
  return efficiency;
}

struct Both {
  StepTime step;
  StepParts parts;
  double drawn_s = 0.0;
};

Both both(const ModelShape& model, const Plan& plan, const Batch& batch,
          const Efficiency& efficiency, const hardware::Chip& on = chip) {
  const Traffic phases = traffic(model, plan, batch, 8);
  const PhaseSeconds times = analytic_times(phases, network, efficiency);
  Both result{step_time(model, plan, batch, on, efficiency, phases, times),
              step_parts(model, plan, batch, on, efficiency, phases, times)};
  result.drawn_s = step_timeline(result.parts).total.value();
  return result;
}

/// A chip whose kernels take no time: what a layer takes is the host's, and outer stages that hold
/// an embedding or an output projection take no longer than those between.
hardware::Chip endless() {
  hardware::Chip fast = chip;
  fast.peak.bf16 = flop_per_second(1e30);
  fast.memory_bandwidth = bytes_per_second(1e30);
  return fast;
}

}  // namespace

TEST_CASE("one stage's timeline ends with the step, whatever is hidden and repeated") {
  for (const int zero_stage : {0, 1, 2, 3})
    for (const Recompute recompute : {Recompute::None, Recompute::Selective, Recompute::Full}) {
      const Plan plan{.tensor = 8,
                      .data = 16,
                      .context = 2,
                      .zero_stage = zero_stage,
                      .recompute = recompute,
                      .recompute_share = 0.5};
      const Both made = both(tests::gpt3_175b(), plan, {2048, 128}, usual());
      CAPTURE(zero_stage);
      CHECK(made.step.terms.data.value() > 0.0);
      CHECK(made.drawn_s == doctest::Approx(made.step.total.value()).epsilon(1e-9));
    }
}

TEST_CASE("even stages' timeline ends with the step under 1F1B, interleaved or not") {
  Efficiency efficiency = usual();
  efficiency.layer_issue = seconds(1e-3);
  for (const std::int64_t v : {1, 2, 3})
    for (const int zero_stage : {0, 1}) {
      CAPTURE(v);
      CAPTURE(zero_stage);
      const Plan plan{.tensor = 8,
                      .pipeline = 4,
                      .data = 4,
                      .virtual_stages = v,
                      .sequence_parallel = true,
                      .zero_stage = zero_stage};
      const Both made = both(tests::gpt3_175b(), plan, {2048, 64}, efficiency, endless());
      REQUIRE(made.step.terms.bubble.value() > 0.0);
      REQUIRE(made.step.terms.pipeline.value() > 0.0);
      REQUIRE(made.step.terms.data.value() > 0.0);
      CHECK(made.drawn_s == doctest::Approx(made.step.total.value()).epsilon(1e-9));
    }
}

TEST_CASE("the timeline is exact too where the last of 1F1B's stages is the slowest") {
  const Plan plan{.tensor = 8, .pipeline = 4, .data = 4, .zero_stage = 1};
  const Both made = both(tests::gpt3_175b(), plan, {2048, 64}, usual());
  CHECK(made.drawn_s == doctest::Approx(made.step.total.value()).epsilon(1e-9));
}

TEST_CASE("the passes of the longest stage's chunks sum to the terms of the step") {
  const Plan plan{.tensor = 4, .pipeline = 4, .data = 4, .expert = 8, .virtual_stages = 2};
  const Both made = both(tests::qwen3_30b(), plan, {4096, 64}, usual());
  // 16 microbatches; the last stage holds the output projection. Chunks: index stage x 2 + chunk.
  PassWork sum;
  for (const std::size_t i : {std::size_t{6}, std::size_t{7}}) {
    const ChunkWork& chunk = made.parts.chunks.at(i);
    for (const PassWork* pass : {&chunk.forward, &chunk.input_gradient, &chunk.weight_gradient}) {
      sum.gemm += 16.0 * pass->gemm;
      sum.attention += 16.0 * pass->attention;
      sum.elementwise += 16.0 * pass->elementwise;
      sum.tensor += 16.0 * pass->tensor;
      sum.expert += 16.0 * pass->expert;
    }
  }
  const StepTerms& terms = made.step.terms;
  CHECK(sum.gemm.value() == doctest::Approx(terms.gemm.value()).epsilon(1e-12));
  CHECK(sum.attention.value() == doctest::Approx(terms.attention.value()).epsilon(1e-12));
  CHECK(sum.elementwise.value() == doctest::Approx(terms.elementwise.value()).epsilon(1e-12));
  CHECK(sum.tensor.value() == doctest::Approx(terms.tensor.value()).epsilon(1e-12));
  CHECK(sum.expert.value() == doctest::Approx(terms.expert.value()).epsilon(1e-12));
  CHECK(terms.expert.value() > 0.0);
}

TEST_CASE("under DualPipe a rank holds a stage of each direction") {
  const Plan plan{.pipeline = 4, .schedule = PipelineSchedule::DualPipe};
  const Both made = both(tests::gpt3_175b(), plan, {2048, 16}, usual());
  const auto& chunks = made.parts.chunks;
  REQUIRE(chunks.size() == 8);
  // The output projection lies on the last stage of direction 0 and on the first of direction 1.
  CHECK(chunks[0].forward.gemm < chunks[1].forward.gemm);
  CHECK(chunks[1].forward.gemm == chunks[6].forward.gemm);
  CHECK(chunks[0].forward.gemm == chunks[7].forward.gemm);
}

TEST_CASE("of n passes the forward one takes an n-th of a layer's traffic and of n rings") {
  Plan plan{.tensor = 8, .context = 2};
  for (const double share : {0.0, 0.5}) {
    plan.recompute = share > 0.0 ? Recompute::Full : Recompute::None;
    plan.recompute_share = share > 0.0 ? share : 1.0;
    Efficiency efficiency = usual();
    efficiency.scale_up = 1e-3;  // a context ring so slow that attention does not hide it
    efficiency.scale_out = 1e-3;
    const Both made = both(tests::gpt3_175b(), plan, {2048, 4}, efficiency);
    const ChunkWork& chunk = made.parts.chunks.at(0);
    // 4 microbatches; forward, backward and the repeated share; keys and values go round once
    // forward, with their gradients twice backward.
    const StepTerms& terms = made.step.terms;
    REQUIRE(terms.context.value() > 0.0);
    CHECK(chunk.forward.tensor.value() ==
          doctest::Approx(terms.tensor.value() / 4.0 / (2.0 + share)).epsilon(1e-12));
    CHECK(chunk.forward.context.value() ==
          doctest::Approx(terms.context.value() / 4.0 / (3.0 + share)).epsilon(1e-12));
  }
}

TEST_CASE("ZeRO-3 hides gathers and scatters in one window, each in proportion") {
  const Plan plan{.tensor = 8, .data = 16, .zero_stage = 3};
  const Both made = both(tests::gpt3_175b(), plan, {2048, 128}, usual());
  const StepTerms& t = made.step.terms;
  const Seconds compute = t.gemm + t.attention + t.elementwise + t.launch + t.tensor;
  const WindowedTraffic& reduce = made.parts.reduce;
  const WindowedTraffic& gather = made.parts.gather;
  CHECK((reduce.window + gather.window).value() ==
        doctest::Approx(0.6 * compute.value()).epsilon(1e-12));
  CHECK(reduce.hidden() / reduce.whole ==
        doctest::Approx(double(gather.hidden() / gather.whole)).epsilon(1e-12));
  CHECK(made.step.data_hidden < reduce.whole + gather.whole);
}

TEST_CASE("uneven stages are divided evenly over their chunks") {
  // 93 layers on 4 stages: 24, 23, 23 and 23, each in two chunks alike.
  ModelShape model = tests::gpt3_175b();
  model.layers = 93;
  const Plan plan{.pipeline = 4, .virtual_stages = 2, .uneven_layers = true};
  REQUIRE(problems(plan, model, {2048, 8}, 4).empty());
  const Both made = both(model, plan, {2048, 8}, usual());
  const auto& chunks = made.parts.chunks;
  CHECK(chunks[2].forward.attention == chunks[3].forward.attention);
  CHECK(chunks[6].forward.attention / chunks[0].forward.attention ==
        doctest::Approx(23.0 / 24.0).epsilon(1e-12));
}
