// What a placement does to the step time of the training jobs of a schedule.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "experiment/step_variants.hpp"
#include "scenario/scenario.hpp"
#include "scheduling/slot_set.hpp"

namespace longhaul::experiment {

/// Jobs train the scenario's model under its plan, with as many replicas as they have room for and
/// as many sequences for each. A job's own run time is that on the first nodes of the cluster, side
/// by side; elsewhere it goes slower as the closed form of its step does, with the load that its
/// own traffic puts on the fabric's links. Other jobs' traffic does not slow it.
class PlacedJobs {
 public:
  /// Of a scenario with a platform and a model.
  explicit PlacedJobs(const scenario::Scenario& scenario);

  /// At least 1. Jobs that are no whole nodes, or no whole replicas, are not slowed.
  double slowdown(const scheduling::Slots& slots);

 private:
  Seconds step(const Placement& placement);

  scenario::Scenario scenario_;  // without its jobs, in closed form
  BuiltPlatform built_;
  DeadParts dead_;
  operations::RunNodes nodes_;
  StepVariants variants_;
  std::map<std::int64_t, Seconds> undisturbed_;  // by nodes
};

}  // namespace longhaul::experiment
