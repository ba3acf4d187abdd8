#include "training/plan.hpp"

#include <algorithm>

namespace longhaul::training {

StageLayers stage_layers(std::int64_t layers, std::int64_t pipeline) {
  if (pipeline <= 1) return {layers, 0, 0, 0};
  const std::int64_t more = layers % pipeline;
  if (more == 0) {
    const std::int64_t each = layers / pipeline;
    return {each, each, each, pipeline - 1};
  }
  if ((layers + 2) % pipeline == 0) {
    const std::int64_t each = (layers + 2) / pipeline;
    return {each - 1, each, each - 1, pipeline - 1};
  }
  const std::int64_t each = layers / pipeline + 1;
  return {each, each, each - 1, more};
}

StageMix stage_mix(const ModelShape& model, const StageLayers& layers, std::int64_t pipeline,
                   std::int64_t stage) {
  std::int64_t before = 0;
  std::int64_t here = layers.first;
  if (stage > 0) {
    const std::int64_t short_before = std::max<std::int64_t>(0, stage - layers.short_from);
    before = layers.first + (stage - 1) * layers.middle - short_before;
    here = stage < layers.short_from ? layers.middle : layers.middle - 1;
    if (stage == pipeline - 1) here = layers.last;
  }
  const std::int64_t dense =
      std::clamp<std::int64_t>(layers_of(model, LayerKind::Dense) - before, 0, here);
  return {dense, here - dense};
}

std::int64_t fullest_stage(const StageLayers& layers, std::int64_t pipeline) {
  if (layers.last < layers.first && pipeline > 1) return layers.short_from - 1;
  return pipeline > 2 ? pipeline - 2 : pipeline - 1;
}

StageMix fullest_mix(const ModelShape& model, const Plan& plan) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  return stage_mix(model, layers, plan.pipeline, fullest_stage(layers, plan.pipeline));
}

std::int64_t most_expert_layers(const ModelShape& model, const Plan& plan) {
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
  return std::max(fullest_mix(model, plan).experts,
                  stage_mix(model, layers, plan.pipeline, plan.pipeline - 1).experts);
}

}  // namespace longhaul::training
