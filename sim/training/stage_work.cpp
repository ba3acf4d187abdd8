#include "training/stage_work.hpp"

#include <algorithm>

#include "training/pipeline.hpp"

namespace longhaul::training {
namespace {

Seconds at_least_zero(Seconds t) { return std::max(t, Seconds{}); }

KernelTimes add(const KernelTimes& a, const KernelTimes& b) {
  return {a.gemm + b.gemm, a.attention + b.attention, a.elementwise + b.elementwise};
}
KernelTimes scale(const KernelTimes& t, double factor) {
  return {factor * t.gemm, factor * t.attention, factor * t.elementwise};
}

Work work_of(const PassTimes& times, double factor) {
  Work work;
  work.kernels = scale(add(times.forward, times.backward), factor);
  work.forward_kernels = scale(times.forward, factor);
  work.forward = factor * total(times.forward);
  work.weight_gradient = factor * times.weight_gradient;
  return work;
}

Layer layer_of(LayerKind kind, const PassTimes& times, const Plan& plan,
               const Efficiency& efficiency, const LayerTraffic& traffic) {
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
                           const Batch& batch, const Efficiency& efficiency, const PassTimes& layer,
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
  traffic.tensor_hidden = std::min(efficiency.tensor_overlap * traffic.tensor, products);
  traffic.context_hidden = std::min(traffic.context, attention);
  traffic.expert_hidden =
      std::min(hidden_share(plan, batch, efficiency.expert_overlap) * traffic.expert,
               products + attention - traffic.tensor_hidden - traffic.context_hidden);
  return traffic;
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
  // ZB1P ends with weight gradients; the input gradients have gone before.
  if (plan.schedule == PipelineSchedule::ZeroBubble && plan.pipeline > 1)
    return {stage.weight_gradient, stage.forward};
  const auto p = static_cast<double>(plan.pipeline);
  const auto v = static_cast<double>(plan.virtual_stages);
  const double reach = v > 1.0 ? (p * (v - 1.0) + 1.0) / v : 1.0;
  return {reach * backward, reach * stage.forward};
}

}  // namespace

double hidden_share(const Plan& plan, const Batch& batch, double overlap) {
  if (!enters_both_ends(plan)) return overlap;
  const Pipeline pipeline = pipeline_of(plan, batch);
  const double paired =
      static_cast<double>(overlapped_pairs(pipeline)) / static_cast<double>(pipeline.microbatches);
  return paired + (1.0 - paired) * overlap;
}

Seconds spent_on(TrafficKind kind, const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  Seconds spent;
  for (std::size_t i = 0; i < traffic.size; ++i) {
    if (traffic.phases[i].kind == kind) spent += traffic.phases[i].count * phase_seconds[i];
  }
  return spent;
}

Work add(const Work& sum, double n, const Work& more) {
  return {add(sum.kernels, scale(more.kernels, n)),
          add(sum.forward_kernels, scale(more.forward_kernels, n)),
          sum.forward + n * more.forward,
          sum.weight_gradient + n * more.weight_gradient,
          sum.recompute + n * more.recompute,
          sum.launch + n * more.launch,
          sum.tensor + n * more.tensor,
          sum.context + n * more.context,
          sum.expert + n * more.expert};
}

ModelWork model_work(const ModelShape& model, const Plan& plan, const Batch& batch,
                     const hardware::Chip& chip, const Efficiency& efficiency,
                     const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  const auto m = static_cast<double>(microbatches(plan, batch));
  const StageMix mix = fullest_mix(model, plan);
  const PerExecution each =
      per_execution(m * static_cast<double>(mix.dense + mix.experts), traffic, phase_seconds);
  const auto layer = [&](LayerKind kind) {
    const PassTimes times = layer_times(model, kind, plan, batch, chip, efficiency);
    return layer_of(kind, times, plan, efficiency,
                    layer_traffic(model, kind, plan, batch, efficiency, times, each));
  };
  ModelWork work;
  if (layers_of(model, LayerKind::Dense) > 0) work.dense = layer(LayerKind::Dense);
  if (layers_of(model, LayerKind::Experts) > 0) work.experts = layer(LayerKind::Experts);
  work.embedding =
      work_of(embedding_times(model, plan, batch, chip, efficiency), efficiency.stack_factor);
  work.logits =
      work_of(logits_times(model, plan, batch, chip, efficiency), efficiency.stack_factor);
  return work;
}

Work stage_work(const ModelWork& work, const StageMix& mix, double share, std::int64_t stage,
                std::int64_t pipeline) {
  Work sum;
  if (mix.dense > 0) sum = add(sum, share * static_cast<double>(mix.dense), work.dense.work);
  if (mix.experts > 0) sum = add(sum, share * static_cast<double>(mix.experts), work.experts.work);
  if (stage == 0) sum = add(sum, 1.0, work.embedding);
  if (stage == pipeline - 1) sum = add(sum, 1.0, work.logits);
  return sum;
}

Stages stages_of(const ModelShape& model, const Plan& plan, const ModelWork& work) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const auto on_stage = [&](std::int64_t stage) {
    return stage_work(work, stage_mix(model, layers, plan.pipeline, stage), 1.0, stage,
                      plan.pipeline);
  };
  const bool pairs = enters_both_ends(plan);
  Stages stages;
  Work pair;
  for (std::int64_t stage = 0; stage < plan.pipeline; ++stage) {
    // Of DualPipe a rank works for a stage from each end, half of the microbatches each.
    const std::int64_t other = plan.pipeline - 1 - stage / 2;
    const Work one = on_stage(pairs ? (stage % 2 == 0 ? stage / 2 : other) : stage);
    stages.total += one.total();
    stages.forward += one.forward;
    stages.weight_gradient += one.weight_gradient;
    pair = stage % 2 == 0 ? add(Work{}, 0.5, one) : add(pair, 0.5, one);
    if (pairs && stage % 2 == 0) continue;
    const Work& of_rank = pairs ? pair : one;
    if (of_rank.total() > stages.longest.total()) stages.longest = of_rank;
  }
  return stages;
}

