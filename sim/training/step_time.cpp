#include "training/step_time.hpp"

#include <algorithm>
#include <cmath>

#include "training/memory.hpp"

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
  Seconds recompute;
  Seconds launch;
  Seconds tensor;
  Seconds context;
  Seconds total() const { return training::total(kernels) + recompute + launch + tensor + context; }
};

KernelTimes add(const KernelTimes& a, const KernelTimes& b) {
  return {a.gemm + b.gemm, a.attention + b.attention, a.elementwise + b.elementwise};
}
KernelTimes scale(const KernelTimes& t, double factor) {
  return {factor * t.gemm, factor * t.attention, factor * t.elementwise};
}

/// n layers and, on the outer stages, what they hold beside layers.
Work combine(double n, const Work& layer, const Work& outer) {
  return {add(scale(layer.kernels, n), outer.kernels),
          n * layer.forward + outer.forward,
          n * layer.recompute + outer.recompute,
          n * layer.launch + outer.launch,
          n * layer.tensor + outer.tensor,
          n * layer.context + outer.context};
}

Work outer_work(const PassTimes& times, double factor) {
  Work work;
  work.kernels = scale(add(times.forward, times.backward), factor);
  work.forward = factor * total(times.forward);
  return work;
}

/// The traffic of one layer and microbatch, hidden and not.
struct LayerTraffic {
  Seconds tensor;
  Seconds tensor_hidden;
  Seconds context;
  Seconds context_hidden;
};

Work layer_work(const PassTimes& times, const Plan& plan, const Efficiency& efficiency,
                const LayerTraffic& traffic) {
  Work work = outer_work(times, efficiency.stack_factor);
  work.recompute = forward_again(plan) * work.forward;
  if (plan.recompute == Recompute::Selective) {
    work.recompute = plan.recompute_share * efficiency.stack_factor * times.forward.attention;
  }
  work.tensor = traffic.tensor;
  work.context = traffic.context;
  const double passes = 2.0 + forward_again(plan);
  work.launch = at_least_zero(passes * efficiency.layer_issue - work.total());
  return work;
}

/// The work of the stages: the one that takes longest, and the sum over all of them.
struct Stages {
  Work longest;
  Seconds sum;
};

Stages stages_of(const StageLayers& layers, std::int64_t pipeline, const Work& layer,
                 const Work& embedding, const Work& logits) {
  if (pipeline == 1) {
    const Work only =
        combine(static_cast<double>(layers.first), layer, combine(1.0, embedding, logits));
    return {only, only.total()};
  }
  const Work first = combine(static_cast<double>(layers.first), layer, embedding);
  const Work middle = combine(static_cast<double>(layers.middle), layer, Work{});
  const Work last = combine(static_cast<double>(layers.last), layer, logits);
  Stages stages{first,
                first.total() + last.total() + static_cast<double>(pipeline - 2) * middle.total()};
  if (last.total() > stages.longest.total()) stages.longest = last;
  if (pipeline > 2 && middle.total() > stages.longest.total()) stages.longest = middle;
  return stages;
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
  double held = parameters_per_gpu(model, plan);
  if (plan.zero_stage >= 1) held /= static_cast<double>(plan.data * plan.context);
  return streaming_time(bytes(efficiency.optimizer_bytes * held), 1, chip, efficiency);
}

void add_rates(StepTime& step, const ModelShape& model, const Plan& plan, const Batch& batch,
               const hardware::Chip& chip) {
  const double tokens = static_cast<double>(batch.sequence) * static_cast<double>(batch.sequences);
  step.model_flop = tokens * model_flop_per_token(model, batch.sequence);
  step.hardware_flop = step.model_flop;
  const Flop attention = layer_attention_flop(model, batch.sequence, false);
  const double layer_tokens = tokens * static_cast<double>(model.layers) * plan.recompute_share;
  if (plan.recompute == Recompute::Selective) step.hardware_flop += layer_tokens * attention;
  if (plan.recompute == Recompute::Full) {
    step.hardware_flop += layer_tokens * (attention + layer_matrix_flop(model));
  }
  const auto n_gpus = static_cast<double>(gpus(plan));
  const Flop capacity = n_gpus * matrix_peak(chip, plan.precision) * step.total;
  step.mfu = step.model_flop / capacity;
  step.hfu = step.hardware_flop / capacity;
  step.tokens_per_s_per_gpu = tokens / (step.total.value() * n_gpus);
}

