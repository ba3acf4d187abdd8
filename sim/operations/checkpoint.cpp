#include "operations/checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "operations/renewal.hpp"

namespace longhaul::operations {

/// A quotient of times that is a whole number may come out this share more.
constexpr double rounding = 1e-12;

Seconds checkpoint_interval(const CheckpointConfig& config, Seconds write, Seconds mtbf) {
  switch (config.policy) {
    case IntervalPolicy::Fixed:
      return config.interval;
    case IntervalPolicy::Young:
      return young_interval(write, mtbf);
    case IntervalPolicy::Daly:
    case IntervalPolicy::Adaptive:
      return daly_interval(write, mtbf);
    case IntervalPolicy::Step:
      return Seconds();
  }
  throw std::logic_error("a checkpoint policy of no kind");
}

std::int64_t checkpoint_steps(IntervalPolicy policy, const std::vector<CheckpointTier>& tiers,
                              Seconds interval, Seconds step) {
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  double steps = std::max(1.0, std::round(interval / step));
  if (policy != IntervalPolicy::Fixed)
    for (const auto& tier : tiers) {
      const double drained = tier.drain / step / static_cast<double>(tier.every);
      steps = std::max(steps, std::ceil(drained * (1 - rounding)));
    }
  return steps < 9e18 ? static_cast<std::int64_t>(steps) : never;
}

void CheckpointShelf::put(std::size_t tier, std::int64_t position, Seconds taken) {
  auto& held = held_[tier];
  held.push_back({position, taken});
  while (static_cast<std::int64_t>(held.size()) > (*tiers_)[tier].keep) held.pop_front();
}

HeldCheckpoint CheckpointShelf::best(Scope scope, Seconds taken_by) const {
  HeldCheckpoint best;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    const auto& tier = (*tiers_)[i];
    if (tier.survives < scope) continue;
    const auto fit = std::find_if(held_[i].rbegin(), held_[i].rend(),
                                  [&](const Held& held) { return held.taken <= taken_by; });
    if (fit == held_[i].rend()) continue;
    if (fit->position > best.position ||
        (fit->position == best.position && best.position > 0 && tier.read < best.read))
      best = {fit->position, fit->taken, tier.read};
  }
  return best;
}

void CheckpointShelf::lose(Scope scope, std::int64_t position) {
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if ((*tiers_)[i].survives < scope)
      held_[i].clear();
    else
      std::erase_if(held_[i], [&](const Held& held) { return held.position > position; });
  }
}

std::int64_t CheckpointShelf::safe_position() const {
  std::int64_t safe = 0;
  for (std::size_t i = 0; i < held_.size(); ++i)
    if ((*tiers_)[i].survives == Scope::Site && !held_[i].empty())
      safe = std::max(safe, held_[i].back().position);
  return safe;
}

}  // namespace longhaul::operations
