// Steps of a run as it may become: on fewer or more nodes, on other chips, or with another batch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "experiment/node_chips.hpp"
#include "experiment/placed_step.hpp"

namespace longhaul::experiment {

/// Which numbers of nodes an elastic run may stand on, the most first: those of all data-parallel
/// degrees between its least and its most at which plan, model, batch and memory go together, on
/// every chip that there is. Replicas that the batch does not divide among run as many microbatches
/// as the fullest. Without a model a replica is a node. Empty unless run.elastic is given, or
/// without nodes.
std::vector<std::int64_t> elastic_sizes(const scenario::Scenario& scenario,
                                        const operations::RunNodes& nodes);

/// Times steps at each of these sizes, on each chip and with each batch that is asked for; what was
/// asked for once is kept. In flow fidelity each size, chip and batch forks a process of its own.
/// All must outlive it.
class StepVariants {
 public:
  StepVariants(const scenario::Scenario& scenario, BuiltPlatform& platform, DeadParts& dead,
               const operations::RunNodes& nodes, const NodeChips& chips)
      : s_(scenario), built_(platform), dead_(dead), nodes_(nodes), chips_(chips) {}

  /// `sequences`: of a step, over all replicas. Where nodes have different chips, a replica goes as
  /// its slowest and the step as the slowest replica, with the batch shared as run.split says.
  Seconds step(const Placement& placement, std::int64_t sequences);
  /// A run that begins gets the same answers then, whatever ran before.
  void forget() { variants_.clear(); }

 private:
  struct Variant {
    scenario::Scenario scenario;
    std::unique_ptr<PlacedStep> step;
  };
  /// Replicas by the chips that they are on.
  using Classes = std::map<std::vector<std::size_t>, std::int64_t>;

  Variant& variant(std::size_t n_nodes, std::int64_t sequences, std::size_t chip);
  Classes classes_of(const Placement& placement, const training::Plan& plan) const;
  Seconds step_by_speed(const Placement& placement, std::int64_t sequences,
                        const std::vector<std::size_t>& chips);

  const scenario::Scenario& s_;
  BuiltPlatform& built_;
  DeadParts& dead_;
  const operations::RunNodes& nodes_;
  const NodeChips& chips_;
  /// By nodes, sequences and chip.
  std::map<std::tuple<std::size_t, std::int64_t, std::size_t>, Variant> variants_;
  /// Microbatches of each class, by sequences: shared once, whatever the placement.
  std::map<std::pair<std::int64_t, Classes>, std::vector<std::int64_t>> shares_;
};

}  // namespace longhaul::experiment
