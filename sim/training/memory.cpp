#include "training/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "training/pipeline.hpp"

namespace longhaul::training {
namespace {

// CUDA context, NCCL buffers and allocator slack. Assumption: 4 GB (2-6 GB are usual).
constexpr double reserve_bytes = 4e9;
constexpr double optimizer_state_bytes = 12.0;  // a parameter: fp32 master copy and two moments

double layer_activation_bytes(const ModelShape& model, LayerKind kind, const Plan& plan,
                              Recompute recompute, const Batch& batch) {
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
  const auto queries = static_cast<double>(query_width(model));
  const auto keys_and_values = static_cast<double>(key_value_width_per_rank(model, plan));
  const auto attended = static_cast<double>(attended_width(model));
  const double mlp_bytes = 2.0 * static_cast<double>(mlp_inputs(model)) + product_input;
  double mlp_width = static_cast<double>(model.ffn_hidden);
  double experts = 0.0;
  if (kind == LayerKind::Experts) {
    const auto ffn = static_cast<double>(model.experts.ffn_hidden);
    mlp_width = static_cast<double>(model.experts.shared) * ffn;
    const double per_copy =
        product_input * h + mlp_bytes * ffn / static_cast<double>(expert_tensor(plan));
    experts = expert_copies(model, plan, batch) * per_copy;
  }
  const double inside = (2.0 * queries + product_input * attended + mlp_bytes * mlp_width) / t +
                        2.0 * keys_and_values +
                        2.0 * static_cast<double>(model.latent.query_rank + model.latent.kv_rank);
  const bool keeps_scores =
      plan.attention == AttentionKernel::FusedSoftmax && recompute == Recompute::None;
  const double scores = keeps_scores ? 5.0 * static_cast<double>(model.heads) *
                                           static_cast<double>(batch.sequence) / t
                                     : 0.0;
  return tokens * (stream + inside + scores) + experts;
}

double activation_bytes(const ModelShape& model, const Plan& plan, const Batch& batch) {
  const StageMix mix = fullest_mix(model, plan);
  const double in_flight = microbatches_in_flight(pipeline_of(plan, batch));
  const auto bytes_of = [&](LayerKind kind, Recompute recompute) {
    return layer_activation_bytes(model, kind, plan, recompute, batch);
  };
  double whole = 0.0;  // of the layer being computed again
  double kept = 0.0;
  for (const auto& [kind, n] :
       {std::pair(LayerKind::Dense, mix.dense), std::pair(LayerKind::Experts, mix.experts)}) {
    if (n == 0) continue;
    const double whole_layer = bytes_of(kind, Recompute::None);
    const double lean_layer = bytes_of(kind, plan.recompute);
    const double average_layer =
        plan.recompute_share * lean_layer + (1.0 - plan.recompute_share) * whole_layer;
    kept += static_cast<double>(n) * in_flight * average_layer;
    whole = std::max(whole, whole_layer);
  }
  if (plan.recompute == Recompute::Full) kept += whole;
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
  std::array<Knob, 8> knobs{
      {{"recompute = \"selective\"", plan},
       {"recompute = \"full\"", plan},
       {"microbatch = 1", plan},
       {"zero_stage = 1", plan},
       {"zero_stage = 3", plan},
       {fmt::format("expert = {}", 2 * plan.expert), plan},
       {fmt::format("tensor = {}, data = {}", 2 * plan.tensor, plan.data / 2), plan},
       {fmt::format("pipeline = {}, data = {}", 2 * plan.pipeline, plan.data / 2), plan}}};
  knobs[0].plan.recompute = Recompute::Selective;
  knobs[1].plan.recompute = Recompute::Full;
  knobs[0].plan.recompute_share = knobs[1].plan.recompute_share = 1.0;
  knobs[2].plan.microbatch = 1;
  knobs[3].plan.zero_stage = std::max(plan.zero_stage, 1);
  knobs[4].plan.zero_stage = 3;
  knobs[5].plan.expert = 2 * plan.expert;
  knobs[6].plan.tensor = 2 * plan.tensor;
  knobs[7].plan.pipeline = 2 * plan.pipeline;
  knobs[6].plan.data = knobs[7].plan.data = plan.data / 2;
  std::string helps;
  for (const Knob& knob : knobs) {
    if (!can_run(knob.plan, model, batch, gpus(plan))) continue;
    if (required_bytes(memory_use(model, knob.plan, batch)) > available) continue;
    helps += (helps.empty() ? "" : ", or ") + knob.text;
  }
  return helps.empty() ? "no single knob is enough: divide the model over more GPUs"
                       : "would fit with " + helps;
}

}  // namespace

double gradient_bytes(Precision precision) { return precision == Precision::Bf16 ? 4.0 : 2.0; }

namespace {

/// Parameters beside routed experts that one GPU of a tensor group holds of a layer.
double common_parameters(const ModelShape& model, LayerKind kind, const Plan& plan) {
  const double repeated = repeated_attention_parameters(model);
  const double divided = common_layer_parameters(model, kind) - repeated;
  return repeated + divided / static_cast<double>(plan.tensor);
}

double expert_parameters_held(const ModelShape& model, const Plan& plan) {
  return static_cast<double>(model.experts.routed) * expert_parameters(model) /
         static_cast<double>(plan.expert * expert_tensor(plan));
}

}  // namespace

namespace {

/// Calls `visit` with what every kind of rank holds: the first, the last and the fullest stage, or
/// each pair of stages that a rank of DualPipe works for.
template <class Visit>
void for_each_holder(const ModelShape& model, const Plan& plan, Visit visit) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const double dense_layer = common_parameters(model, LayerKind::Dense, plan);
  const double expert_layer = common_parameters(model, LayerKind::Experts, plan);
  const double experts = expert_parameters_held(model, plan);
  const double embedding = embedding_parameters(model) / static_cast<double>(plan.tensor);
  const std::int64_t last = plan.pipeline - 1;
  const auto held_by = [&](std::int64_t stage) {
    const StageMix mix = stage_mix(model, layers, plan.pipeline, stage);
    const auto dense = static_cast<double>(mix.dense);
    const auto sparse = static_cast<double>(mix.experts);
    const double embeddings = (stage == 0 ? 1.0 : 0.0) +
                              (stage == last && !(last == 0 && model.tied_embeddings) ? 1.0 : 0.0);
    return HeldParameters{dense * dense_layer + sparse * expert_layer + embeddings * embedding,
                          sparse * experts};
  };
  if (enters_both_ends(plan)) {
    for (std::int64_t stage = 0; stage < plan.pipeline / 2; ++stage) {
      const HeldParameters one = held_by(stage);
      const HeldParameters other = held_by(last - stage);
      visit(HeldParameters{one.common + other.common, one.experts + other.experts});
    }
    return;
  }
  visit(held_by(0));
  visit(held_by(last));
  visit(held_by(fullest_stage(layers, plan.pipeline)));
}

}  // namespace