namespace {

bool leaves_domain(const Phase& phase) { return phase.ranks > phase.ranks_per_domain; }

/// Whether gradients or parameters leave their domains.
bool data_leaves_domain(const Traffic& traffic) {
  return std::any_of(traffic.begin(), traffic.end(), [](const Phase& phase) {
    return (phase.kind == TrafficKind::DataReduce || phase.kind == TrafficKind::DataGather) &&
           leaves_domain(phase);
  });
}

/// Share of the time of `passes` in which other traffic fills the links that data-parallel traffic
/// takes: NICs, or the scale-up links when it stays inside.
double busy_share(Seconds passes, const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  const bool outside = data_leaves_domain(traffic);
  Seconds busy;
  for (std::size_t i = 0; i < traffic.size; ++i) {
    const Phase& phase = traffic.phases[i];
    const bool in_passes = phase.kind == TrafficKind::Tensor ||
                           phase.kind == TrafficKind::Context ||
                           phase.kind == TrafficKind::Expert || phase.kind == TrafficKind::Pipeline;
    if (in_passes && leaves_domain(phase) == outside) busy += phase.count * phase_seconds[i];
  }
  return std::min(1.0, double(busy / passes));
}

}  // namespace

DataTraffic data_traffic(const Plan& plan, const Efficiency& efficiency, const Work& stage,
                         double m, const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  const Seconds reduce = spent_on(TrafficKind::DataReduce, traffic, phase_seconds);
  const Seconds gather = spent_on(TrafficKind::DataGather, traffic, phase_seconds);
  const double free = 1.0 - busy_share(m * stage.total(), traffic, phase_seconds);
  if (plan.zero_stage != 3) {
    const Windows windows = data_windows(plan, stage, m);
    const double share = std::min(efficiency.data_overlap, free);
    return {{reduce, share * windows.reduce}, {gather, share * windows.gather}};
  }
  // ZeRO-3 gathers and scatters all the way: both share the NICs and the whole of the compute, each
  // as it has need.
  const Seconds both = reduce + gather;
  if (!(both > Seconds{})) return {};
  const Seconds window = std::min(efficiency.zero3_overlap, free) * m * stage.total();
  return {{reduce, reduce / both * window}, {gather, gather / both * window}};
}

}  // namespace longhaul::training
