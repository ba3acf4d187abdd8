#include "engine/rank_work.hpp"

namespace longhaul::engine {
namespace {

using training::LayerKind;
using training::PassTimes;
using training::TrafficKind;

/// Times round the context ring of one layer and microbatch, all passes.
double context_rounds(const training::ModelShape& model, const training::Plan& plan,
                      const training::Batch& batch, const training::Traffic& traffic) {
  const auto mix = fullest_mix(model, plan);
  const auto layer_passes =
      static_cast<double>((mix.dense + mix.experts) * training::microbatches(plan, batch));
  double rounds = 0.0;
  for (const auto& phase : traffic)
    if (phase.kind == TrafficKind::Context) rounds += phase.count / layer_passes;
  return rounds;
}

LayerWork layer_work(const training::ModelShape& model, LayerKind kind, const training::Plan& plan,
                     const PassTimes& times, const training::Efficiency& efficiency,
                     double rounds) {
  const double factor = efficiency.stack_factor;
  const double again = forward_again(plan);
  const double attention_again =
      plan.recompute == training::Recompute::None ? 0.0 : plan.recompute_share;
  LayerWork work;
  work.forward.compute = factor * total(times.forward);
  work.forward.products = factor * times.forward.gemm;
  work.forward.attention = factor * times.forward.attention;
  work.backward.compute = factor * total(times.backward) + again * work.forward.compute;
  if (plan.recompute == training::Recompute::Selective)
    work.backward.compute += attention_again * work.forward.attention;
  work.backward.products = factor * times.backward.gemm;
  work.backward.attention =
      factor * times.backward.attention + attention_again * work.forward.attention;
  work.weight_gradient = factor * times.weight_gradient;
  work.forward.executions(Exchange::Tensor) = tensor_collectives(model, kind, plan);
  work.backward.executions(Exchange::Tensor) =
      (1.0 + again) * work.forward.executions(Exchange::Tensor);
  // Keys and values go round once forward; backward whatever else there is.
  work.forward.executions(Exchange::Context) = rounds > 0.0 ? 1.0 : 0.0;
  work.backward.executions(Exchange::Context) = rounds > 0.0 ? rounds - 1.0 : 0.0;
  if (kind == LayerKind::Experts && plan.expert > 1) {
    work.forward.executions(Exchange::Expert) = 2.0;
    work.backward.executions(Exchange::Expert) = 2.0 * (1.0 + again);
  }
  work.has_experts = kind == LayerKind::Experts;
  work.issue = (2.0 + again) * efficiency.layer_issue;
  if (kind == LayerKind::Experts) work.issue += (2.0 + again) * efficiency.expert_issue;
  return work;
}

void add_outer(ChunkLayers& chunk, const PassTimes& times, double factor) {
  chunk.outer_forward += factor * total(times.forward);
  chunk.outer_backward += factor * total(times.backward);
}

}  // namespace

RankWork::RankWork(const training::ModelShape& model, const training::Plan& plan,
                   const training::Batch& batch, const hardware::Chip& chip,
                   const training::Efficiency& efficiency, const training::Traffic& traffic)
    : stages_(plan.pipeline) {
  const double rounds = context_rounds(model, plan, batch, traffic);
  const auto work = [&](LayerKind kind) {
    return layer_work(model, kind, plan, layer_times(model, kind, plan, batch, chip, efficiency),
                      efficiency, rounds);
  };
  if (layers_of(model, LayerKind::Dense) > 0) dense_ = work(LayerKind::Dense);
  if (layers_of(model, LayerKind::Experts) > 0) experts_ = work(LayerKind::Experts);
  const std::int64_t n_chunks = plan.pipeline * plan.virtual_stages;
  const auto layers = training::stage_layers(model.layers, n_chunks);
  chunks_.resize(static_cast<std::size_t>(n_chunks));
  for (std::int64_t i = 0; i < n_chunks; ++i) {
    const auto mix = stage_mix(model, layers, n_chunks, i);
    auto& chunk = chunks_[static_cast<std::size_t>(i)];
    chunk.layers.assign(static_cast<std::size_t>(mix.dense), &dense_);
    chunk.layers.insert(chunk.layers.end(), static_cast<std::size_t>(mix.experts), &experts_);
  }
  const double factor = efficiency.stack_factor;
  add_outer(chunks_.front(), embedding_times(model, plan, batch, chip, efficiency), factor);
  add_outer(chunks_.back(), logits_times(model, plan, batch, chip, efficiency), factor);
}

}  // namespace longhaul::engine
