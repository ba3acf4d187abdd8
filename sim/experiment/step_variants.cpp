#include "experiment/step_variants.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>

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
         fits(s.platform->chip) && std::ranges::all_of(s.arrivals, [&fits](const auto& arrival) {
           return !arrival.chip || fits(*arrival.chip);
         });
}

/// A step of replicas with so many microbatches each; infinite where memory does not hold them.
Seconds step_with(const scenario::Scenario& s, const PlacedStep& step,
                  const training::PhaseSeconds& times, std::int64_t microbatches) {
  const auto& run = s.run;
  auto batch = run.batch;
  batch.sequences = microbatches * run.plan.data * run.plan.microbatch;
  if (!training::fits_memory(run.model->shape, run.plan, batch, s.platform->chip))
    return seconds(std::numeric_limits<double>::infinity());
  return step.compose(times, batch).total;
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
  const auto chips = chips_.chips_of(placement);
  if (chips.size() > 1 && s_.run.split == training::BatchSplit::BySpeed)
    return step_by_speed(placement, sequences, chips);
  Seconds slowest;
  for (const auto chip : chips) {
    auto& step = *variant(placement.size(), sequences, chip).step;
    slowest = std::max(slowest, step.compose(step.times(placement)).total);
  }
  return slowest;
}

StepVariants::Variant& StepVariants::variant(std::size_t n_nodes, std::int64_t sequences,
                                             std::size_t chip) {
  auto& variant = variants_[{n_nodes, sequences, chip}];
  if (variant.step) return variant;
  variant.scenario = on_chip(s_, chips_.chip(chip));
  const auto gpus = static_cast<std::int64_t>(n_nodes) * s_.platform->fabric.gpus_per_node;
  const auto data = gpus / scenario::replica_gpus(s_.run.plan);
  variant.scenario.run =
      scenario::with_even_sites(scenario::with_data(variant.scenario.run, data, sequences));
  variant.step = std::make_unique<PlacedStep>(variant.scenario, built_, dead_, nodes_);
  return variant;
}

StepVariants::Classes StepVariants::classes_of(const Placement& placement,
                                               const training::Plan& plan) const {
  const auto per_node = s_.platform->fabric.gpus_per_node;
  std::vector<std::set<std::size_t>> chips(static_cast<std::size_t>(plan.data));
  for (std::size_t position = 0; position < placement.size(); ++position) {
    const auto chip = chips_.chip_of(placement[position]);
    for (std::int64_t i = 0; i < per_node; ++i) {
      const auto rank = static_cast<std::int64_t>(position) * per_node + i;
      chips[static_cast<std::size_t>(training::replica_of_rank(plan, rank))].insert(chip);
    }
  }
  Classes classes;
  for (const auto& replica : chips) ++classes[{replica.begin(), replica.end()}];
  return classes;
}

Seconds StepVariants::step_by_speed(const Placement& placement, std::int64_t sequences,
                                    const std::vector<std::size_t>& chips) {
  struct Timed {
    const Variant* variant = nullptr;
    training::PhaseSeconds times{};
  };
  std::vector<Timed> timed(chips_.n_chips());
  for (const auto chip : chips) {
    const auto& one = variant(placement.size(), sequences, chip);
    timed[chip] = {&one, one.step->times(placement)};
  }
  const auto& plan = timed[chips.front()].variant->scenario.run.plan;
  const auto classes = classes_of(placement, plan);
  std::vector<training::ReplicaGroup> groups;
  for (const auto& [theirs, replicas] : classes)
    groups.push_back({replicas, [&timed, theirs = theirs](std::int64_t microbatches) {
                        Seconds slowest;
                        for (const auto chip : theirs)
                          slowest = std::max(slowest, step_with(timed[chip].variant->scenario,
                                                                *timed[chip].variant->step,
                                                                timed[chip].times, microbatches));
                        return slowest;
                      }});
  auto& shares = shares_[{sequences, classes}];
  if (shares.empty())
    shares =
        training::share_microbatches(groups, (sequences + plan.microbatch - 1) / plan.microbatch,
                                     training::microbatch_grid(plan));
  if (shares.empty()) throw std::logic_error("replicas that fit an equal share fit none");
  Seconds slowest;
  for (std::size_t i = 0; i < groups.size(); ++i)
    slowest = std::max(slowest, groups[i].step(shares[i]));
  return slowest;
}

}  // namespace longhaul::experiment
