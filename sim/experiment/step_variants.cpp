#include "experiment/step_variants.hpp"

#include <algorithm>

#include "scenario/resized_run.hpp"
#include "training/memory.hpp"

namespace longhaul::experiment {

namespace {

bool goes_together(const scenario::Scenario& s, const scenario::Run& run) {
  const auto& shape = run.model->shape;
  return training::problems(run.plan, shape, run.batch, run.gpus).empty() &&
         training::fits_memory(shape, run.plan, run.batch, s.platform->chip);
}

}  // namespace

std::vector<std::int64_t> elastic_sizes(const scenario::Scenario& s,
                                        const operations::RunNodes& nodes) {
  std::vector<std::int64_t> sizes;
  if (!s.run.elastic || nodes.used == 0) return sizes;
  const auto& elastic = *s.run.elastic;
  const auto planned = s.run.model ? s.run.plan.data : nodes.used;
  const auto room =
      s.run.model ? nodes.platform * s.platform->fabric.gpus_per_node / (gpus(s.run.plan) / planned)
                  : nodes.platform;
  const auto most = std::min(std::max(planned, elastic.most_data), room);
  for (auto data = most; data >= elastic.least_data; --data) {
    if (!s.run.model) {
      sizes.push_back(data);
      continue;
    }
    const auto run = scenario::with_data(s.run, data, s.run.batch.sequences);
    const auto per_node = s.platform->fabric.gpus_per_node;
    if (run.gpus % per_node != 0) continue;
    if (data == planned || goes_together(s, run)) sizes.push_back(run.gpus / per_node);
  }
  return sizes;
}

Seconds StepVariants::step(const Placement& placement, std::int64_t sequences) {
  auto& variant = variants_[{placement.size(), sequences}];
  if (!variant.step) {
    variant.scenario = s_;
    variant.scenario.recorded_stops.clear();
    const auto gpus =
        static_cast<std::int64_t>(placement.size()) * s_.platform->fabric.gpus_per_node;
    variant.scenario.run =
        scenario::with_data(s_.run, gpus / scenario::replica_gpus(s_.run.plan), sequences);
    variant.step = std::make_unique<PlacedStep>(variant.scenario, built_, dead_, nodes_);
  }
  return variant.step->compose(variant.step->times(placement)).total;
}

}  // namespace longhaul::experiment
