#include "training/step_time.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "shapes.hpp"
#include "training/memory.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const ModelShape gpt = tests::gpt3_175b();
const hardware::Chip chip = tests::round_chip();
const Network network = network_of(chip, 8);

/// A model whose embedding weighs next to nothing, so that stages are even.
ModelShape even_model() {
  ModelShape model = gpt;
  model.vocab = 8;
  return model;
}

StepTime step_of(const ModelShape& model, const Plan& plan, const Batch& batch,
                 const Efficiency& efficiency = {}) {
  return step_time(model, plan, batch, chip, network, efficiency);
}

}  // namespace

TEST_CASE("the terms of a step sum to its total") {
  Efficiency efficiency;
  efficiency.gemm = 0.6;
  efficiency.straggler_sigma = 0.007;
  efficiency.host_step = seconds(0.015);
  efficiency.optimizer_bytes = 30.0;
  efficiency.tensor_overlap = 0.5;
  efficiency.data_overlap = 0.6;
  efficiency.layer_issue = seconds(1e-3);
  const Plan plan{.tensor = 8,
                  .pipeline = 8,
                  .data = 16,
                  .context = 2,
                  .virtual_stages = 3,
                  .sequence_parallel = true,
                  .zero_stage = 1,
                  .recompute = Recompute::Selective};
  const StepTime step = step_of(gpt, plan, {2048, 256}, efficiency);
  CHECK(sum(step.terms) == step.total);
  CHECK(step.total.value() > 0.0);
  CHECK(step.hfu > step.mfu);
}

TEST_CASE("even stages leave a bubble of (p-1)/m, interleaved (p-1)/(v m)") {
  Plan plan{.tensor = 1, .pipeline = 8};
  const Batch batch{2048, 32};
  PhaseSeconds none{};
  const auto share = [&](std::int64_t v) {
    plan.virtual_stages = v;
    const Traffic phases = traffic(even_model(), plan, batch, 8);
    const StepTime step = step_time(even_model(), plan, batch, chip, {}, phases, none);
    return step.terms.bubble / (step.total - step.terms.bubble);
  };
  CHECK(share(1) == doctest::Approx(7.0 / 32.0).epsilon(1e-3));
  CHECK(share(3) == doctest::Approx(7.0 / 96.0).epsilon(1e-3));
}

TEST_CASE("zero-bubble fills 2(p-1) W of 1F1B's bubble, DualPipe leaves (p/2-1)(F + 2B - 3W)") {
  Plan plan{.tensor = 1, .pipeline = 8};
  const Batch batch{2048, 32};
  const PhaseSeconds none{};
  const Traffic phases = traffic(even_model(), plan, batch, 8);
  const auto bubble = [&](PipelineSchedule schedule) {
    plan.schedule = schedule;
    return step_time(even_model(), plan, batch, chip, {}, phases, none).terms.bubble.value();
  };
  // A stage: 12 of 96 layers. W of a GPT layer is nearly F, and F nearly B - W.
  const PassTimes layer = layer_times(even_model(), LayerKind::Dense, plan, batch, chip, {});
  const double f = 12.0 * total(layer.forward).value();
  const double b = 12.0 * total(layer.backward).value();
  const double w = 12.0 * layer.weight_gradient.value();
  REQUIRE(w <= std::min(f, b - w));
  CHECK(bubble(PipelineSchedule::OneForwardOneBackward) ==
        doctest::Approx(7.0 * (f + b)).epsilon(1e-3));
  CHECK(bubble(PipelineSchedule::ZeroBubble) ==
        doctest::Approx(7.0 * (f + b - 2.0 * w)).epsilon(1e-3));
  // F may be a little shorter than B - W; the published form is for F = B - W.
  CHECK(bubble(PipelineSchedule::DualPipe) ==
        doctest::Approx(3.0 * (f + 2.0 * b - 3.0 * w)).epsilon(1e-2));
}

TEST_CASE("a stage that holds more sets the pace of all") {
  const Plan plan{.tensor = 8, .pipeline = 32};
  const Batch batch{2048, 320};
  ModelShape heavy = gpt;
  heavy.vocab = 500'000;  // the output projection weighs 3.4 layers beside the stage's 3
  CHECK(step_of(heavy, plan, batch).total > 1.5 * step_of(even_model(), plan, batch).total);
}

