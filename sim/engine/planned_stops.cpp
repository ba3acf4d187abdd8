#include "engine/planned_stops.hpp"

#include <algorithm>

namespace longhaul::engine {

using namespace operations;

PlannedStops::PlannedStops(RunState& state, RunPace& pace, RunRecovery& recovery,
                           PowerPauses& pauses)
    : s_(state),
      pace_(pace),
      recovery_(recovery),
      pauses_(pauses),
      maintenances_(state.in.seed, "recovery/maintenance") {}

void PlannedStops::begin() {
  if (s_.in.maintenance.every > Seconds())
    s_.timers.at(s_.in.maintenance.every, [this] { begin_train(0); });
}

void PlannedStops::begin_train(std::int64_t first) {
  s_.ask();
  if (s_.has_ended) return;
  const auto& pool = s_.pool();
  const auto end = std::min(first + s_.in.maintenance.group, pool.n_nodes());
  const Seconds time = s_.in.maintenance.out.draw(maintenances_);
  for (auto node = first; node < end; ++node) {
    const auto state = pool.state(node);
    if (state == NodeState::Run)
      to_drain_.emplace_back(node, time);
    else if (state == NodeState::Idle || state == NodeState::Warm || state == NodeState::Cold)
      s_.keeper.set_aside(node, NodeState::Drained, time);
  }
  if (!to_drain_.empty()) s_.flow.cut_short();
  s_.timers.at(s_.timers.now() + s_.in.maintenance.every,
               [this, next = end < pool.n_nodes() ? end : 0] { begin_train(next); });
}

void PlannedStops::plan_maintenance(std::size_t cause) {
  ++s_.totals.interruptions_by_cause[cause];
  s_.event(EventKind::Interruption, static_cast<std::int64_t>(cause));
  ++n_maintenance_;
  s_.flow.cut_short();
}

void PlannedStops::plan_repair(std::int64_t node, std::size_t cause) {
  ++s_.totals.interruptions_by_cause[cause];
  s_.event(EventKind::Interruption, static_cast<std::int64_t>(cause), node);
  to_repair_.emplace_back(node, cause);
  s_.flow.cut_short();
}

void PlannedStops::plan_recipe(std::size_t decision) {
  new_recipe_ = decision;
  s_.flow.cut_short();
}

bool PlannedStops::any() const {
  return n_maintenance_ > 0 || !to_drain_.empty() || !to_repair_.empty() || new_recipe_ ||
         pauses_.is_near();
}

void PlannedStops::begin_stop() {
  s_.down_since = s_.timers.now();
  if (n_maintenance_ == 0 && to_drain_.empty() && to_repair_.empty() && !new_recipe_)
    return pauses_.begin();
  Seconds read;
  for (const auto& [node, time] : std::exchange(to_drain_, {}))
    if (s_.pool().state(node) == NodeState::Run)
      s_.keeper.set_aside(node, NodeState::Drained, time);
  for (const auto& [node, cause] : std::exchange(to_repair_, {}))
    if (s_.pool().state(node) == NodeState::Run) s_.keeper.send_to_repair({node}, cause);
  if (new_recipe_) {
    pace_.take_recipe(*std::exchange(new_recipe_, std::nullopt));
    read = s_.drains.shelf().best(Scope::Job, s_.timers.now()).read;
  }
  recovery_.set_read(read);
  if (n_maintenance_ == 0) return recovery_.begin_replacement();
  --n_maintenance_;
  s_.begin(Phase::Maintenance, s_.in.recovery.maintenance.draw(maintenances_), [this] {
    s_.leave();
    if (s_.pool().n_vacant() > 0) return recovery_.begin_replacement();
    s_.flow.resume();
  });
}

void PlannedStops::halted() { ++n_maintenance_; }

}  // namespace longhaul::engine
