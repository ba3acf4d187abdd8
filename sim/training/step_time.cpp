#include "training/step_time.hpp"

#include <algorithm>
#include <cmath>

#include "training/memory.hpp"
#include "training/pipeline.hpp"
#include "training/stage_work.hpp"

namespace longhaul::training {
namespace {

Seconds at_least_zero(Seconds t) { return std::max(t, Seconds{}); }

/// Time that stages stand idle while the pipeline fills and drains: of stages that differ, what
/// the others have beside the longest; what split backward passes save of it, and what DualPipe
/// leaves, as of the average stage.
Seconds bubble(const Plan& plan, const Batch& batch, const Stages& stages) {
  const auto p = static_cast<double>(plan.pipeline);
  Pipeline pipeline = pipeline_of(plan, batch);
  const StagePasses average{stages.forward / p, (stages.total - stages.forward) / p,
                            stages.weight_gradient / p, stages.total / p};
  const Seconds others =
      (stages.total - stages.longest.total()) / static_cast<double>(plan.virtual_stages);
  if (plan.schedule == PipelineSchedule::OneForwardOneBackward) return others;
  const Seconds left = training::bubble(pipeline, average);
  // The ranks in the middle idle longest; while they do, the longest works off what it has more.
  if (plan.schedule == PipelineSchedule::DualPipe)
    return at_least_zero(left - static_cast<double>(pipeline.microbatches) *
                                    (stages.longest.total() - stages.total / p));
  pipeline.schedule = PipelineSchedule::OneForwardOneBackward;
  return at_least_zero(others - (training::bubble(pipeline, average) - left));
}

Seconds optimizer_time(const ModelShape& model, const Plan& plan, const hardware::Chip& chip,
                       const Efficiency& efficiency) {
  const HeldParameters all = parameters_per_gpu(model, plan);
  const double held = plan.zero_stage >= 1 ? zero_share(all, plan) : all.total();
  return streaming_time(bytes(efficiency.optimizer_bytes * held), 1, chip, efficiency);
}

void add_rates(StepTime& step, const ModelShape& model, const Plan& plan, const Batch& batch,
               const hardware::Chip& chip) {
  const double tokens = static_cast<double>(batch.sequence) * static_cast<double>(batch.sequences);
  step.model_flop = tokens * model_flop_per_token(model, batch.sequence);
  step.hardware_flop = step.model_flop;
  const double repeated = tokens * plan.recompute_share;
  if (plan.recompute != Recompute::None)
    step.hardware_flop += repeated * static_cast<double>(model.layers) *
                          layer_attention_flop(model, batch.sequence, false);
  if (plan.recompute == Recompute::Full)
    for (const auto kind : {LayerKind::Dense, LayerKind::Experts})
      if (const auto n = layers_of(model, kind); n > 0)
        step.hardware_flop += repeated * static_cast<double>(n) * layer_matrix_flop(model, kind);
  const auto n_gpus = static_cast<double>(gpus(plan));
  const Flop capacity = n_gpus * matrix_peak(chip, plan.precision) * step.total;
  step.mfu = step.model_flop / capacity;
  step.hfu = step.hardware_flop / capacity;
  step.tokens_per_s_per_gpu = tokens / (step.total.value() * n_gpus);
}

}  // namespace

Seconds sum(const StepTerms& t) {
  return t.gemm + t.attention + t.elementwise + t.recompute + t.launch + t.tensor + t.context +
         t.expert + t.pipeline + t.bubble + t.data + t.sites + t.optimizer + t.straggling + t.host;
}

StepTime step_time(const ModelShape& model, const Plan& plan, const Batch& batch,
                   const hardware::Chip& chip, const Efficiency& efficiency, const Traffic& traffic,
                   const PhaseSeconds& phase_seconds) {
  const auto m = static_cast<double>(microbatches(plan, batch));
  const auto p = static_cast<double>(plan.pipeline);
  const auto v = static_cast<double>(plan.virtual_stages);
  const StageMix mix = fullest_mix(model, plan);
  const ModelWork work = model_work(model, plan, batch, chip, efficiency, traffic, phase_seconds);
  const Stages stages = stages_of(model, plan, work);
  const Work& longest = stages.longest;

  StepTime step;
  StepTerms& terms = step.terms;
  terms.gemm = m * longest.kernels.gemm;
  terms.attention = m * longest.kernels.attention;
  terms.elementwise = m * longest.kernels.elementwise;
  terms.recompute = m * longest.recompute;
  terms.launch = m * longest.launch;
  terms.tensor = m * longest.tensor;
  terms.context = m * longest.context;
  terms.expert = m * longest.expert;
  const auto hidden = [&](Seconds LayerTraffic::*kind) {
    return m * (static_cast<double>(mix.dense) * work.dense.traffic.*kind +
                static_cast<double>(mix.experts) * work.experts.traffic.*kind);
  };
  step.tensor_hidden = hidden(&LayerTraffic::tensor_hidden);
  step.context_hidden = hidden(&LayerTraffic::context_hidden);
  step.expert_hidden = hidden(&LayerTraffic::expert_hidden);

  const Seconds transfers = spent_on(TrafficKind::Pipeline, traffic, phase_seconds);
  const double overlap = hidden_share(plan, batch, efficiency.pipeline_overlap);
  step.pipeline_hidden = overlap * transfers;
  terms.pipeline = transfers - step.pipeline_hidden;
  // Filling and draining pass p - 1 stage boundaries each way, nothing hidden.
  terms.bubble = bubble(plan, batch, stages) + (p - 1.0) / (m * v) * transfers;

  const DataTraffic data = data_traffic(plan, efficiency, longest, m, traffic, phase_seconds);
  step.data_hidden = data.reduce.hidden() + data.gather.hidden();
  terms.data = data.reduce.whole + data.gather.whole - step.data_hidden +
               spent_on(TrafficKind::EmbeddingTie, traffic, phase_seconds);
  // What ZeRO-3 cannot hide lengthens every pass, those that fill and drain the pipeline too.
  if (plan.zero_stage == 3) terms.bubble += (p - 1.0) / (m * v) * terms.data;
  terms.optimizer = optimizer_time(model, plan, chip, efficiency);
  const auto n_gpus = static_cast<double>(gpus(plan));
  terms.straggling = efficiency.straggler_sigma * std::sqrt(2.0 * std::log(n_gpus)) * sum(terms);
  terms.host = efficiency.host_step;
  step.total = sum(terms);
  add_rates(step, model, plan, batch, chip);
  return step;
}

StepTime step_time(const ModelShape& model, const Plan& plan, const Batch& batch,
                   const hardware::Chip& chip, const Network& network,
                   const Efficiency& efficiency) {
  const Traffic phases = traffic(model, plan, batch, network.domain, efficiency.expert_dedup);
  return step_time(model, plan, batch, chip, efficiency, phases,
                   analytic_times(phases, network, efficiency));
}

}  // namespace longhaul::training
