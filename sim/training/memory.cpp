#include "training/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace longhaul::training {
namespace {

// CUDA context, NCCL buffers and allocator slack. Assumption: 4 GB (2-6 GB are usual).
constexpr double reserve_bytes = 4e9;
constexpr double optimizer_state_bytes = 12.0;  // a parameter: fp32 master copy and two moments

double layer_activation_bytes(const ModelShape& model, const Plan& plan, Recompute recompute,
                              const Batch& batch) {
  const auto t = static_cast<double>(plan.tensor);
  const auto h = static_cast<double>(model.hidden);
  const auto tokens = static_cast<double>(tokens_per_rank(plan, batch));
  const double stream_share = plan.sequence_parallel ? t : 1.0;
  if (recompute == Recompute::Full) return tokens * 2.0 * h / stream_share;
  // Two norm inputs, two norm outputs (inputs of the products) and two dropout masks, which gated
  // models of the Llama kind do without. What feeds a product is kept in the product's format.
  const double product_input = eight_bit_or_less(plan.precision) ? 1.0 : 2.0;
  const double stream =
      (4.0 + (model.gated_mlp ? 0.0 : 2.0) + 2.0 * product_input) * h / stream_share;
  const auto q = static_cast<double>(query_width(model));
  const auto kv = static_cast<double>(kv_width(model));
  const auto f = static_cast<double>(model.ffn_hidden);
  const double inside = (2.0 * (q + 2.0 * kv) + product_input * q +
                         (2.0 * static_cast<double>(mlp_inputs(model)) + product_input) * f) /
                        t;
  const bool keeps_scores =
      plan.attention == AttentionKernel::FusedSoftmax && recompute == Recompute::None;
  const double scores = keeps_scores ? 5.0 * static_cast<double>(model.heads) *
                                           static_cast<double>(batch.sequence) / t
                                     : 0.0;
  return tokens * (stream + inside + scores);
}

double activation_bytes(const ModelShape& model, const Plan& plan, const Batch& batch) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const auto p = static_cast<double>(plan.pipeline);
  const auto v = static_cast<double>(plan.virtual_stages);
  const auto m = static_cast<double>(microbatches(plan, batch));
  const double in_flight = std::min(m, p * (v > 1.0 ? 1.0 + (p - 1.0) / (p * v) : 1.0));
  const auto stage = static_cast<double>(std::max(layers.first, layers.middle));
  const double whole_layer = layer_activation_bytes(model, plan, Recompute::None, batch);
  const double lean_layer = layer_activation_bytes(model, plan, plan.recompute, batch);
  const double average_layer =
      plan.recompute_share * lean_layer + (1.0 - plan.recompute_share) * whole_layer;
  double kept = stage * in_flight * average_layer;
  if (plan.recompute == Recompute::Full) kept += whole_layer;  // the one being computed again
  // Logits in 16 and 32 bits; on the last stage, which has one microbatch in flight.
  const double logits = 6.0 * static_cast<double>(tokens_per_rank(plan, batch)) *
                        static_cast<double>(model.vocab) / static_cast<double>(plan.tensor);
  if (plan.pipeline == 1) return kept + logits;
  return std::max(kept, kept / in_flight + logits);
}

double required_bytes(const MemoryUse& use) { return total(use).value(); }

std::string gigabytes(double n) { return fmt::format("{:.1f} GB", n / 1e9); }

/// Tries each knob alone and says which would make the plan fit.
std::string advice_for(const ModelShape& model, const Plan& plan, const Batch& batch,
                       double available) {
  struct Knob {
    std::string text;
    Plan plan;
  };
  std::array<Knob, 6> knobs{{{"recompute = \"selective\"", plan},
                             {"recompute = \"full\"", plan},
                             {"microbatch = 1", plan},
                             {"zero_stage = 1", plan},
                             {"zero_stage = 3", plan},
                             {fmt::format("tensor = {}", 2 * plan.tensor), plan}}};
  knobs[0].plan.recompute = Recompute::Selective;
  knobs[1].plan.recompute = Recompute::Full;
  knobs[0].plan.recompute_share = knobs[1].plan.recompute_share = 1.0;
  knobs[2].plan.microbatch = 1;
  knobs[3].plan.zero_stage = std::max(plan.zero_stage, 1);
  knobs[4].plan.zero_stage = 3;
  knobs[5].plan.tensor = 2 * plan.tensor;
  std::string helps;
  for (const Knob& knob : knobs) {
    if (required_bytes(memory_use(model, knob.plan, batch)) > available) continue;
    helps += (helps.empty() ? "" : ", or ") + knob.text;
  }
  return helps.empty() ? "no single knob is enough: divide the model over more GPUs"
                       : "would fit with " + helps;
}

}  // namespace