/// One layer's share of the traffic inside stages, and how much of it hides.
LayerTraffic layer_traffic(const Plan& plan, const Efficiency& efficiency, const PassTimes& layer,
                           double layer_passes, const Traffic& traffic,
                           const PhaseSeconds& phase_seconds) {
  const Seconds tensor = spent_on(TrafficKind::Tensor, traffic, phase_seconds) / layer_passes;
  const Seconds context = spent_on(TrafficKind::Context, traffic, phase_seconds) / layer_passes;
  const Seconds products = efficiency.stack_factor * (layer.forward.gemm + layer.backward.gemm);
  const double attention_again = plan.recompute == Recompute::None ? 0.0 : plan.recompute_share;
  const Seconds attention =
      efficiency.stack_factor *
      ((1.0 + attention_again) * layer.forward.attention + layer.backward.attention);
  LayerTraffic result;
  result.tensor_hidden = std::min(efficiency.tensor_overlap * tensor, products);
  result.tensor = tensor - result.tensor_hidden;
  result.context_hidden = std::min(context, attention);
  result.context = context - result.context_hidden;
  return result;
}

}  // namespace

Seconds sum(const StepTerms& t) {
  return t.gemm + t.attention + t.elementwise + t.recompute + t.launch + t.tensor + t.context +
         t.pipeline + t.bubble + t.data + t.optimizer + t.straggling + t.host;
}

StepTime step_time(const ModelShape& model, const Plan& plan, const Batch& batch,
                   const hardware::Chip& chip, const Efficiency& efficiency, const Traffic& traffic,
                   const PhaseSeconds& phase_seconds) {
  const auto m = static_cast<double>(microbatches(plan, batch));
  const auto p = static_cast<double>(plan.pipeline);
  const auto v = static_cast<double>(plan.virtual_stages);
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  const auto fullest = static_cast<double>(std::max(layers.first, layers.middle));

  const PassTimes layer_kernels = layer_times(model, plan, batch, chip, efficiency);
  const LayerTraffic inside =
      layer_traffic(plan, efficiency, layer_kernels, m * fullest, traffic, phase_seconds);
  const Work layer = layer_work(layer_kernels, plan, efficiency, inside);
  const Work embedding =
      outer_work(embedding_times(model, plan, batch, chip, efficiency), efficiency.stack_factor);
  const Work logits =
      outer_work(logits_times(model, plan, batch, chip, efficiency), efficiency.stack_factor);
  const Stages stages = stages_of(layers, plan.pipeline, layer, embedding, logits);
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
  step.tensor_hidden = m * fullest * inside.tensor_hidden;
  step.context_hidden = m * fullest * inside.context_hidden;

  const Seconds transfers = spent_on(TrafficKind::Pipeline, traffic, phase_seconds);
  step.pipeline_hidden = efficiency.pipeline_overlap * transfers;
  terms.pipeline = transfers - step.pipeline_hidden;
  // Filling and draining pass p - 1 stage boundaries each way, nothing hidden.
  terms.bubble = (stages.sum - longest.total()) / v + (p - 1.0) / (m * v) * transfers;

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
  const Traffic phases = traffic(model, plan, batch, network.domain);
  return step_time(model, plan, batch, chip, efficiency, phases,
                   analytic_times(phases, network, efficiency));
}

}  // namespace longhaul::training
