#include "training/step_time.hpp"

#include <algorithm>
#include <cmath>

#include "training/memory.hpp"
#include "training/pipeline.hpp"

namespace longhaul::training {
namespace {

/// Seconds of a whole step that one kind of traffic would take with nothing hidden.
Seconds spent_on(TrafficKind kind, const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  Seconds spent;
  for (std::size_t i = 0; i < traffic.size; ++i) {
    if (traffic.phases[i].kind == kind) spent += traffic.phases[i].count * phase_seconds[i];
  }
  return spent;
}

Seconds at_least_zero(Seconds t) { return std::max(t, Seconds{}); }

/// One layer, or the work of an outer stage beside its layers, for one microbatch.
struct Work {
  KernelTimes kernels;  ///< forward and backward
  Seconds forward;
  Seconds weight_gradient;
  Seconds recompute;
  Seconds launch;
  Seconds tensor;
  Seconds context;
  Seconds expert;
  Seconds total() const {
    return training::total(kernels) + recompute + launch + tensor + context + expert;
  }
};

KernelTimes add(const KernelTimes& a, const KernelTimes& b) {
  return {a.gemm + b.gemm, a.attention + b.attention, a.elementwise + b.elementwise};
}
KernelTimes scale(const KernelTimes& t, double factor) {
  return {factor * t.gemm, factor * t.attention, factor * t.elementwise};
}

/// `sum` and n times `more`.
Work add(const Work& sum, double n, const Work& more) {
  return {add(sum.kernels, scale(more.kernels, n)),
          sum.forward + n * more.forward,
          sum.weight_gradient + n * more.weight_gradient,
          sum.recompute + n * more.recompute,
          sum.launch + n * more.launch,
          sum.tensor + n * more.tensor,
          sum.context + n * more.context,
          sum.expert + n * more.expert};
}

Work work_of(const PassTimes& times, double factor) {
  Work work;
  work.kernels = scale(add(times.forward, times.backward), factor);
  work.forward = factor * total(times.forward);
  work.weight_gradient = factor * times.weight_gradient;
  return work;
}

/// The traffic of one layer and microbatch: what takes its time, and what of it is hidden.
struct LayerTraffic {
  Seconds tensor, tensor_hidden;
  Seconds context, context_hidden;
  Seconds expert, expert_hidden;
};

/// One layer of a kind.
struct Layer {
  Work work;
  LayerTraffic traffic;
};

Layer layer_of(LayerKind kind, const PassTimes& times, const Plan& plan,
               const Efficiency& efficiency, LayerTraffic traffic) {
  const double factor = efficiency.stack_factor;
  Layer layer{work_of(times, factor), traffic};
  Work& work = layer.work;
  work.recompute = forward_again(plan) * work.forward;
  if (plan.recompute == Recompute::Selective) {
    work.recompute = plan.recompute_share * factor * times.forward.attention;
  }
  work.tensor = traffic.tensor - traffic.tensor_hidden;
  work.context = traffic.context - traffic.context_hidden;
  work.expert = traffic.expert - traffic.expert_hidden;
  const double passes = 2.0 + forward_again(plan);
  Seconds issue = efficiency.layer_issue;
  if (kind == LayerKind::Experts) issue += efficiency.expert_issue;
  work.launch = at_least_zero(passes * issue - work.total());
  return layer;
}

/// The layers of a model and what its outer stages hold beside them.
struct ModelWork {
  Layer dense, experts;
  Work embedding, logits;
};

Work stage_work(const ModelWork& work, const StageMix& mix, std::int64_t stage,
                std::int64_t pipeline) {
  Work sum;
  if (mix.dense > 0) sum = add(sum, static_cast<double>(mix.dense), work.dense.work);
  if (mix.experts > 0) sum = add(sum, static_cast<double>(mix.experts), work.experts.work);
  if (stage == 0) sum = add(sum, 1.0, work.embedding);
  if (stage == pipeline - 1) sum = add(sum, 1.0, work.logits);
  return sum;
}

/// The stage that takes longest, and sums over all of them.
struct Stages {
  Work longest;
  Seconds total;
  Seconds forward;
  Seconds weight_gradient;
};

Stages stages_of(const ModelShape& model, const Plan& plan, const ModelWork& work) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  Stages stages;
  const auto consider = [&](std::int64_t stage, std::int64_t times) {
    const Work one =
        stage_work(work, stage_mix(model, layers, plan.pipeline, stage), stage, plan.pipeline);
    const auto n = static_cast<double>(times);
    stages.total += n * one.total();
    stages.forward += n * one.forward;
    stages.weight_gradient += n * one.weight_gradient;
    if (one.total() > stages.longest.total()) stages.longest = one;
  };
  // Stages between the first and the last are alike from where the dense layers end.
  consider(0, 1);
  std::int64_t stage = 1;
  if (model.experts.routed > 0)
    for (; stage < plan.pipeline - 1 && stage_mix(model, layers, plan.pipeline, stage).dense > 0;
         ++stage)
      consider(stage, 1);
  if (plan.pipeline - 1 > stage) consider(stage, plan.pipeline - 1 - stage);
  if (plan.pipeline > 1) consider(plan.pipeline - 1, 1);
  return stages;
}

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
  if (plan.schedule == PipelineSchedule::DualPipe) return left;
  pipeline.schedule = PipelineSchedule::OneForwardOneBackward;
  return at_least_zero(others - (training::bubble(pipeline, average) - left));
}

