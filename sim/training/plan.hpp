// A parallel plan: how a model and its batch are divided over GPUs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "training/model_shape.hpp"

namespace longhaul::training {

/// Activations that are computed again in the backward pass rather than kept
/// [Korthikanti+, MLSys'23]: none, the attention core, or everything but a layer's input.
enum class Recompute { None, Selective, Full };
/// Number format of the matrix products, with its scaling recipe.
enum class Precision { Bf16, Fp16, Fp8, Fp8CurrentScaling, Mxfp8, Nvfp4 };
/// FusedSoftmax writes the s x s scores to memory; Flash does not, and skips the causal mask.
enum class AttentionKernel { FusedSoftmax, Flash };

/// Which ranks are neighbours. Tensor groups are always innermost, so that they stay inside a
/// scale-up domain; then context, data and pipeline (Megatron-LM's order), or pipeline, context and
/// data, so that a model replica stands together (Llama 3's [TP, CP, PP, DP] where there is no
/// context parallelism [arXiv 2407.21783, 3.3.2]).
enum class RankOrder { DataInside, PipelineInside };

/// In which order a stage works off its microbatches. 1F1B is interleaved when there are several
/// virtual stages [Narayanan+, SC'21]; ZB1P splits the backward pass and fills the bubble with
/// weight gradients [Qi+, ICLR'24]; DualPipe feeds microbatches from both ends, holds every
/// parameter twice, and runs one direction's compute over the other's traffic [DeepSeek-V3, arXiv
/// 2412.19437].
enum class PipelineSchedule { OneForwardOneBackward, ZeroBubble, DualPipe };

/// Degrees and choices of one run.
struct Plan {
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  std::int64_t data = 1;
  std::int64_t context = 1;
  std::int64_t expert = 1;          ///< ranks that share a layer's experts, see `expert_tensor`
  std::int64_t virtual_stages = 1;  ///< model chunks a GPU; more than 1 is interleaved 1F1B
  std::int64_t microbatch = 1;      ///< sequences
  bool sequence_parallel = false;   ///< norms and dropouts divided over the tensor group too
  int zero_stage = 0;               ///< 0 plain, 1 optimizer, 2 gradients, 3 parameters divided
  Recompute recompute = Recompute::None;
  double recompute_share = 1.0;  ///< share of the layers that `recompute` applies to, above 0 to 1
  Precision precision = Precision::Bf16;
  AttentionKernel attention = AttentionKernel::Flash;
  RankOrder order = RankOrder::DataInside;
  PipelineSchedule schedule = PipelineSchedule::OneForwardOneBackward;
  bool uneven_layers = false;  ///< stages may hold different numbers of layers
};

/// What one step processes.
struct Batch {
  std::int64_t sequence = 0;   ///< tokens of a sequence
  std::int64_t sequences = 0;  ///< sequences of a step over all replicas (global batch)
};

/// Whether the inputs of matrix products take a byte or less.
inline bool eight_bit_or_less(Precision precision) {
  return precision != Precision::Bf16 && precision != Precision::Fp16;
}
/// Forward passes that a layer runs again in the backward pass, on average over layers.
inline double forward_again(const Plan& plan) {
  return plan.recompute == Recompute::Full ? plan.recompute_share : 0.0;
}
/// Ranks that one expert is divided over. Expert groups are carved out of a stage's tensor, context
/// and data ranks, and their experts are whole (Megatron-Core's parallel folding); without them
/// each expert is divided like any other MLP.
inline std::int64_t expert_tensor(const Plan& plan) { return plan.expert > 1 ? 1 : plan.tensor; }
/// GPUs of one pipeline stage, over all replicas.
inline std::int64_t stage_gpus(const Plan& plan) { return plan.tensor * plan.context * plan.data; }
/// Ranks that hold the same experts.
inline std::int64_t expert_replicas(const Plan& plan) {
  return stage_gpus(plan) / (plan.expert * expert_tensor(plan));
}
/// Whether microbatches enter at both ends of the pipeline, and each rank works for two stages.
inline bool enters_both_ends(const Plan& plan) {
  return plan.schedule == PipelineSchedule::DualPipe && plan.pipeline > 1;
}
/// GPUs a plan needs.
inline std::int64_t gpus(const Plan& plan) {
  return plan.tensor * plan.pipeline * plan.data * plan.context;
}
/// Microbatches that a replica runs in a step, rounded up.
inline std::int64_t microbatches(const Plan& plan, const Batch& batch) {
  const std::int64_t sequences = plan.data * plan.microbatch;
  return (batch.sequences + sequences - 1) / sequences;
}

/// Tokens of a microbatch on one rank of its context group.
inline std::int64_t tokens_per_rank(const Plan& plan, const Batch& batch) {
  return plan.microbatch * (batch.sequence / plan.context);
}

/// Key and value heads of one rank of a tensor group, which repeats them where it is wider.
inline std::int64_t kv_heads_per_rank(const ModelShape& model, const Plan& plan) {
  return std::max<std::int64_t>(1, model.kv_heads / plan.tensor);
}
/// Width of a rank's keys and values together.
inline std::int64_t key_value_width_per_rank(const ModelShape& model, const Plan& plan) {
  return kv_heads_per_rank(model, plan) * (score_width(model) + value_width(model));
}

/// Token copies that the experts of one rank take in a microbatch when routing is balanced: each
/// token goes to `per_token` experts, and the ranks of an expert group hold as many tokens each.
inline double expert_copies(const ModelShape& model, const Plan& plan, const Batch& batch) {
  return static_cast<double>(tokens_per_rank(plan, batch) * model.experts.per_token) *
         static_cast<double>(expert_tensor(plan)) / static_cast<double>(plan.tensor);
}

/// Layers of the first, of the last and of the stages between, which from `short_from` on hold one
/// less than `middle`.
struct StageLayers {
  std::int64_t first = 0;
  std::int64_t middle = 0;
  std::int64_t last = 0;
  std::int64_t short_from = 0;  ///< index of a stage; pipeline - 1 where none between is short
};

/// How layers fall on pipeline stages. When they do not divide evenly but two more would, the
/// embedding and the output projection stand for a layer each, and the first and the last stage
/// hold one layer less, as Llama 3 405B (126 = 16 x 8 - 2) and BLOOM (70 = 12 x 6 - 2) did.
/// Otherwise the first stages hold one more than the others; `problems` reports that unless
/// `Plan::uneven_layers` allows it.
StageLayers stage_layers(std::int64_t layers, std::int64_t pipeline);

/// Layers of one stage by kind.
struct StageMix {
  std::int64_t dense = 0;
  std::int64_t experts = 0;
};
/// What a stage holds when the first layers of the model are the dense ones.
StageMix stage_mix(const ModelShape& model, const StageLayers& layers, std::int64_t pipeline,
                   std::int64_t stage);
/// A stage that holds as many layers as any, and of those as many with experts as any.
std::int64_t fullest_stage(const StageLayers& layers, std::int64_t pipeline);
StageMix fullest_mix(const ModelShape& model, const Plan& plan);
/// The most layers with experts that any stage holds.
std::int64_t most_expert_layers(const ModelShape& model, const Plan& plan);

/// One reason why a plan cannot run: the field at fault, what is wrong and what would be right.
struct PlanProblem {
  std::string field;  ///< as in `Plan`, `Batch` or `ModelShape`; "gpus" for their number
  std::string what;
  std::string fix;
};

/// Every reason why the plan cannot run on `n_gpus` GPUs; empty when it can. Memory is not looked
/// at here (memory.hpp).
std::vector<PlanProblem> problems(const Plan& plan, const ModelShape& model, const Batch& batch,
                                  std::int64_t n_gpus);

/// Whether there are none: the same checks without the words and without allocation, for searches.
bool can_run(const Plan& plan, const ModelShape& model, const Batch& batch, std::int64_t n_gpus);

}  // namespace longhaul::training
