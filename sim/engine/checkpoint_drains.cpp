#include "engine/checkpoint_drains.hpp"

#include <utility>

namespace longhaul::engine {

CheckpointDrains::CheckpointDrains(Timers& timers,
                                   const std::vector<operations::CheckpointTier>& tiers,
                                   const operations::CheckpointTraffic& traffic)
    : timers_(timers), tiers_(tiers), traffic_(traffic), shelf_(tiers), drains_(tiers.size()) {}

void CheckpointDrains::start(std::size_t tier, std::int64_t position, Seconds taken) {
  const auto& config = tiers_[tier];
  if (!(config.drain > Seconds())) return shelf_.put(tier, position, taken);
  auto& drain = drains_[tier];
  drain.active = true;
  if (traffic_ && tier + 1 == tiers_.size()) {
    drain.cancel = traffic_([this, tier, position, taken] {
      ++n_arrived_;
      finish(tier, position, taken);
    });
    return;
  }
  drain.timer = timers_.at(timers_.now() + config.drain,
                           [this, tier, position, taken] { finish(tier, position, taken); });
}

void CheckpointDrains::finish(std::size_t tier, std::int64_t position, Seconds taken) {
  drains_[tier] = {};
  shelf_.put(tier, position, taken);
  if (on_drained_) on_drained_();
}

bool CheckpointDrains::lose_drains() {
  bool any = false;
  for (auto& drain : drains_) {
    if (!drain.active) continue;
    any = true;
    timers_.cancel(drain.timer);
    if (drain.cancel) drain.cancel();
    drain = {};
  }
  return any;
}

}  // namespace longhaul::engine
