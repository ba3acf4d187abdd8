#include "engine/run_recovery.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "operations/renewal.hpp"

namespace longhaul::engine {

using namespace operations;

RunRecovery::RunRecovery(RunState& state, RunPace& pace, RunSizes& sizes, CheckpointWriter& writer)
    : s_(state),
      pace_(pace),
      sizes_(sizes),
      writer_(writer),
      detections_(state.in.seed, "recovery/detect"),
      restarts_(state.in.seed, "recovery/restart"),
      diagnoses_(state.in.seed, "diagnosis") {}

// --- what a failure takes -----------------------------------------------------------------------

void RunRecovery::fail(Blow blow) {
  ++s_.totals.interruptions_by_cause[blow.cause];
  ++n_unexpected_;
  const Phase struck = s_.phase == Phase::Recorded ? s_.halted : s_.phase;
  const auto from = restart_point(blow.scope, blow.sound_until);
  s_.event(EventKind::Interruption, static_cast<std::int64_t>(blow.cause),
           blow.nodes.empty() ? -1 : blow.nodes.front(), {},
           s_.progress.time_since(from.position, s_.timers.now()));
  const Seconds length = s_.leave();
  s_.culprit = blow.cause;
  if (s_.phase == Phase::Checkpoint) writer_.halt(length);
  const bool drain_lost = s_.drains.lose_drains();
  if (struck == Phase::Checkpoint || drain_lost)
    s_.event(EventKind::CheckpointLost, -1, -1, writer_.lose());
  if (is_up(struck) && s_.phase != Phase::Recorded) s_.down_since = s_.timers.now();
  lose(blow.scope, from);
  take_out(std::move(blow));
  if (s_.in.checkpoint_policy == IntervalPolicy::Adaptive) adapt_interval();
  begin_detection();
}

/// Where the run would go on.
HeldCheckpoint RunRecovery::restart_point(Scope scope, Seconds sound_until) const {
  const Seconds now = s_.timers.now();
  auto best = s_.drains.shelf().best(scope, std::min(sound_until, now));
  const auto& nearest = s_.in.tiers.front();
  if (s_.cadence.saves_every_step() && !(nearest.drain > Seconds()) && nearest.survives >= scope &&
      sound_until > now && s_.progress.position(now) > best.position)
    best = {s_.progress.position(now), now, nearest.read};
  return best;
}

/// Work done since is lost.
void RunRecovery::lose(Scope scope, const HeldCheckpoint& from) {
  s_.totals.lost_by_cause[s_.culprit] += s_.progress.time_since(from.position, s_.timers.now());
  s_.totals.redone_steps += s_.position() - from.position;
  pace_.count(from.position, s_.totals.redone_by_recipe);
  pace_.roll_back(from.position);
  s_.progress.roll_back(from.position, s_.totals.ledger);
  read_ = from.read;
  s_.cadence.saved(from.position);
  s_.drains.shelf().lose(scope, from.position);
  s_.faults.forget_corruption(from.taken);
}

void RunRecovery::take_out(Blow blow) {
  if (blow.cut_off) {
    s_.keeper.cut_off(blow.nodes);
  } else if (blow.nodes.size() == 1 && !diagnosed(blow)) {
    return;
  } else {
    s_.keeper.send_to_repair(std::move(blow.nodes), blow.cause);
  }
  s_.placement_changed = true;
}

/// Whether the node that failed is found; else another is taken out, or none. Others go with it,
/// to be sure.
bool RunRecovery::diagnosed(Blow& blow) {
  const auto& how = s_.in.diagnosis;
  auto& node = blow.nodes.front();
  if (how.missed + how.wrong > 0) {
    const double u = diagnoses_.uniform();
    if (u < how.missed) return false;
    if (u < how.missed + how.wrong) {
      const auto other = s_.keeper.draw_node();
      if (other < 0 || other == node) return false;
      s_.keeper.set_aside(other, NodeState::Repair, how.clears.draw(diagnoses_));
      s_.placement_changed = true;
      return false;
    }
  }
  const auto& pool = s_.pool();
  const auto position = pool.position_of(node);
  for (std::int64_t i = 1; i <= how.evicts && position >= 0; ++i) {
    const auto neighbour = pool.find_node((position + i) % pool.n_positions());
    if (neighbour && *neighbour != node)
      s_.keeper.set_aside(*neighbour, NodeState::Repair, how.clears.draw(diagnoses_));
  }
  return true;
}

/// Daly's interval for what the run has met, one interruption as the rates expect it among them.
void RunRecovery::adapt_interval() {
  const bool expects = std::isfinite(s_.in.expected_mtbi.value());
  const Seconds met = s_.timers.now() + (expects ? s_.in.expected_mtbi : Seconds());
  s_.cadence.set_interval(daly_interval(
      s_.in.tiers.front().write, met / static_cast<double>(n_unexpected_ + (expects ? 1 : 0))));
}

// --- back to steps ------------------------------------------------------------------------------

void RunRecovery::begin_anew() {
  fetching_ = false;
  begin_detection();
}

void RunRecovery::begin_detection() {
  const auto& own = s_.in.failures.causes[s_.culprit].detect;
  const auto& detect = own ? *own : s_.in.recovery.detect;
  s_.begin(Phase::Detection, detect.draw(detections_), [this] {
    s_.leave();
    begin_replacement();
  });
}

void RunRecovery::begin_replacement() {
  auto& pool = s_.pool();
  if (pool.n_vacant() == 0) return begin_restart();
  Seconds time;
  if (pool.fill_warm() > 0) time += s_.in.spares.swap.draw(s_.replacements);
  if (pool.n_vacant() > 0) time += s_.in.spares.selection.draw(s_.replacements);
  if (!(time > Seconds())) return select_nodes();
  s_.begin(Phase::Replacement, time, [this] {
    s_.leave();
    select_nodes();
  });
}

/// Fills what is vacant from the working pool, then from the cold one, node by node; else goes on
/// with fewer, or waits.
void RunRecovery::select_nodes() {
  auto& pool = s_.pool();
  if (pool.n_vacant() == 0 && !fetching_) return begin_restart();
  pool.fill_warm();  // one may have come back meanwhile
  s_.keeper.fill();
  fetching_ = false;
  if (pool.n(NodeState::Cold) > 0 && (pool.n_vacant() > 0 || pool.lacks_warm())) {
    fetching_ = true;
    return s_.begin(Phase::Waiting, s_.in.spares.fetch.draw(s_.replacements), [this] {
      s_.leave();
      s_.pool().fetch();
      select_nodes();
    });
  }
  if (pool.n_vacant() == 0) return begin_restart();
  const auto left = std::min(pool.n(NodeState::Run), pool.n_usable());
  const auto size = s_.in.elastic.shrink ? sizes_.size_for(left) : 0;
  if (size > 0)
    return s_.begin(Phase::Replacement, sizes_.resize(size), [this] {
      s_.leave();
      begin_restart();
    });
  if (never_goes_on()) {
    s_.totals.stuck = Standstill::TooFewNodes;
    return s_.flow.end();
  }
  s_.event(EventKind::Waiting);
  s_.begin(Phase::Waiting, never, nullptr);
}

/// Whether it will not have the nodes it needs whatever comes back or arrives, and there is no end
/// to wait for.
bool RunRecovery::never_goes_on() const {
  const auto& pool = s_.pool();
  const auto left = pool.n_nodes() - pool.n(NodeState::Barred);
  return s_.has_no_date() && left < pool.n_positions() &&
         (!s_.in.elastic.shrink || sizes_.size_for(left) == 0);
}

void RunRecovery::begin_restart() {
  s_.begin(Phase::Restart, s_.in.recovery.restart.draw(restarts_) + read_, [this] {
    s_.leave();
    s_.flow.resume();
  });
}

bool RunRecovery::take_freed() {
  if (s_.phase != Phase::Waiting || fetching_) return false;
  s_.leave();
  select_nodes();
  return true;
}

}  // namespace longhaul::engine
