// What strikes a run, and when: at random, or as a record says.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/fabric_faults.hpp"
#include "engine/planned_stops.hpp"
#include "engine/run_recovery.hpp"
#include "engine/run_state.hpp"
#include "operations/failure_clocks.hpp"

namespace longhaul::engine {

/// Hands on what stops the run to its recovery, what is announced to its planned stops, and keeps
/// the faults that it lives with.
class RunFailures {
 public:
  RunFailures(RunState& state, RunRecovery& recovery, PlannedStops& planned);

  /// Failures at random begin, if there are any.
  void begin();
  /// A node changes its state: it ages while it is in the run.
  void moved(std::int64_t node, operations::NodeState from, operations::NodeState to);
  /// Rates follow the nodes of the run; the timer of the next strike follows the rates.
  void renew_rates();
  /// A cause strikes, at this node if one is given (else -1).
  void strike(const operations::Strike& strike, std::int64_t node = -1);

 private:
  void strike_beside(std::size_t cause, std::int64_t node);
  bool put_run_first(std::vector<std::int64_t>& nodes) const;
  std::int64_t node_of(const operations::Strike& strike, const operations::FailureCause& cause);
  void begin_fault(std::size_t cause, std::int64_t node);
  void notice(std::int64_t id);
  void degrade(std::size_t cause);
  void part_mended(std::size_t cause, std::int64_t index, const std::vector<std::int64_t>& still);

  RunState& s_;
  RunRecovery& recovery_;
  PlannedStops& planned_;
  FabricFaults fabric_faults_;
  std::optional<operations::FailureClocks> clocks_;  // of failures at random
  Timers::Id timer_ = Timers::none;
  Seconds next_;
};

}  // namespace longhaul::engine
