#include "engine/run_state.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace longhaul::engine {

using namespace operations;

namespace {

/// Repairs, caps and arrivals that a run waits for come sooner.
const Seconds longest_standstill = days(3652.5);

Spending spending_of(Phase phase) {
  switch (phase) {
    case Phase::Checkpoint:
      return Spending::Checkpoint;
    case Phase::Detection:
      return Spending::Detection;
    case Phase::Replacement:
      return Spending::Replacement;
    case Phase::Waiting:
      return Spending::Waiting;
    case Phase::Restart:
      return Spending::Restart;
    case Phase::Maintenance:
      return Spending::Maintenance;
    case Phase::Curtailed:
    case Phase::Climb:
      return Spending::Curtailed;
    case Phase::Recorded:
      return Spending::Recorded;
    case Phase::Step:
      break;
  }
  throw std::logic_error("time in steps is booked when it is kept or lost");
}

std::string_view name_of(Phase phase) {
  return phase == Phase::Step ? "step" : key_of(spending_of(phase));
}

PowerState power_of(Phase phase) {
  if (phase == Phase::Step || phase == Phase::Climb) return PowerState::Compute;
  return phase == Phase::Checkpoint ? PowerState::Checkpoint : PowerState::Idle;
}

}  // namespace

bool is_up(Phase phase) { return phase == Phase::Step || phase == Phase::Checkpoint; }

RunState::RunState(const RunInputs& inputs, const RunObserver& observer, RunFlow& flow)
    : in(inputs),
      tell(observer),
      flow(flow),
      keeper(timers, inputs, totals.ledger,
             {[this](EventKind kind, std::int64_t node) { told(kind, node); },
              [this] { this->flow.nodes_freed(); },
              [this](std::int64_t node) {
                placement_changed = true;
                faults.forget_node(node);
              },
              [this](std::int64_t node, NodeState from, NodeState to) {
                if (power) power->moved(node, from, to);
                this->flow.node_moved(node, from, to);
              }}),
      drains(timers, inputs.tiers, inputs.checkpoint_traffic),
      progress(static_cast<double>(std::max<std::int64_t>(1, inputs.nodes.used))),
      cadence(inputs.checkpoint_policy, inputs.tiers, inputs.checkpoint_interval),
      faults(timers, inputs.failures, inputs.seed),
      replacements(inputs.seed, "spares/times"),
      can_corrupt_(std::ranges::any_of(inputs.failures.causes, &FailureCause::corrupts)) {
  if (in.tiers.empty()) throw std::invalid_argument("a run keeps its checkpoints somewhere");
  const auto n_causes = in.failures.causes.size();
  totals.interruptions_by_cause.assign(n_causes, 0);
  totals.faults_by_cause.assign(n_causes, 0);
  totals.lost_by_cause.assign(n_causes, Seconds());
}

void RunState::begin(Phase next, Seconds length, std::function<void()> then) {
  phase = next;
  phase_start = timers.now();
  phase_nodes_ = keeper.n_running();
  if (phase == Phase::Step) progress.begin(phase_start);
  if (power) power->run_does(power_of(phase));
  end_phase_at(phase_start + length, std::move(then));
  flow.phase_began();
}

void RunState::end_phase_at(Seconds time, std::function<void()> then) {
  timers.cancel(phase_timer_);
  phase_timer_ = timers.at(time, [this, then = std::move(then)] {
    phase_timer_ = Timers::none;
    then();
  });
}

Seconds RunState::leave(std::optional<std::int64_t> steps) {
  timers.cancel(phase_timer_);
  phase_timer_ = Timers::none;
  if (cancel_write) std::exchange(cancel_write, nullptr)();
  const Seconds length = timers.now() - phase_start;
  if (phase == Phase::Step) {
    const auto n = progress.end(timers.now(), steps);
    if (cadence.saves_every_step() && n > 0) {
      totals.checkpoints += n;
      drains.start(0, position(), timers.now());
    }
    settle();
  } else {
    totals.ledger.spend(spending_of(phase), length, phase_nodes_);
  }
  if (!is_up(phase) && culprit != no_cause) totals.lost_by_cause[culprit] += length;
  if (tell.on_span) tell.on_span({phase_start, timers.now(), name_of(phase)});
  phase_start = timers.now();
  return length;
}

void RunState::settle() {
  progress.settle(can_corrupt_ ? 0 : drains.shelf().safe_position(), totals.ledger);
}

void RunState::event(EventKind kind, std::int64_t cause, std::int64_t node, Seconds length,
                     Seconds lost) {
  if (tell.on_event)
    tell.on_event({timers.now(), kind, cause, node, progress.position(timers.now()), length, lost});
}

void RunState::told(EventKind kind, std::int64_t node) {
  if (kind == EventKind::Barred) ++totals.nodes_barred;
  event(kind, -1, node);
}

void RunState::begin_samples() {
  if (tell.on_sample && in.timeline_every > seconds(0)) sample();
}

void RunState::tell_last_sample() {
  if (tell.on_sample && in.timeline_every > seconds(0)) tell_sample();
}

void RunState::sample() {
  tell_sample();
  ask();
  timers.at(static_cast<double>(++n_samples_) * in.timeline_every, [this] { sample(); });
}

void RunState::tell_sample() {
  tell.on_sample({timers.now(), name_of(phase), progress.position(timers.now()),
                  totals.redone_steps, pool().n_free(), pool().n(NodeState::Repair),
                  power ? power->energy() : Joules()});
}

bool RunState::asked_to_go_on() {
  if (!tell.go_on || tell.go_on(timers.now(), progress.position(timers.now()))) return true;
  totals.interrupted = true;
  return false;
}

bool RunState::has_no_date() const {
  return !std::isfinite(in.duration.value()) &&
         std::ranges::none_of(in.decisions, [this](const Decision& decision) {
           return decision.kind == Decision::Kind::Stop && decision.time > timers.now();
         });
}

bool RunState::got_no_further() {
  const Seconds now = timers.now();
  if (const auto reached = progress.position(now); reached > furthest_) {
    furthest_ = reached;
    furthest_at_ = now;
  }
  return now - furthest_at_ > longest_standstill + 2.0 * progress.cost().total() && has_no_date();
}

void RunState::ask() {
  if (has_ended) return;
  if (got_no_further()) totals.stuck = Standstill::NoProgress;
  if (totals.stuck || !asked_to_go_on()) flow.end();
}

}  // namespace longhaul::engine
