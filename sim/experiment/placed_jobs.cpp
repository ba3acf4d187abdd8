#include "experiment/placed_jobs.hpp"

#include <algorithm>
#include <numeric>

namespace longhaul::experiment {

namespace {

scenario::Scenario in_closed_form(const scenario::Scenario& s) {
  scenario::Scenario copy;
  copy.title = s.title;
  copy.platform = s.platform;
  copy.run = s.run;
  copy.run.fidelity = scenario::Fidelity::Analytic;
  return copy;
}

operations::RunNodes nodes_of(const BuiltPlatform& built) {
  const auto groups = fabric::node_groups(built.fabric());
  operations::RunNodes nodes;
  nodes.platform = groups.nodes;
  nodes.per_leaf = groups.per_leaf;
  nodes.per_pod = groups.per_pod;
  return nodes;
}

}  // namespace

PlacedJobs::PlacedJobs(const scenario::Scenario& scenario)
    : scenario_(in_closed_form(scenario)),
      built_(scenario_),
      dead_(built_),
      nodes_(nodes_of(built_)),
      variants_(scenario_, built_, dead_, nodes_) {}

Seconds PlacedJobs::step(const Placement& placement) {
  const auto& run = scenario_.run;
  const auto replica = run.plan.tensor * run.plan.pipeline * run.plan.context;
  const auto gpus =
      static_cast<std::int64_t>(placement.size()) * scenario_.platform->fabric.gpus_per_node;
  return variants_.step(placement, run.batch.sequences / run.plan.data * (gpus / replica));
}

double PlacedJobs::slowdown(const scheduling::Slots& slots) {
  const auto& plan = scenario_.run.plan;
  const auto per_node = scenario_.platform->fabric.gpus_per_node;
  const auto gpus = scheduling::count(slots);
  if (gpus % (plan.tensor * plan.pipeline * plan.context) != 0) return 1;
  Placement placement;
  for (const auto& [first, last] : slots) {
    if (first % per_node != 0 || (last + 1) % per_node != 0) return 1;
    for (auto node = first / per_node; node <= last / per_node; ++node) placement.push_back(node);
  }
  const auto n = static_cast<std::int64_t>(placement.size());
  auto undisturbed = undisturbed_.find(n);
  if (undisturbed == undisturbed_.end()) {
    Placement first(placement.size());
    std::iota(first.begin(), first.end(), std::int64_t{0});
    undisturbed = undisturbed_.emplace(n, step(first)).first;
  }
  return std::max(1.0, double(step(placement) / undisturbed->second));
}

}  // namespace longhaul::experiment
