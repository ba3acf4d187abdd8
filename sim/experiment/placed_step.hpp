// How long a step of a run takes on the nodes where it stands.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/forked.hpp"
#include "experiment/built_platform.hpp"
#include "operations/node_pool.hpp"
#include "scenario/scenario.hpp"
#include "training/step_time.hpp"

namespace longhaul::experiment {

/// Nodes of a run by position.
using Placement = std::vector<std::int64_t>;

/// Times steps of a scenario with a model on its platform, in its fidelity. Both must outlive it.
class PlacedStep {
 public:
  /// In flow fidelity it forks the process that runs the flows.
  PlacedStep(const scenario::Scenario& scenario, BuiltPlatform& platform,
             const operations::RunNodes& nodes);

  const training::Traffic& traffic() const { return traffic_; }
  /// Rank r on the r-th GPU of the nodes in their order.
  std::vector<fabric::VertexIndex> gpus_of_ranks(const Placement& placement) const;
  /// Seconds of each phase on a placement. Answers are remembered, the latest so many of them.
  training::PhaseSeconds times(const Placement& placement);
  /// The same in closed form, whatever the fidelity.
  training::PhaseSeconds analytic_times(const Placement& placement) const;
  training::StepTime compose(const training::PhaseSeconds& times) const;

 private:
  training::PhaseSeconds work_out(const Placement& placement);
  std::string answer(const std::string& request);
  Placement state_of(const Placement& placement) const;

  const scenario::Scenario& s_;
  BuiltPlatform& built_;
  operations::RunNodes nodes_;
  training::Traffic traffic_;
  std::unique_ptr<engine::ForkedServer> oracle_;
  std::list<std::pair<Placement, training::PhaseSeconds>> remembered_;  // the latest first
};

}  // namespace longhaul::experiment
