// How long one training step takes, term by term.
#pragma once

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/kernels.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/traffic.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Where the seconds of a step go, on the stage that takes longest. They sum to `StepTime::total`.
struct StepTerms {
  Seconds gemm;         ///< matrix products, forward and backward
  Seconds attention;    ///< scores, softmax, values
  Seconds elementwise;  ///< norms, activations, residuals, casts, weight-gradient sums
  Seconds recompute;    ///< forward work done again in the backward pass
  Seconds launch;       ///< GPU idle because the host issues kernels too slowly
  Seconds tensor;       ///< tensor-parallel traffic not hidden
  Seconds context;      ///< context-parallel traffic not hidden under attention
  Seconds expert;       ///< traffic between experts' ranks not hidden
  Seconds pipeline;     ///< transfers between stages not hidden, in steady state
  Seconds bubble;       ///< filling and draining the pipeline
  Seconds data;         ///< data-parallel traffic not hidden
  Seconds sites;        ///< exchanges between sites not hidden, see step_across_sites.hpp
  Seconds optimizer;
  Seconds straggling;  ///< waiting for the slowest of all ranks
  Seconds host;        ///< work of the host a step that nothing hides
};
Seconds sum(const StepTerms& terms);

struct StepTime {
  Seconds total;
  StepTerms terms;
  Seconds tensor_hidden;  ///< traffic that runs under compute; not part of the total
  Seconds context_hidden;
  Seconds expert_hidden;
  Seconds pipeline_hidden;
  Seconds data_hidden;
  Seconds sites_hidden;
  Flop model_flop;     ///< of all GPUs, see `model_flop_per_token`
  Flop hardware_flop;  ///< with recomputation
  double mfu = 0.0;    ///< model FLOP over the matrix peak of the plan's precision, 0-1
  double hfu = 0.0;    ///< the same with recomputation
  double tokens_per_s_per_gpu = 0.0;
};

/// One step when each phase of `traffic` takes `phase_seconds`.
///
/// T = m max_s(t_s) + (sum_s t_s - max_s t_s)/v + transfers; t_s is one microbatch forward and
/// backward on stage s with its exposed tensor traffic, so that even stages give the bubble
/// (p-1)/(v m) of 1F1B and interleaved 1F1B [Narayanan+, SC'21]. ZB1P and DualPipe
/// lose what `bubble` of pipeline.hpp says; DualPipe's transfers and expert traffic run under the
/// other direction's compute. Then data-parallel traffic
/// less omega times the compute it can run under, the optimizer, straggling sigma sqrt(2 ln n) and
/// the host.
StepTime step_time(const ModelShape& model, const Plan& plan, const Batch& batch,
                   const hardware::Chip& chip, const Efficiency& efficiency, const Traffic& traffic,
                   const PhaseSeconds& phase_seconds);

/// The same with the traffic's time in closed form.
StepTime step_time(const ModelShape& model, const Plan& plan, const Batch& batch,
                   const hardware::Chip& chip, const Network& network,
                   const Efficiency& efficiency);

}  // namespace longhaul::training
