// When a run stands still for a checkpoint, and which tiers take it.
#pragma once

#include <cstdint>
#include <vector>

#include "operations/checkpoint.hpp"

namespace longhaul::operations {

/// Counts steps and checkpoints. Where every step is saved, to the nearest tier and as part of the
/// step, the run stands still for the others alone: whenever a multiple of their `every` steps is
/// done.
class CheckpointCadence {
 public:
  /// `steps`: between checkpoints.
  CheckpointCadence(IntervalPolicy policy, const std::vector<CheckpointTier>& tiers,
                    std::int64_t steps)
      : policy_(policy), tiers_(&tiers), steps_(steps) {}

  bool saves_every_step() const { return policy_ == IntervalPolicy::Step; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
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
  bool is_due(std::size_t tier, std::int64_t position, bool all) const;

  IntervalPolicy policy_;
  const std::vector<CheckpointTier>* tiers_;
  std::int64_t steps_;
  std::int64_t last_saved_ = 0;
  std::int64_t n_writes_ = 0;
};

}  // namespace longhaul::operations
