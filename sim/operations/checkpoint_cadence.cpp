#include "operations/checkpoint_cadence.hpp"

#include <algorithm>
#include <limits>

namespace longhaul::operations {

void CheckpointCadence::set(Seconds interval, Seconds step) {
  interval_ = interval;
  step_ = step;
  steps_ = checkpoint_steps(policy_, *tiers_, interval, step);
}

std::int64_t CheckpointCadence::steps_until_write(std::int64_t position) const {
  if (!saves_every_step()) return steps_ - (position - last_saved_);
  auto next = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 1; i < tiers_->size(); ++i) {
    const auto every = (*tiers_)[i].every;
    next = std::min(next, (last_saved_ / every + 1) * every);
  }
  return next - position;
}

std::vector<std::size_t> CheckpointCadence::begin_write(std::int64_t position, bool all) {
  ++n_writes_;
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < tiers_->size(); ++i)
    if (is_due(i, position, all)) due.push_back(i);
  return due;
}

bool CheckpointCadence::is_due(std::size_t tier, std::int64_t position, bool all) const {
  const auto every = (*tiers_)[tier].every;
  if (all) return !(saves_every_step() && tier == 0);
  if (saves_every_step()) return tier > 0 && last_saved_ / every < position / every;
  return n_writes_ % every == 0;
}

}  // namespace longhaul::operations