/// Compute under which data-parallel traffic can run, for gradients (backward) and for gathered
/// parameters (forward). Without interleaving only the last microbatch's backward pass and the
/// first one's forward pass are left once gradients are whole; with v chunks all but the last
/// chunk's gradients are whole p microbatches earlier.
struct Windows {
  Seconds reduce;
  Seconds gather;
};

Windows data_windows(const Plan& plan, const Work& stage, double m) {
  const Seconds backward = stage.total() - stage.forward;
  if (plan.zero_stage == 2 && gradient_reductions(plan, m) > 1.0)
    return {m * backward, stage.forward};
  const auto p = static_cast<double>(plan.pipeline);
  const auto v = static_cast<double>(plan.virtual_stages);
  const double reach = v > 1.0 ? (p * (v - 1.0) + 1.0) / v : 1.0;
  return {reach * backward, reach * stage.forward};
}

void add_data(StepTime& step, const Plan& plan, const Efficiency& efficiency, const Work& stage,
              double m, const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  const Windows windows = data_windows(plan, stage, m);
  const Seconds reduce = spent_on(TrafficKind::DataReduce, traffic, phase_seconds);
  const Seconds gather = spent_on(TrafficKind::DataGather, traffic, phase_seconds);
  const double overlap = plan.zero_stage == 3 ? efficiency.zero3_overlap : efficiency.data_overlap;
  // ZeRO-3 gathers and scatters all the way: both share the NICs and the whole of the compute.
  const Seconds hidden =
      plan.zero_stage == 3
          ? std::min<Seconds>(reduce + gather, overlap * m * stage.total())
          : std::min(reduce, overlap * windows.reduce) + std::min(gather, overlap * windows.gather);
  step.data_hidden = hidden;
  step.terms.data =
      reduce + gather - hidden + spent_on(TrafficKind::EmbeddingTie, traffic, phase_seconds);
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

/// Seconds of one execution of each kind of traffic inside layers.
struct PerExecution {
  Seconds tensor;   ///< one all-reduce, or a gather and a scatter
  Seconds context;  ///< what one layer and microbatch send
  Seconds expert;   ///< one exchange
};

PerExecution per_execution(double layer_passes, const Traffic& traffic,
                           const PhaseSeconds& phase_seconds) {
  PerExecution times;
  for (std::size_t i = 0; i < traffic.size; ++i) {
    if (traffic.phases[i].kind == TrafficKind::Tensor) times.tensor += phase_seconds[i];
    if (traffic.phases[i].kind == TrafficKind::Expert) times.expert += phase_seconds[i];
  }
  times.context = spent_on(TrafficKind::Context, traffic, phase_seconds) / layer_passes;
  return times;
}

/// One layer's traffic of a microbatch, and how much of it hides: tensor traffic under products,
/// context traffic under attention, expert traffic under what both leave.
LayerTraffic layer_traffic(const ModelShape& model, LayerKind kind, const Plan& plan,
                           const Efficiency& efficiency, const PassTimes& layer,
                           const PerExecution& each) {
  const double passes = 2.0 + forward_again(plan);
  LayerTraffic traffic;
  traffic.tensor = passes * tensor_collectives(model, kind, plan) * each.tensor;
  traffic.context = each.context;
  if (kind == LayerKind::Experts) traffic.expert = 2.0 * passes * each.expert;
  const Seconds products = efficiency.stack_factor * (layer.forward.gemm + layer.backward.gemm);
  const double attention_again = plan.recompute == Recompute::None ? 0.0 : plan.recompute_share;
  const Seconds attention =
      efficiency.stack_factor *
      ((1.0 + attention_again) * layer.forward.attention + layer.backward.attention);
  const bool both_ways = plan.schedule == PipelineSchedule::DualPipe && plan.pipeline > 1;
  traffic.tensor_hidden = std::min(efficiency.tensor_overlap * traffic.tensor, products);
  traffic.context_hidden = std::min(traffic.context, attention);
  traffic.expert_hidden =
      std::min((both_ways ? 1.0 : efficiency.expert_overlap) * traffic.expert,
               products + attention - traffic.tensor_hidden - traffic.context_hidden);
  return traffic;
}

}  // namespace

