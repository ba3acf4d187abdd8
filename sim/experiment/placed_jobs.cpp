#include "experiment/placed_jobs.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "scenario/resized_run.hpp"

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
      chips_(scenario_, nodes_),
      variants_(scenario_, built_, dead_, nodes_, chips_) {}

std::optional<Seconds> PlacedJobs::undisturbed(std::int64_t nodes, std::int64_t sequences) {
  const auto [at, is_new] = undisturbed_.try_emplace({nodes, sequences});
  if (!is_new) return at->second;
  const auto gpus = nodes * scenario_.platform->fabric.gpus_per_node;
  const auto data = gpus / scenario::replica_gpus(scenario_.run.plan);
  const auto run = scenario::with_data(scenario_.run, data, sequences);
  if (!training::can_run(run.plan, run.model->shape, run.batch, run.gpus)) return std::nullopt;
  Placement first(static_cast<std::size_t>(nodes));
  std::iota(first.begin(), first.end(), std::int64_t{0});
  at->second = variants_.step(first, sequences);
  return at->second;
}

double PlacedJobs::slowdown(const scheduling::Job& job, const scheduling::Slots& slots) {
  const auto replica = scenario::replica_gpus(scenario_.run.plan);
  const auto per_node = scenario_.platform->fabric.gpus_per_node;
  const auto own = scenario::gpus_of(job, *scenario_.platform);
  if (own % replica != 0 || scheduling::count(slots) % replica != 0) return 1;
  Placement placement;
  for (const auto& [first, last] : slots) {
    if (first % per_node != 0 || (last + 1) % per_node != 0) return 1;
    for (auto node = first / per_node; node <= last / per_node; ++node) placement.push_back(node);
  }
  const auto sequences = scenario::sequences_on(scenario_.run, own);
  const auto side_by_side = undisturbed(std::ssize(placement), sequences);
  if (!side_by_side) return 1;
  return std::max(1.0, double(variants_.step(placement, sequences) / *side_by_side));
}

std::unique_ptr<scheduling::Trace> PlacedJobs::with_run_times(const scheduling::Trace& trace) {
  std::unique_ptr<scheduling::Trace> timed;
  const auto per_node = scenario_.platform->fabric.gpus_per_node;
  for (std::size_t i = 0; i < trace.jobs.size(); ++i) {
    const auto& job = trace.jobs[i];
    const auto own = scenario::gpus_of(job, *scenario_.platform);
    for (std::size_t c = 0; c < job.choices.size(); ++c) {
      if (job.choices[c].run_time >= Seconds{}) continue;
      if (!timed) timed = std::make_unique<scheduling::Trace>(trace);
      const auto sequences = scenario::sequences_on(scenario_.run, own);
      const auto step = undisturbed(job.choices[c].slots / per_node, sequences);
      const auto own_step = undisturbed(own / per_node, sequences);
      if (!step || !own_step) throw std::logic_error("a job has a size that was not checked");
      timed->jobs[i].choices[c].run_time = job.run_time * double(*step / *own_step);
    }
  }
  return timed;
}

}  // namespace longhaul::experiment
