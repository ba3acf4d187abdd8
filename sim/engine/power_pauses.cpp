#include "engine/power_pauses.hpp"

#include <algorithm>

namespace longhaul::engine {

using namespace operations;

PowerPauses::PowerPauses(RunState& state, RunSizes& sizes) : s_(state), sizes_(sizes) {
  if (!s_.in.power) return;
  s_.power.emplace(
      s_.timers, s_.in, [this] { return time_to_save(); }, [this] { changed(); });
  for (std::int64_t node = 0; node < s_.pool().n_nodes(); ++node)
    s_.power->moved(node, NodeState::Off, s_.pool().state(node));
}

/// A step to its end, and a checkpoint in every tier.
Seconds PowerPauses::time_to_save() const {
  Seconds time = s_.progress.cost().total();
  for (const auto& tier : s_.in.tiers) time += tier.write;
  return time;
}

void PowerPauses::begin() { s_.begin(Phase::Curtailed, never, nullptr); }

bool PowerPauses::stands_still() {
  const auto powered = sizes_.powered_nodes();
  auto& pool = s_.pool();
  if (s_.power) pool.limit_sites(s_.power->allowed().by_site);
  if (powered >= std::max<std::int64_t>(1, pool.n_positions()) && !pool.exceeds_limits())
    return false;
  const auto size = sizes_.size_for(std::min({powered, pool.n_usable(), pool.n_positions()}));
  s_.down_since = s_.timers.now();
  if (size == 0) {
    begin();
    return true;
  }
  const Seconds time = sizes_.shrink(size);
  if (!(time > Seconds())) return false;
  s_.begin(Phase::Replacement, time, [this] {
    s_.leave();
    s_.flow.resume();
  });
  return true;
}

bool PowerPauses::climbs() {
  const auto climb = s_.power ? s_.power->climb() : Seconds();
  if (!(climb > Seconds())) return false;
  s_.begin(Phase::Climb, climb, [this] { end(); });
  return true;
}

void PowerPauses::changed() {
  if (s_.has_ended) return;
  const bool was_limited = s_.pool().has_limits();
  s_.pool().limit_sites(s_.power->allowed().by_site);
  s_.event(EventKind::Power);
  s_.ask();
  if (s_.has_ended) return;
  if (s_.phase == Phase::Waiting && was_limited) return s_.flow.nodes_freed();
  if (s_.phase == Phase::Step) return is_near() ? s_.flow.cut_short() : s_.flow.change_pace();
  if (s_.phase == Phase::Climb || (s_.phase == Phase::Curtailed && sizes_.powered_nodes() > 0))
    end();
}

void PowerPauses::end() {
  const Phase ended = s_.phase;
  s_.leave();
  if (ended == Phase::Curtailed)
    s_.event(EventKind::Restart, -1, -1, s_.timers.now() - s_.down_since);
  s_.flow.begin_steps();
}

}  // namespace longhaul::engine
