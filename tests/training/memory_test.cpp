#include "training/memory.hpp"

#include <doctest/doctest.h>

#include "shapes.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {
const ModelShape gpt = tests::gpt3_175b();
const Batch batch{2048, 64};
}  // namespace

TEST_CASE("activations of a layer are s b h (10 + 24/t + 5 a s/(h t)) bytes") {
  Plan plan{.tensor = 8, .pipeline = 1, .attention = AttentionKernel::FusedSoftmax};
  const double sbh = 2048.0 * 12288.0;
  const double layer = sbh * (10.0 + 24.0 / 8.0 + 5.0 * 96.0 * 2048.0 / (12288.0 * 8.0));
  const double logits = 6.0 * 2048.0 * 51200.0 / 8.0;
  CHECK(memory_use(gpt, plan, batch).activations.value() == doctest::Approx(96.0 * layer + logits));
  plan.sequence_parallel = true;  // (34 + 5 a s/h)/t
  const double divided = sbh * (34.0 + 5.0 * 96.0 * 2048.0 / 12288.0) / 8.0;
  CHECK(memory_use(gpt, plan, batch).activations.value() ==
        doctest::Approx(96.0 * divided + logits));
  plan.recompute = Recompute::Selective;  // 34/t
  CHECK(memory_use(gpt, plan, batch).activations.value() ==
        doctest::Approx(96.0 * sbh * 34.0 / 8.0 + logits));
}

TEST_CASE("the first of four stages keeps four microbatches in flight, interleaved 1 + 3/8 of it") {
  Plan plan{.tensor = 8, .pipeline = 4, .sequence_parallel = true};
  const double layer = 2048.0 * 12288.0 * 34.0 / 8.0;
  CHECK(memory_use(gpt, plan, batch).activations.value() == doctest::Approx(24.0 * 4.0 * layer));
  plan.virtual_stages = 2;  // 4 (1 + (4-1)/(4 x 2)) = 5.5
  CHECK(memory_use(gpt, plan, batch).activations.value() == doctest::Approx(24.0 * 5.5 * layer));
}

TEST_CASE("full recomputation keeps 2 s b h a layer and the layer in hand") {
  const Plan plan{.tensor = 8, .pipeline = 4, .recompute = Recompute::Full};
  const double sbh = 2048.0 * 12288.0;
  CHECK(memory_use(gpt, plan, batch).activations.value() ==
        doctest::Approx(24.0 * 4.0 * 2.0 * sbh + sbh * (10.0 + 24.0 / 8.0)));
}

TEST_CASE("each ZeRO stage divides one part more over the replicas") {
  Plan plan{.tensor = 8, .pipeline = 4, .data = 16};
  const double held = parameters_per_gpu(gpt, plan).total();
  // The fullest stage: 24 layers of 12 h^2 and the embedding, over 8.
  CHECK(held == doctest::Approx((24.0 * 12.0 * 12288.0 * 12288.0 + 51200.0 * 12288.0) / 8.0));
  CHECK(memory_use(gpt, plan, batch).optimizer.value() == doctest::Approx(12.0 * held));
  plan.zero_stage = 1;
  CHECK(memory_use(gpt, plan, batch).optimizer.value() == doctest::Approx(12.0 * held / 16.0));
  CHECK(memory_use(gpt, plan, batch).gradients.value() == doctest::Approx(4.0 * held));
  plan.zero_stage = 2;
  // A share, and the whole of one chunk while it is summed: of all with one chunk, of an eighth.
  CHECK(memory_use(gpt, plan, batch).gradients.value() ==
        doctest::Approx(4.0 * held * (1.0 / 16.0 + 1.0)));
  plan.virtual_stages = 8;
  CHECK(memory_use(gpt, plan, batch).gradients.value() ==
        doctest::Approx(4.0 * held * (1.0 / 16.0 + 1.0 / 8.0)));
  plan.virtual_stages = 1;
  CHECK(memory_use(gpt, plan, batch).parameters.value() == doctest::Approx(2.0 * held));
  plan.zero_stage = 3;
  // A share, and two layers whole: one in use and the next.
  CHECK(memory_use(gpt, plan, batch).parameters.value() ==
        doctest::Approx(2.0 * (held / 16.0 + 2.0 * layer_parameters(gpt, LayerKind::Dense) / 8.0)));
}

TEST_CASE("a plan that does not fit says by how much and which knob helps") {
  const Plan plan{.tensor = 8, .pipeline = 4, .data = 2};
  const MemoryVerdict verdict = check_memory(gpt, plan, batch, tests::round_chip());
  CHECK_FALSE(verdict.fits);
  CHECK(verdict.advice.find("more than the 100.0 GB of round") != std::string::npos);
  CHECK(verdict.advice.find("tensor = 16, data = 1") != std::string::npos);
  // A knob that cannot be turned is not offered: 96 heads do not divide over 128.
  const Plan odd{.tensor = 64, .pipeline = 1, .data = 4};
  CHECK(check_memory(gpt, odd, batch, tests::round_chip()).advice.find("tensor = 128") ==
        std::string::npos);
  CHECK_FALSE(fits_memory(gpt, plan, batch, tests::round_chip()));
  const Plan wide{.tensor = 8, .pipeline = 16, .data = 2, .recompute = Recompute::Full};
  CHECK(check_memory(gpt, wide, batch, tests::round_chip()).advice.empty());
}