double gradient_bytes(Precision precision) { return precision == Precision::Bf16 ? 4.0 : 2.0; }

double parameters_per_gpu(const ModelShape& model, const Plan& plan) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const double layer = layer_parameters(model);
  const double embedding = embedding_parameters(model);
  double fullest = static_cast<double>(layers.middle) * layer;
  if (plan.pipeline == 1) {
    const double embeddings = model.tied_embeddings ? embedding : 2.0 * embedding;
    fullest = static_cast<double>(layers.first) * layer + embeddings;
  } else {
    const auto outer = static_cast<double>(std::max(layers.first, layers.last));
    fullest = std::max(fullest, outer * layer + embedding);
  }
  return fullest / static_cast<double>(plan.tensor);
}

namespace {

/// What ZeRO-2 and 3 hold whole for a while, beside their shares [parameters].
struct Live {
  double gathered = 0.0;
  double gradients = 0.0;
};

/// ZeRO-2 sums the gradients of one model chunk before it scatters them. ZeRO-3 works layer by
/// layer: one in use, the next being gathered, the gradients of one.
Live live_parameters(const ModelShape& model, const Plan& plan, double held) {
  if (plan.data * plan.context == 1) return {};
  const double layer = layer_parameters(model) / static_cast<double>(plan.tensor);
  if (plan.zero_stage == 2) return {0.0, held / static_cast<double>(plan.virtual_stages)};
  if (plan.zero_stage == 3) return {2.0 * layer, layer};
  return {};
}

}  // namespace

MemoryUse memory_use(const ModelShape& model, const Plan& plan, const Batch& batch) {
  const double held = parameters_per_gpu(model, plan);
  const auto replicas = static_cast<double>(plan.data * plan.context);
  const auto share = [&](int stage) { return plan.zero_stage >= stage ? held / replicas : held; };
  const auto live = live_parameters(model, plan, held);
  return {.parameters = bytes(2.0 * (share(3) + live.gathered)),
          .gradients = bytes(gradient_bytes(plan.precision) * (share(2) + live.gradients)),
          .optimizer = bytes(optimizer_state_bytes * share(1)),
          .activations = bytes(activation_bytes(model, plan, batch)),
          .reserve = bytes(reserve_bytes)};
}

MemoryVerdict check_memory(const ModelShape& model, const Plan& plan, const Batch& batch,
                           const hardware::Chip& chip) {
  MemoryVerdict verdict;
  verdict.use = memory_use(model, plan, batch);
  verdict.available = chip.memory_size;
  const double excess = required_bytes(verdict.use) - chip.memory_size.value();
  verdict.fits = excess <= 0.0;
  if (verdict.fits) return verdict;
  verdict.advice = fmt::format(
      "needs {} a GPU (parameters {}, gradients {}, optimizer {}, activations {}, reserve {}), {} "
      "more than the {} of {}; {}",
      gigabytes(required_bytes(verdict.use)), gigabytes(verdict.use.parameters.value()),
      gigabytes(verdict.use.gradients.value()), gigabytes(verdict.use.optimizer.value()),
      gigabytes(verdict.use.activations.value()), gigabytes(verdict.use.reserve.value()),
      gigabytes(excess), gigabytes(chip.memory_size.value()), chip.name,
      advice_for(model, plan, batch, chip.memory_size.value()));
  return verdict;
}

bool fits_memory(const ModelShape& model, const Plan& plan, const Batch& batch,
                 const hardware::Chip& chip) {
  return required_bytes(memory_use(model, plan, batch)) <= chip.memory_size.value();
}

}  // namespace longhaul::training
