// Steps of a run as it may become: on fewer or more nodes, or with another batch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "experiment/placed_step.hpp"

namespace longhaul::experiment {

/// Which numbers of nodes an elastic run may stand on, the most first: those of all data-parallel
/// degrees between its least and its most at which plan, model, batch and memory go together.
/// Replicas that the batch does not divide among run as many microbatches as the fullest.
/// Without a model a replica is a node. Empty unless run.elastic is given, or without nodes.
std::vector<std::int64_t> elastic_sizes(const scenario::Scenario& scenario,
                                        const operations::RunNodes& nodes);

/// Times steps at each of these sizes and with each batch that is asked for; what was asked for
/// once is kept. In flow fidelity each size and batch forks a process of its own. All must outlive
/// it.
class StepVariants {
 public:
  StepVariants(const scenario::Scenario& scenario, BuiltPlatform& platform, DeadParts& dead,
               const operations::RunNodes& nodes)
      : s_(scenario), built_(platform), dead_(dead), nodes_(nodes) {}

  /// `sequences`: of a step, over all replicas.
  Seconds step(const Placement& placement, std::int64_t sequences);

 private:
  struct Variant {
    scenario::Scenario scenario;
    std::unique_ptr<PlacedStep> step;
  };

  const scenario::Scenario& s_;
  BuiltPlatform& built_;
  DeadParts& dead_;
  const operations::RunNodes& nodes_;
  std::map<std::pair<std::size_t, std::int64_t>, Variant> variants_;  // by nodes and sequences
};

}  // namespace longhaul::experiment