TEST_CASE("full recomputation adds one forward pass, selective the attention core") {
  Plan plan{.tensor = 1};
  const Batch batch{2048, 1};
  const PassTimes layer = layer_times(gpt, LayerKind::Dense, plan, batch, chip, {});
  plan.recompute = Recompute::Full;
  CHECK((step_of(gpt, plan, batch).terms.recompute / (96.0 * total(layer.forward))) ==
        doctest::Approx(1.0));
  plan.recompute = Recompute::Selective;
  CHECK((step_of(gpt, plan, batch).terms.recompute / (96.0 * layer.forward.attention)) ==
        doctest::Approx(1.0));
}

TEST_CASE("what data-parallel traffic cannot hide under the last backward pass is exposed") {
  Plan plan{.tensor = 8, .data = 8, .zero_stage = 1};
  const Batch batch{2048, 8};
  Efficiency efficiency;
  const StepTime bare = step_of(gpt, plan, batch, efficiency);
  CHECK(bare.data_hidden.value() == 0.0);
  // Ring over 8 NICs: 7/8 x (4 + 2) bytes x parameters / 10 GB/s
  const double held = parameters_per_gpu(gpt, plan).total();
  CHECK(bare.terms.data.value() == doctest::Approx(7.0 / 8.0 * 6.0 * held / 10e9));
  efficiency.data_overlap = 1.0;
  const StepTime overlapped = step_of(gpt, plan, batch, efficiency);
  CHECK((overlapped.terms.data + overlapped.data_hidden).value() ==
        doctest::Approx(bare.terms.data.value()));
  CHECK(overlapped.data_hidden.value() > 0.0);
}

TEST_CASE("straggling is sigma sqrt(2 ln n) of the step") {
  Efficiency efficiency;
  const Plan plan{.tensor = 8, .data = 128};
  const Batch batch{2048, 128};
  const StepTime quiet = step_of(gpt, plan, batch, efficiency);
  efficiency.straggler_sigma = 0.01;
  const StepTime noisy = step_of(gpt, plan, batch, efficiency);
  // 1,024 ranks: sqrt(2 x 6.931) = 3.723
  CHECK((noisy.terms.straggling / quiet.total) == doctest::Approx(0.03723).epsilon(1e-3));
}

TEST_CASE("a host that issues kernels too slowly sets the pace of small microbatches") {
  Efficiency efficiency;
  efficiency.layer_issue = seconds(1.0);
  const Plan plan{.tensor = 8};
  const StepTime step = step_of(gpt, plan, {2048, 1}, efficiency);
  // 96 layers x 2 passes x 1 s, whatever the GPU does meanwhile; embedding and logits beside.
  CHECK(step.total.value() == doctest::Approx(192.0).epsilon(1e-3));
  CHECK(step.terms.launch.value() > 150.0);
}

TEST_CASE("MFU counts model FLOP over the peak of all GPUs") {
  const Plan plan{.tensor = 8};
  const Batch batch{2048, 8};
  const StepTime step = step_of(gpt, plan, batch);
  const double expected =
      2048.0 * 8.0 * model_flop_per_token(gpt, 2048).value() / (8.0 * 100e12 * step.total.value());
  CHECK(step.mfu == doctest::Approx(expected));
  CHECK(step.tokens_per_s_per_gpu == doctest::Approx(2048.0 / step.total.value()));
}

TEST_CASE("measured seconds of a phase take the place of the closed form") {
  const Plan plan{.tensor = 8};
  const Batch batch{2048, 8};
  const Traffic phases = traffic(gpt, plan, batch, 8);
  PhaseSeconds slow{};
  slow[0] = seconds(0.001);
  const StepTime step = step_time(gpt, plan, batch, chip, {}, phases, slow);
  CHECK(step.terms.tensor.value() == doctest::Approx(0.001 * 8.0 * 96.0 * 4.0));
}

TEST_CASE("twice the GPUs at the same batch never halve the step") {
  Efficiency efficiency;
  efficiency.straggler_sigma = 0.007;
  efficiency.host_step = seconds(0.015);
  Plan plan{.tensor = 8, .pipeline = 12, .data = 4};
  const Batch batch{2048, 1536};
  Seconds before = step_of(gpt, plan, batch, efficiency).total;
  for (plan.data = 8; plan.data <= 128; plan.data *= 2) {
    const Seconds now = step_of(gpt, plan, batch, efficiency).total;
    CHECK(now > 0.5 * before);
    CHECK(now < before);
    before = now;
  }
}
