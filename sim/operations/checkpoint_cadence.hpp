// When a run stands still for a checkpoint, and which tiers take it.
#pragma once

#include <cstdint>
#include <vector>

#include "operations/checkpoint.hpp"

namespace longhaul::operations {

/// Counts steps and checkpoints. The interval is a time, in as many whole steps as it holds at the
/// present pace. Where every step is saved, to the nearest tier and as part of the
/// step, the run stands still for the others alone: whenever a multiple of their `every` steps is
/// done.
class CheckpointCadence {
 public:
  /// `interval`: of work between checkpoints.
  CheckpointCadence(IntervalPolicy policy, const std::vector<CheckpointTier>& tiers,
                    Seconds interval)
      : policy_(policy), tiers_(&tiers), interval_(interval) {}

  bool saves_every_step() const { return policy_ == IntervalPolicy::Step; }
  void set_interval(Seconds interval) { set(interval, step_); }
  /// What a step takes from now on.
  void set_step(Seconds step) { set(interval_, step); }
  /// Steps in the last checkpoint that the run stood still for.
  std::int64_t last_saved() const { return last_saved_; }

  /// Steps from `position` to the next checkpoint that the run stands still for.
  std::int64_t steps_until_write(std::int64_t position) const;
  /// Counts a checkpoint that begins, and returns the tiers that take it, the nearest first;
  /// `all`: every tier that does not hold the step already, as before a stop or at the end.
  std::vector<std::size_t> begin_write(std::int64_t position, bool all);
  /// A checkpoint of `position` is written, or the run went back to there.
  void saved(std::int64_t position) { last_saved_ = position; }

 private:
  void set(Seconds interval, Seconds step);
  bool is_due(std::size_t tier, std::int64_t position, bool all) const;

  IntervalPolicy policy_;
  const std::vector<CheckpointTier>* tiers_;
  Seconds interval_;
  Seconds step_ = seconds(1);
  std::int64_t steps_ = 1;  // between checkpoints
  std::int64_t last_saved_ = 0;
  std::int64_t n_writes_ = 0;
};

}  // namespace longhaul::operations
