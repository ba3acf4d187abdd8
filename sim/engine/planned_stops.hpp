// Stops that a run knows of: maintenance, nodes that are to leave, a new recipe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/power_pauses.hpp"
#include "engine/run_pace.hpp"
#include "engine/run_recovery.hpp"
#include "engine/run_state.hpp"

namespace longhaul::engine {

/// What is planned waits for the next end of a step and a checkpoint; all planned by then happens
/// in one stop, announced maintenance takes one each.
class PlannedStops {
 public:
  PlannedStops(RunState& state, RunPace& pace, RunRecovery& recovery, PowerPauses& pauses);

  /// Begins the train of maintenance through all nodes, if there is one.
  void begin();

  /// A cause that is announced.
  void plan_maintenance(std::size_t cause);
  /// A node with a fault leaves at the next stop.
  void plan_repair(std::int64_t node, std::size_t cause);
  /// A decision to go on from a checkpoint with another recipe.
  void plan_recipe(std::size_t decision);

  bool any() const;
  /// The run is saved and stops now.
  void begin_stop();
  /// A recorded stop halted maintenance; it counts as one to come.
  void halted();

 private:
  void begin_train(std::int64_t first);

  RunState& s_;
  RunPace& pace_;
  RunRecovery& recovery_;
  PowerPauses& pauses_;
  random::Stream maintenances_;
  std::int64_t n_maintenance_ = 0;                               // not yet begun
  std::vector<std::pair<std::int64_t, Seconds>> to_drain_;       // nodes, at the next stop
  std::vector<std::pair<std::int64_t, std::size_t>> to_repair_;  // nodes and causes, the same
  std::optional<std::size_t> new_recipe_;                        // a decision, the same
};

}  // namespace longhaul::engine