HeldParameters parameters_per_gpu(const ModelShape& model, const Plan& plan) {
  HeldParameters fullest;
  for_each_holder(model, plan, [&](const HeldParameters& held) {
    if (held.total() > fullest.total()) fullest = held;
  });
  return fullest;
}

HeldParameters most_parameters_per_gpu(const ModelShape& model, const Plan& plan) {
  HeldParameters most;
  for_each_holder(model, plan, [&](const HeldParameters& held) {
    most.common = std::max(most.common, held.common);
    most.experts = std::max(most.experts, held.experts);
  });
  return most;
}

double zero_share(const HeldParameters& held, const Plan& plan) {
  // DualPipe has two ranks for each stage.
  const double copies = enters_both_ends(plan) ? 2.0 : 1.0;
  return held.common / (copies * static_cast<double>(plan.data * plan.context)) +
         held.experts / (copies * static_cast<double>(expert_replicas(plan)));
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
  if (plan.zero_stage == 2) return {0.0, held / static_cast<double>(plan.virtual_stages)};
  if (plan.zero_stage != 3) return {};
  double layer = 0.0;
  if (layers_of(model, LayerKind::Dense) > 0)
    layer = common_parameters(model, LayerKind::Dense, plan);
  if (model.experts.routed > 0)
    layer = std::max(layer, common_parameters(model, LayerKind::Experts, plan) +
                                expert_parameters_held(model, plan));
  return {2.0 * layer, layer};
}

}  // namespace

MemoryUse memory_use(const ModelShape& model, const Plan& plan, const Batch& batch) {
  const HeldParameters held = parameters_per_gpu(model, plan);
  const auto share = [&](int stage) {
    return plan.zero_stage >= stage ? zero_share(held, plan) : held.total();
  };
  const auto live = live_parameters(model, plan, held.total());
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
