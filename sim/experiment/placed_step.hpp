// How long a step of a run takes on the nodes where it stands.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/forked.hpp"
#include "experiment/built_platform.hpp"
#include "experiment/dead_parts.hpp"
#include "operations/node_pool.hpp"
#include "scenario/scenario.hpp"
#include "training/moving_times.hpp"
#include "training/step_across_sites.hpp"
#include "training/step_time.hpp"

namespace longhaul::experiment {

/// Nodes of a run by position.
using Placement = std::vector<std::int64_t>;

/// Times steps of a scenario with a model on its platform, in its fidelity. Scenario, platform and
/// dead parts must outlive it.
class PlacedStep {
 public:
  /// In flow fidelity it forks the process that runs the flows.
  PlacedStep(const scenario::Scenario& scenario, BuiltPlatform& platform, DeadParts& dead,
             const operations::RunNodes& nodes);

  const training::Traffic& traffic() const { return traffic_; }
  /// Rank r on the r-th GPU of the nodes in their order; of a torus, nodes in the order of places.
  std::vector<fabric::VertexIndex> gpus_of_ranks(const Placement& placement) const;
  /// Seconds of each phase on a placement, with the parts of the fabric dead that are. In closed
  /// form they follow from those of the placement before; of flows the latest so many are
  /// remembered. Throws fabric::NoPath when the fabric does not join the nodes.
  training::PhaseSeconds times(const Placement& placement);
  /// What was last asked is where runs begin.
  void set_start();
  /// Goes back there: whatever ran before, a run then gets the same answers to the last bit.
  void back_to_start();
  /// The same in closed form, whatever the fidelity, all anew.
  training::PhaseSeconds analytic_times(const Placement& placement) const;
  training::StepTime compose(const training::PhaseSeconds& times) const;
  /// The same with another batch, in one place.
  training::StepTime compose(const training::PhaseSeconds& times,
                             const training::Batch& batch) const;
  /// The same with what exchanges between sites come to, of a run across sites.
  training::AcrossSites compose_across_sites(const training::PhaseSeconds& times) const;

 private:
  /// In closed form: the flows of the nodes where they stand, and the dead parts that they avoid.
  struct Moved {
    training::MovingTimes times;
    Placement to;
    std::set<std::int64_t> among;
  };
  using Nodes = std::span<const std::int64_t>;

  /// The nodes of one of several sites, for which the others go too: of the fullest where the
  /// fabric has the sites, which are put into `room`, else the first of the placement.
  Nodes of_one_site(const Placement& placement, Placement& room) const;
  fabric::VertexIndex gpu_of(std::int64_t node, std::int64_t i) const;
  std::vector<fabric::VertexIndex> gpus_of(Nodes nodes) const;
  training::PhaseSeconds moved_times(Nodes nodes);
  void follow(Nodes nodes);
  void begin_at(Nodes nodes);
  training::PhaseSeconds flow_times(Nodes nodes);
  std::string answer(const std::string& request);
  Placement state_of(Nodes nodes) const;

  const scenario::Scenario& s_;
  BuiltPlatform& built_;
  DeadParts& dead_;
  operations::RunNodes nodes_;
  training::Traffic traffic_;

  std::optional<Moved> moved_, start_;
  bool at_start_ = false;

  std::unique_ptr<engine::ForkedServer> oracle_;                        // of flows
  std::list<std::pair<Placement, training::PhaseSeconds>> remembered_;  // the latest first
};

}  // namespace longhaul::experiment
