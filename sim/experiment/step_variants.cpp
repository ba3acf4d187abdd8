#include "experiment/step_variants.hpp"

#include <algorithm>

#include "scenario/resized_run.hpp"
#include "training/memory.hpp"
#include "training/step_across_sites.hpp"

namespace longhaul::experiment {

namespace {

bool goes_together(const scenario::Scenario& s, const scenario::Run& run) {
  const auto& shape = run.model->shape;
  const auto fits = [&](const hardware::Chip& chip) {
    if (!run.across_sites) return training::fits_memory(shape, run.plan, run.batch, chip);
    const auto& across = *run.across_sites;
    return training::fits_memory(shape, replica_plan(across, run.plan),
                                 replica_batch(across, run.batch), chip) &&
           total(memory_across_sites(across, shape, run.plan, run.batch)) <= chip.memory_size;
  };
  return training::problems(run.plan, shape, run.batch, run.gpus).empty() &&
         fits(s.platform->chip);
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
  // Every site keeps a replica.
  const auto sites = s.run.across_sites ? training::data_sites(*s.run.across_sites) : 1;
  for (auto data = most; data >= std::max(elastic.least_data, sites); --data) {
    if (!s.run.model) {
      sizes.push_back(data);
      continue;
    }
    const auto run = scenario::with_data(s.run, data, s.run.batch.sequences);
    const auto per_node = s.platform->fabric.gpus_per_node;
    if (run.gpus % per_node != 0) continue;
    if (data == planned || goes_together(s, scenario::with_even_sites(run)))
      sizes.push_back(run.gpus / per_node);
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
    const auto data = gpus / scenario::replica_gpus(s_.run.plan);
    variant.scenario.run =
        scenario::with_even_sites(scenario::with_data(s_.run, data, sequences));
    variant.step = std::make_unique<PlacedStep>(variant.scenario, built_, dead_, nodes_);
  }
  return variant.step->compose(variant.step->times(placement)).total;
}

}  // namespace longhaul::experiment
