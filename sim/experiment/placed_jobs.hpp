// What size and placement do to the step time of the training jobs of a schedule.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "experiment/step_variants.hpp"
#include "scenario/scenario.hpp"
#include "scheduling/job.hpp"
#include "scheduling/slot_set.hpp"

namespace longhaul::experiment {

/// Jobs train the scenario's model under its plan, with as many replicas as what they ask for has
/// room for and as many sequences for each; on another size they keep their batch and have another
/// data-parallel degree. A job's own run time is that on the first nodes of the cluster, side by
/// side; elsewhere it goes slower as the closed form of its step does, with the load that its own
/// traffic puts on the fabric's links. Other jobs' traffic does not slow it.
class PlacedJobs {
 public:
  /// Of a scenario with a platform and a model.
  explicit PlacedJobs(const scenario::Scenario& scenario);

  /// At least 1. Jobs that are no whole nodes, ask for no whole replicas, or stand on a size that
  /// their plan or batch does not fit, are not slowed.
  double slowdown(const scheduling::Job& job, const scheduling::Slots& slots);

  /// The trace with the run times that choices left out: the job's own, by the time of a step of
  /// its batch on that size over that on what it asks for. None where no choice did.
  std::unique_ptr<scheduling::Trace> with_run_times(const scheduling::Trace& trace);

 private:
  /// Of so many nodes side by side; none where plan and batch do not fit them.
  std::optional<Seconds> undisturbed(std::int64_t nodes, std::int64_t sequences);

  scenario::Scenario scenario_;  // without its jobs, in closed form
  BuiltPlatform built_;
  DeadParts dead_;
  operations::RunNodes nodes_;
  NodeChips chips_;
  StepVariants variants_;
  // By nodes and sequences of a step.
  std::map<std::pair<std::int64_t, std::int64_t>, std::optional<Seconds>> undisturbed_;
};

}  // namespace longhaul::experiment
