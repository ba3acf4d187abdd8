// Checkpoints on their way to where they are kept, on the clock.
#pragma once

#include <functional>
#include <vector>

#include "engine/timers.hpp"
#include "operations/checkpoint.hpp"
#include "operations/run.hpp"

namespace longhaul::engine {

/// What drains in the background after the run went on, one checkpoint a tier at a time, and the
/// checkpoints that are whole.
class CheckpointDrains {
 public:
  /// `traffic` may be empty; else it carries what drains into the last tier.
  CheckpointDrains(Timers& timers, const std::vector<operations::CheckpointTier>& tiers,
                   const operations::CheckpointTraffic& traffic);

  bool is_draining(std::size_t tier) const { return drains_[tier].active; }
  /// Called whenever a drain has ended.
  void on_drained(std::function<void()> callback) { on_drained_ = std::move(callback); }

  /// The run has written its part to a tier, beginning at `taken`: drains it, if anything does.
  void start(std::size_t tier, std::int64_t position, Seconds taken);
  /// A failure loses what is under way. Returns whether anything was.
  bool lose_drains();

  operations::CheckpointShelf& shelf() { return shelf_; }
  const operations::CheckpointShelf& shelf() const { return shelf_; }
  /// Transfers that ended.
  std::int64_t n_arrived() const { return n_arrived_; }

 private:
  struct Drain {
    bool active = false;
    Timers::Id timer = Timers::none;
    std::function<void()> cancel;
  };
  void finish(std::size_t tier, std::int64_t position, Seconds taken);

  Timers& timers_;
  const std::vector<operations::CheckpointTier>& tiers_;
  const operations::CheckpointTraffic& traffic_;
  operations::CheckpointShelf shelf_;
  std::vector<Drain> drains_;  // by tier
  std::function<void()> on_drained_;
  std::int64_t n_arrived_ = 0;
};

}  // namespace longhaul::engine
