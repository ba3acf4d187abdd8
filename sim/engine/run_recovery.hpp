// From a failure to the next step: what is lost, who is taken out, who takes its place.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/checkpoint_writer.hpp"
#include "engine/run_pace.hpp"
#include "engine/run_sizes.hpp"
#include "engine/run_state.hpp"

namespace longhaul::engine {

/// What stops a run.
struct Blow {
  std::size_t cause = no_cause;
  std::vector<std::int64_t> nodes;  ///< it takes out
  operations::Scope scope = operations::Scope::Job;
  Seconds sound_until = never;  ///< later checkpoints are corrupt
  bool cut_off = false;         ///< the nodes are whole and come back with what cut them off
};

/// Detection, then new nodes or fewer of them, then a restart.
class RunRecovery {
 public:
  RunRecovery(RunState& state, RunPace& pace, RunSizes& sizes, CheckpointWriter& writer);

  /// The run stops now.
  void fail(Blow blow);
  /// Begins the recovery under way anew.
  void begin_anew();
  /// The next restart reads a checkpoint for so long.
  void set_read(Seconds time) { read_ = time; }
  /// Fills what is vacant, then restarts.
  void begin_replacement();
  /// Nodes are free again, or new. Returns whether the run was waiting for them.
  bool take_freed();

 private:
  operations::HeldCheckpoint restart_point(operations::Scope scope, Seconds sound_until) const;
  void lose(operations::Scope scope, const operations::HeldCheckpoint& from);
  void take_out(Blow blow);
  bool diagnosed(Blow& blow);
  void adapt_interval();
  void begin_detection();
  void select_nodes();
  bool never_goes_on() const;
  void begin_restart();

  RunState& s_;
  RunPace& pace_;
  RunSizes& sizes_;
  CheckpointWriter& writer_;
  random::Stream detections_, restarts_, diagnoses_;
  bool fetching_ = false;
  Seconds read_;  // on the next restart
  std::int64_t n_unexpected_ = 0;
};

}  // namespace longhaul::engine
