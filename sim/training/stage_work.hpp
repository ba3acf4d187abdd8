// What the stages of a pipeline do with one microbatch, and the traffic beside it: what `step_time`
// sums up and `step_parts` draws.
#pragma once

#include <cstdint>

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/kernels.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/timeline.hpp"
#include "training/traffic.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Share of the traffic inside and between stages that hides where a microbatch alone hides
/// `overlap` of it: DualPipe hides all of what runs beside the other direction's compute, for the
/// m - p - 1 pairs that do.
double hidden_share(const Plan& plan, const Batch& batch, double overlap);

/// Seconds of a whole step that one kind of traffic would take with nothing hidden.
Seconds spent_on(TrafficKind kind, const Traffic& traffic, const PhaseSeconds& phase_seconds);

/// One layer, or the work of an outer stage beside its layers, for one microbatch. Traffic is what
/// is not hidden.
struct Work {
  KernelTimes kernels;          ///< forward and backward
  KernelTimes forward_kernels;  ///< of these, forward
  Seconds forward;              ///< their sum
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

/// `sum` and n times `more`.
Work add(const Work& sum, double n, const Work& more);

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

/// The layers of a model and what its outer stages hold beside them.
struct ModelWork {
  Layer dense, experts;
  Work embedding, logits;
};
ModelWork model_work(const ModelShape& model, const Plan& plan, const Batch& batch,
                     const hardware::Chip& chip, const Efficiency& efficiency,
                     const Traffic& traffic, const PhaseSeconds& phase_seconds);

/// A share of a stage's layers, with the embedding on the first of `pipeline` stages and the output
/// projection on the last.
Work stage_work(const ModelWork& work, const StageMix& mix, double share, std::int64_t stage,
                std::int64_t pipeline);

/// The stage that takes longest (of DualPipe's the pair that a rank holds, on average), and sums
/// over all of them.
struct Stages {
  Work longest;
  Seconds total;
  Seconds forward;
  Seconds weight_gradient;
};
Stages stages_of(const ModelShape& model, const Plan& plan, const ModelWork& work);

/// Gradients and parameters over replicas, for m microbatches on the longest stage: what it takes
/// and what hides: no more than omega of the passes they can run under, and no more than other
/// traffic leaves of the links they take.
struct DataTraffic {
  WindowedTraffic reduce;
  WindowedTraffic gather;
};
DataTraffic data_traffic(const Plan& plan, const Efficiency& efficiency, const Work& stage,
                         double m, const Traffic& traffic, const PhaseSeconds& phase_seconds);

}  // namespace longhaul::training