Seconds sum(const StepTerms& t) {
  return t.gemm + t.attention + t.elementwise + t.recompute + t.launch + t.tensor + t.context +
         t.expert + t.pipeline + t.bubble + t.data + t.optimizer + t.straggling + t.host;
}

StepTime step_time(const ModelShape& model, const Plan& plan, const Batch& batch,
                   const hardware::Chip& chip, const Efficiency& efficiency, const Traffic& traffic,
                   const PhaseSeconds& phase_seconds) {
  const auto m = static_cast<double>(microbatches(plan, batch));
  const auto p = static_cast<double>(plan.pipeline);
  const auto v = static_cast<double>(plan.virtual_stages);
  const StageMix mix = stage_mix(model, stage_layers(model.layers, plan.pipeline), plan.pipeline,
                                 fullest_stage(plan.pipeline));
  const PerExecution each =
      per_execution(m * static_cast<double>(mix.dense + mix.experts), traffic, phase_seconds);
  const auto layer = [&](LayerKind kind) {
    const PassTimes times = layer_times(model, kind, plan, batch, chip, efficiency);
    return layer_of(kind, times, plan, efficiency,
                    layer_traffic(model, kind, plan, efficiency, times, each));
  };
  ModelWork work;
  if (layers_of(model, LayerKind::Dense) > 0) work.dense = layer(LayerKind::Dense);
  if (layers_of(model, LayerKind::Experts) > 0) work.experts = layer(LayerKind::Experts);
  work.embedding =
      work_of(embedding_times(model, plan, batch, chip, efficiency), efficiency.stack_factor);
  work.logits =
      work_of(logits_times(model, plan, batch, chip, efficiency), efficiency.stack_factor);
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
  const double overlap = plan.schedule == PipelineSchedule::DualPipe && plan.pipeline > 1
                             ? 1.0
                             : efficiency.pipeline_overlap;
  step.pipeline_hidden = overlap * transfers;
  terms.pipeline = transfers - step.pipeline_hidden;
  // Filling and draining pass p - 1 stage boundaries each way, nothing hidden.
  terms.bubble = bubble(plan, batch, stages) + (p - 1.0) / (m * v) * transfers;

  add_data(step, plan, efficiency, longest, m, traffic, phase_seconds);
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
