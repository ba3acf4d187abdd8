#include "engine/run_actor.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/failure_clocks.hpp"
#include "engine/timers.hpp"
#include "operations/node_pool.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

namespace {

using namespace operations;

enum class Phase { Step, Checkpoint, Detection, Waiting, Restart, Maintenance, Recorded };

Spending spending_of(Phase phase) {
  switch (phase) {
    case Phase::Checkpoint:
      return Spending::Checkpoint;
    case Phase::Detection:
      return Spending::Detection;
    case Phase::Waiting:
      return Spending::Waiting;
    case Phase::Restart:
      return Spending::Restart;
    case Phase::Maintenance:
      return Spending::Maintenance;
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

const Seconds never = seconds(std::numeric_limits<double>::infinity());

class RunActor {
 public:
  RunActor(const RunInputs& inputs, const RunObserver& observer)
      : in_(inputs),
        tell_(observer),
        pool_(inputs.nodes),
        targets_(inputs.seed, "run/targets"),
        detections_(inputs.seed, "recovery/detect"),
        restarts_(inputs.seed, "recovery/restart"),
        maintenances_(inputs.seed, "recovery/maintenance"),
        repairs_(inputs.seed, "recovery/repair") {
    totals_.interruptions_by_cause.assign(in_.failures.causes.size(), 0);
    undisturbed_ = step_ = in_.step(pool_.placement());
    totals_.step = undisturbed_;
    if (!(step_ > seconds(0))) throw std::invalid_argument("the step time must be positive");
    if (!std::isfinite(in_.duration.value()) &&
        in_.steps == std::numeric_limits<std::int64_t>::max())
      throw std::invalid_argument("a run needs a duration or a number of steps");
  }

  RunTotals run() {
    if (in_.random_failures)
      clocks_.emplace(timers_, in_.failures, in_.gpus, in_.seed,
                      [this](std::size_t cause) { strike(cause); });
    for (const auto& stop : in_.replay) timers_.at(stop.time, [this, &stop] { replay(stop); });
    timers_.at(in_.duration, [this] { end(); });
    begin_steps();
    if (tell_.on_sample && in_.timeline_every > seconds(0)) sample();
    totals_.events += timers_.run();
    return totals_;
  }

 private:
  // --- phases -----------------------------------------------------------------------------------
  /// Every phase begins here and ends in leave().
  void begin(Phase phase, Seconds length, void (RunActor::*then)()) {
    phase_ = phase;
    phase_start_ = timers_.now();
    phase_timer_ = timers_.at(phase_start_ + length, [this, then] {
      phase_timer_ = Timers::none;
      (this->*then)();
    });
    if (phase == Phase::Step && clocks_) clocks_->resume();
  }

  /// Ends the phase now: books its power, and its time unless it was steps. Returns its length.
  Seconds leave() {
    timers_.cancel(phase_timer_);
    phase_timer_ = Timers::none;
    if (cancel_write_) std::exchange(cancel_write_, nullptr)();
    const Seconds length = timers_.now() - phase_start_;
    totals_.energy += power() * length;
    if (length > seconds(0)) totals_.peak_power = std::max(totals_.peak_power, power());
    if (phase_ != Phase::Step)
      totals_.ledger.spend(spending_of(phase_), length);
    else if (clocks_)
      clocks_->halt();
    if (tell_.on_span) tell_.on_span({phase_start_, timers_.now(), name_of(phase_)});
    phase_start_ = timers_.now();
    return length;
  }

  void begin_steps() {
    const bool nothing_to_save = position_ == checkpointed_ && into_step_ == Seconds();
    if (n_maintenance_ > 0 && nothing_to_save) return begin_maintenance();
    n_steps_ahead_ =
        std::min(in_.checkpoint_steps - (position_ - checkpointed_), in_.steps - position_);
    if (n_maintenance_ > 0) n_steps_ahead_ = std::min(n_steps_ahead_, whole_steps(into_step_) + 1);
    begin(Phase::Step, static_cast<double>(n_steps_ahead_) * step_ - into_step_,
          &RunActor::end_steps);
  }

  void end_steps() {
    leave();
    into_step_ = Seconds();
    position_ += n_steps_ahead_;
    begin_write();
  }

  /// A write is traffic where there is a fabric, else time.
  void begin_write() {
    if (!in_.checkpoint_traffic)
      return begin(Phase::Checkpoint, in_.checkpoint_write, &RunActor::end_checkpoint);
    begin(Phase::Checkpoint, never, nullptr);
    cancel_write_ = in_.checkpoint_traffic([this] {
      ++totals_.events;
      cancel_write_ = nullptr;
      end_checkpoint();
    });
  }

  void end_checkpoint() {
    const Seconds length = std::exchange(written_, Seconds()) + leave();
    commit();
    ++totals_.checkpoints;
    event(EventKind::Checkpoint, -1, -1, length);
    if (position_ >= in_.steps || !go_on()) return end();
    begin_steps();
  }

  void begin_maintenance() {
    --n_maintenance_;
    down_since_ = timers_.now();
    begin(Phase::Maintenance, in_.recovery.maintenance.draw(maintenances_), &RunActor::resume);
  }

  void begin_detection() {
    begin(Phase::Detection, in_.recovery.detect.draw(detections_), &RunActor::end_detection);
  }

  void end_detection() {
    leave();
    if (pool_.fill()) return begin_restart();
    event(EventKind::Waiting);
    begin(Phase::Waiting, never, nullptr);
  }

  void begin_restart() {
    if (placement_changed_) step_ = in_.step(pool_.placement());
    placement_changed_ = false;
    begin(Phase::Restart, in_.recovery.restart.draw(restarts_) + in_.checkpoint_read,
          &RunActor::resume);
  }

  void resume() {
    leave();
    event(EventKind::Restart, -1, -1, timers_.now() - down_since_);
    begin_steps();
  }

  // --- work -------------------------------------------------------------------------------------
  /// Time spent in the steps under way since the last checkpoint boundary or restart.
  Seconds time_in_steps() const {
    return phase_ == Phase::Step ? into_step_ + (timers_.now() - phase_start_) : into_step_;
  }
  std::int64_t whole_steps(Seconds time) const {
    // A billionth of a step forgives the rounding of k steps divided by one.
    return static_cast<std::int64_t>(std::floor(time / step_ + 1e-9));
  }

  /// Work since the last checkpoint is kept.
  void commit() {
    const auto n = static_cast<double>(position_ - checkpointed_);
    totals_.ledger.spend(Spending::Useful, n * undisturbed_);
    totals_.ledger.spend(Spending::Stragglers, n * (step_ - undisturbed_));
    checkpointed_ = position_;
    totals_.steps = position_;
  }

  /// What a failure would take, `in_steps` of it beyond position_.
  Seconds work_since_checkpoint(Seconds in_steps) const {
    return static_cast<double>(position_ - checkpointed_) * step_ + in_steps;
  }

  /// Work since the last checkpoint is lost, `in_steps` of it beyond position_.
  void lose(Seconds in_steps) {
    totals_.ledger.spend(Spending::Redone, work_since_checkpoint(in_steps));
    totals_.redone_steps += position_ - checkpointed_ + whole_steps(in_steps);
    position_ = checkpointed_;
    into_step_ = Seconds();
  }

  // --- what strikes -----------------------------------------------------------------------------
  void strike(std::size_t cause_index) {
    const auto& cause = in_.failures.causes[cause_index];
    ++totals_.interruptions_by_cause[cause_index];
    if (cause.planned)
      plan_maintenance(cause_index);
    else
      fail(cause_index);
    ask();
  }

  void plan_maintenance(std::size_t cause_index) {
    event(EventKind::Interruption, static_cast<std::int64_t>(cause_index));
    ++n_maintenance_;
    if (phase_ != Phase::Step) return;
    // Stop at the end of the step under way; the phase keeps its start, so nothing drifts.
    n_steps_ahead_ = std::min(n_steps_ahead_, whole_steps(time_in_steps()) + 1);
    timers_.cancel(phase_timer_);
    phase_timer_ = timers_.at(
        phase_start_ + (static_cast<double>(n_steps_ahead_) * step_ - into_step_), [this] {
          phase_timer_ = Timers::none;
          end_steps();
        });
  }

  void fail(std::size_t cause_index) {
    const Phase struck = phase_ == Phase::Recorded ? suspended_ : phase_;
    const bool was_up = struck == Phase::Step || struck == Phase::Checkpoint;
    const Seconds in_steps = time_in_steps();
    const auto node = take_out_node(in_.failures.causes[cause_index].strikes);
    event(EventKind::Interruption, static_cast<std::int64_t>(cause_index), node, {},
          work_since_checkpoint(in_steps));
    const Seconds length = leave();
    if (phase_ == Phase::Checkpoint) written_ += length;
    if (struck == Phase::Checkpoint)
      event(EventKind::CheckpointLost, -1, -1, std::exchange(written_, Seconds()));
    lose(in_steps);
    if (was_up && phase_ != Phase::Recorded) down_since_ = timers_.now();
    begin_detection();
  }

  /// A failure of a GPU or a node takes out a node drawn at random; -1 when it takes none.
  std::int64_t take_out_node(Strikes strikes) {
    if (strikes != Strikes::Gpu && strikes != Strikes::Node) return -1;
    if (pool_.n_positions() == 0) return -1;  // nodes are not told apart
    const auto node = pool_.take_out(targets_.below(pool_.n_positions()));
    if (!node) return -1;
    placement_changed_ = true;
    timers_.at(timers_.now() + in_.recovery.repair.draw(repairs_), [this, n = *node] {
      pool_.repaired(n);
      event(EventKind::Repaired, -1, n);
      if (phase_ == Phase::Waiting && pool_.fill()) {
        leave();
        begin_restart();
      }
    });
    return *node;
  }

  void replay(const RecordedStop& stop) {
    if (!stop.lost) return strike(stop.cause);
    ++totals_.interruptions_by_cause[stop.cause];
    event(EventKind::Interruption, static_cast<std::int64_t>(stop.cause));
    // The run stands still and goes on where it stood; a stop during a stop begins it anew.
    if (phase_ == Phase::Recorded) {
      leave();
    } else {
      suspended_ = phase_;
      const Seconds done = leave();
      if (suspended_ == Phase::Step) into_step_ += done;
      if (suspended_ == Phase::Checkpoint) written_ += done;
      if (suspended_ == Phase::Step || suspended_ == Phase::Checkpoint) down_since_ = timers_.now();
    }
    begin(Phase::Recorded, *stop.lost, &RunActor::end_recorded);
    ask();
  }

  void end_recorded() {
    leave();
    switch (suspended_) {
      case Phase::Checkpoint:
        return begin(Phase::Checkpoint, in_.checkpoint_write - written_, &RunActor::end_checkpoint);
      case Phase::Detection:
      case Phase::Waiting:
      case Phase::Restart:
        return begin_detection();
      case Phase::Maintenance:
        ++n_maintenance_;
        return begin_steps();
      case Phase::Step:
      case Phase::Recorded:
        event(EventKind::Restart, -1, -1, timers_.now() - down_since_);
        return begin_steps();
    }
  }

  // --- telling ----------------------------------------------------------------------------------
  void event(EventKind kind, std::int64_t cause = -1, std::int64_t node = -1, Seconds length = {},
             Seconds lost = {}) {
    if (tell_.on_event)
      tell_.on_event({timers_.now(), kind, cause, node, steps_now(), length, lost});
  }
  std::int64_t steps_now() const { return position_ + whole_steps(time_in_steps()); }

  void sample() {
    tell_sample();
    ask();
    timers_.at(static_cast<double>(++n_samples_) * in_.timeline_every, [this] { sample(); });
  }

  void tell_sample() {
    const Seconds in_phase = timers_.now() - phase_start_;
    tell_.on_sample({timers_.now(), name_of(phase_), steps_now(), totals_.redone_steps,
                     pool_.n_free(), pool_.n_down(), totals_.energy + power() * in_phase});
  }

  /// Whether the observer wants to hear more.
  bool go_on() {
    if (!tell_.go_on || tell_.go_on(timers_.now(), steps_now())) return true;
    totals_.interrupted = true;
    return false;
  }
  void ask() {
    if (!go_on()) end();
  }

  void end() {
    if (tell_.on_sample && in_.timeline_every > seconds(0)) tell_sample();
    const Seconds in_steps = time_in_steps();
    const auto n = whole_steps(in_steps);
    leave();
    position_ += n;
    commit();
    totals_.ledger.spend(Spending::Unfinished,
                         std::max(Seconds(), in_steps - static_cast<double>(n) * step_));
    totals_.simulated = timers_.now();
    phase_ = Phase::Waiting;  // nothing is under way any more
    phase_start_ = timers_.now();
    into_step_ = Seconds();
    event(EventKind::End);
    timers_.stop();
  }

  /// Facility power now.
  Watts power() const {
    if (phase_ == Phase::Step) return in_.power.compute;
    return phase_ == Phase::Checkpoint ? in_.power.checkpoint : in_.power.idle;
  }

  const RunInputs& in_;
  const RunObserver& tell_;
  Timers timers_;
  NodePool pool_;
  random::Stream targets_;
  random::Stream detections_, restarts_, maintenances_, repairs_;
  std::optional<FailureClocks> clocks_;  // of failures at random

  Phase phase_ = Phase::Step;
  Seconds phase_start_;
  Timers::Id phase_timer_ = Timers::none;
  Phase suspended_ = Phase::Step;       // what a recorded stop halted
  Seconds written_;                     // of a write, before recorded stops halted it
  std::function<void()> cancel_write_;  // takes the traffic of the write under way away
  Seconds down_since_;
  std::int64_t n_maintenance_ = 0;  // planned stops not yet begun

  Seconds undisturbed_;
  Seconds step_;  // on the present placement
  bool placement_changed_ = false;
  std::int64_t position_ = 0;       // whole steps done, the phase under way not counted
  std::int64_t checkpointed_ = 0;   // steps in the last checkpoint written
  std::int64_t n_steps_ahead_ = 0;  // of the step phase, from its (virtual) start
  Seconds into_step_;               // time in steps before a recorded stop halted them
  std::int64_t n_samples_ = 0;
  RunTotals totals_;
};

}  // namespace

RunTotals simulate_run(const RunInputs& inputs, const RunObserver& observer) {
  return RunActor(inputs, observer).run();
}

}  // namespace longhaul::engine
