#include "training/step_parts.hpp"

#include <algorithm>

#include "training/stage_work.hpp"
#include "training/step_time.hpp"

namespace longhaul::training {
namespace {

ChunkWork by_pass(const Work& work, const Plan& plan) {
  const double again = forward_again(plan);
  const double one_pass = 1.0 / (2.0 + again);
  const double one_round = 1.0 / (3.0 + again);
  ChunkWork chunk;
  chunk.forward = {work.forward_kernels.gemm,        work.forward_kernels.attention,
                   work.forward_kernels.elementwise, Seconds{},
                   one_pass * work.launch,           one_pass * work.tensor,
                   one_round * work.context,         one_pass * work.expert};
  chunk.weight_gradient.gemm = work.weight_gradient;
  const PassWork& forward = chunk.forward;
  chunk.input_gradient = {work.kernels.gemm - forward.gemm - work.weight_gradient,
                          work.kernels.attention - forward.attention,
                          work.kernels.elementwise - forward.elementwise,
                          work.recompute,
                          work.launch - forward.launch,
                          work.tensor - forward.tensor,
                          work.context - forward.context,
                          work.expert - forward.expert};
  return chunk;
}

/// Chunk c of stage s is the (c p + s)-th part of the model in the order of its layers; where these
/// do not divide over all chunks, each chunk of a stage holds as much of it.
std::vector<ChunkWork> chunks_of(const ModelShape& model, const Plan& plan, const ModelWork& work) {
  const std::int64_t p = plan.pipeline;
  const std::int64_t v = plan.virtual_stages;
  const std::int64_t parts = p * v;
  const bool divides = model.layers % parts == 0 || (model.layers + 2) % parts == 0;
  const StageLayers layers = stage_layers(model.layers, divides ? parts : p);
  const auto part = [&](std::int64_t i) {
    const bool whole = divides || v == 1;
    const StageMix mix = stage_mix(model, layers, whole ? parts : p, whole ? i : i % p);
    return by_pass(stage_work(work, mix, whole ? 1.0 : 1.0 / static_cast<double>(v), i, parts),
                   plan);
  };
  std::vector<ChunkWork> chunks;
  for (std::int64_t stage = 0; stage < p; ++stage) {
    for (std::int64_t i = stage; i < parts; i += p) chunks.push_back(part(i));
    // The other direction goes the other way through the stages.
    if (enters_both_ends(plan)) chunks.push_back(part(p - 1 - stage));
  }
  return chunks;
}

}  // namespace

StepParts step_parts(const ModelShape& model, const Plan& plan, const Batch& batch,
                     const hardware::Chip& chip, const Efficiency& efficiency,
                     const Traffic& traffic, const PhaseSeconds& phase_seconds) {
  const StepTime step = step_time(model, plan, batch, chip, efficiency, traffic, phase_seconds);
  const ModelWork work = model_work(model, plan, batch, chip, efficiency, traffic, phase_seconds);
  const auto m = static_cast<double>(microbatches(plan, batch));
  const double transfers = 2.0 * m * static_cast<double>(plan.virtual_stages);
  const DataTraffic data = data_traffic(plan, efficiency, stages_of(model, plan, work).longest, m,
                                        traffic, phase_seconds);
  StepParts parts;
  parts.pipeline = pipeline_of(plan, batch);
  parts.chunks = chunks_of(model, plan, work);
  parts.transfer = spent_on(TrafficKind::Pipeline, traffic, phase_seconds) / transfers;
  parts.transfer_hidden = step.pipeline_hidden / transfers;
  parts.reduce = data.reduce;
  parts.gather = data.gather;
  parts.embedding_tie = spent_on(TrafficKind::EmbeddingTie, traffic, phase_seconds);
  parts.optimizer = step.terms.optimizer;
  parts.straggling = step.terms.straggling;
  parts.host = step.terms.host;
  return parts;
}

}  // namespace longhaul::training
