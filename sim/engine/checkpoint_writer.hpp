// Checkpoints that a run stands still for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/run_state.hpp"

namespace longhaul::engine {

/// Writes a checkpoint to the tiers that are due, one after the other, then tells the run that it
/// is written.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(RunState& state);

  /// Whether anything was done since the last one.
  bool anything_to_save() const;
  std::int64_t steps_until_write() const { return s_.cadence.steps_until_write(s_.position()); }
  /// `all`: in every tier, as before a stop.
  void begin(bool all);
  /// The most that one takes if it begins now; infinite where what drains would have to end first.
  Seconds longest() const;

  /// Something halted the write after `length`: it goes on with resume(), or is lost.
  void halt(Seconds length) { written_ += length; }
  void resume();
  /// Returns how long the run stood still for it.
  Seconds lose();

 private:
  void write_when_drained();
  bool stores_by_traffic() const;
  void send_to_store();
  void end();
  void drained();

  RunState& s_;
  std::vector<std::size_t> due_;  // tiers of the write under way
  bool waits_for_drain_ = false;
  Seconds began_, length_;
  Seconds written_;  // before it was halted
  Seconds waited_;   // for what drained before
};

}  // namespace longhaul::engine
