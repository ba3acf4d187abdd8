#include "experiment/step_terms.hpp"

#include <fmt/format.h>

namespace longhaul::experiment {

std::vector<StepTerm> step_terms(const training::StepTime& step) {
  const auto& t = step.terms;
  return {{"gemm", t.gemm, {}},
          {"attention", t.attention, {}},
          {"elementwise", t.elementwise, {}},
          {"recompute", t.recompute, {}},
          {"launch", t.launch, {}},
          {"tensor", t.tensor, step.tensor_hidden},
          {"context", t.context, step.context_hidden},
          {"expert", t.expert, step.expert_hidden},
          {"pipeline", t.pipeline, step.pipeline_hidden},
          {"bubble", t.bubble, {}},
          {"data", t.data, step.data_hidden},
          {"sites", t.sites, step.sites_hidden},
          {"optimizer", t.optimizer, {}},
          {"straggling", t.straggling, {}},
          {"host", t.host, {}}};
}

std::vector<std::pair<std::string, double>> step_values(const training::StepTime& step) {
  const auto terms = step_terms(step);
  std::vector<std::pair<std::string, double>> values;
  values.reserve(2 * terms.size());
  for (const auto& term : terms)
    values.emplace_back(fmt::format("{}_s", term.name), term.exposed.value());
  for (const auto& term : terms)
    if (term.hidden)
      values.emplace_back(fmt::format("{}_hidden_s", term.name), term.hidden->value());
  return values;
}

std::vector<MemoryPart> memory_parts(const training::MemoryUse& use) {
  return {{"parameters", use.parameters},
          {"gradients", use.gradients},
          {"optimizer", use.optimizer},
          {"activations", use.activations},
          {"reserve", use.reserve}};
}

std::vector<std::pair<std::string, double>> memory_values(const training::MemoryUse& use) {
  std::vector<std::pair<std::string, double>> values;
  for (const auto& part : memory_parts(use))
    values.emplace_back(fmt::format("{}_bytes", part.name), part.size.value());
  return values;
}

}  // namespace longhaul::experiment
