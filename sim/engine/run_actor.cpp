#include "engine/run_actor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/checkpoint_writer.hpp"
#include "engine/other_runs.hpp"
#include "engine/planned_stops.hpp"
#include "engine/power_pauses.hpp"
#include "engine/run_failures.hpp"
#include "engine/run_pace.hpp"
#include "engine/run_recovery.hpp"
#include "engine/run_sizes.hpp"
#include "engine/run_state.hpp"

namespace longhaul::engine {

namespace {

using namespace operations;

/// Orders the phases of a run; its parts do what happens in them.
class RunActor final : RunFlow {
 public:
  RunActor(const RunInputs& inputs, const RunObserver& observer)
      : s_(inputs, observer, *this),
        pace_(s_),
        writer_(s_),
        sizes_(s_),
        pauses_(s_, sizes_),
        recovery_(s_, pace_, sizes_, writer_),
        planned_(s_, pace_, recovery_, pauses_),
        failures_(s_, recovery_, planned_),
        others_(s_.timers, inputs),
        steps_wanted_(inputs.steps),
        duration_(inputs.duration) {
    if (!std::isfinite(inputs.duration.value()) &&
        inputs.steps == std::numeric_limits<std::int64_t>::max())
      throw std::invalid_argument("a run needs a duration or a number of steps");
  }

  RunTotals run() {
    failures_.begin();
    for (const auto& stop : s_.in.replay) s_.timers.at(stop.time, [this, &stop] { replay(stop); });
    for (const auto& arrival : s_.in.arrivals)
      s_.timers.at(arrival.time, [this, &arrival] { sizes_.arrive(arrival); });
    for (std::size_t i = 0; i < s_.in.decisions.size(); ++i)
      s_.timers.at(s_.in.decisions[i].time, [this, i] { decide(i); });
    planned_.begin();
    others_.begin();
    end_timer_ = s_.timers.at(duration_, [this] { end(); });
    if (s_.has_no_date()) watch();
    if (s_.power) s_.power->start();
    const Seconds selection = s_.in.spares.selection.draw(s_.replacements);
    if (selection > Seconds())
      s_.begin(Phase::Replacement, selection, [this] {
        s_.leave();
        resume();
      });
    else
      begin_steps();
    s_.begin_samples();
    s_.totals.events += s_.timers.run();
    return s_.totals;
  }

 private:
  // --- steps ------------------------------------------------------------------------------------
  void begin_steps() override {
    if (pauses_.stands_still()) return;
    pace_.renew();
    if (planned_.any() && !writer_.anything_to_save()) return planned_.begin_stop();
    n_steps_ahead_ = std::min(writer_.steps_until_write(), steps_wanted_ - s_.position());
    grows_early_ = grows_before(s_.timers.now() + s_.progress.length(n_steps_ahead_));
    if (planned_.any() || grows_early_) n_steps_ahead_ = std::min<std::int64_t>(n_steps_ahead_, 1);
    if (n_steps_ahead_ <= 0) return begin_write();
    if (pauses_.climbs()) return;
    s_.begin(Phase::Step, s_.progress.length(n_steps_ahead_), [this] { end_steps(); });
  }

  void end_steps() {
    s_.leave(n_steps_ahead_);
    const bool grows = grows_early_ && !s_.cadence.saves_every_step();
    if (planned_.any() || grows || writer_.steps_until_write() <= 0 ||
        s_.position() >= steps_wanted_)
      return begin_write();
    go_on();
  }

  /// The phase keeps its start, so nothing drifts.
  void cut_short() override {
    if (s_.phase != Phase::Step) return;
    n_steps_ahead_ = std::min(n_steps_ahead_, s_.progress.steps_of_stretch(s_.timers.now()) + 1);
    s_.end_phase_at(s_.phase_start + s_.progress.length(n_steps_ahead_), [this] { end_steps(); });
  }

  void change_pace() override {
    if (s_.phase != Phase::Step) return;
    s_.leave();
    begin_steps();
  }

  void begin_write() { writer_.begin(planned_.any() || s_.position() >= steps_wanted_); }

  void written() override {
    if (s_.position() >= steps_wanted_ || !s_.asked_to_go_on()) return end();
    go_on();
  }

  void go_on() {
    if (!sizes_.grow()) begin_steps();
  }

  /// Whether the run should not wait with growing until the phase of steps ends as planned: it
  /// would win more time by then than a checkpoint takes.
  bool grows_before(Seconds end) const {
    const double growth = sizes_.growth();
    if (!(growth > 1)) return false;
    return s_.cadence.saves_every_step() ||
           (1 - 1 / growth) * (end - s_.timers.now()) > writer_.longest();
  }

  void grow_early() {
    if (s_.phase != Phase::Step) return;
    grows_early_ = grows_before(s_.phase_start + s_.progress.length(n_steps_ahead_));
    if (grows_early_) cut_short();
  }

  void resume() override {
    s_.culprit = no_cause;
    s_.event(EventKind::Restart, -1, -1, s_.timers.now() - s_.down_since);
    if (writer_.anything_to_save()) return begin_steps();
    go_on();
  }

  void phase_began() override { failures_.renew_rates(); }

  void node_moved(std::int64_t node, NodeState from, NodeState to) override {
    failures_.moved(node, from, to);
  }

  void nodes_freed() override {
    if (!recovery_.take_freed()) grow_early();
  }
  void drained() override { grow_early(); }

  /// Asks once a year whether the run gets further.
  void watch() {
    s_.timers.at(s_.timers.now() + days(365), [this] {
      s_.ask();
      watch();
    });
  }

  // --- what is said beforehand ------------------------------------------------------------------
  void decide(std::size_t index) {
    const auto& decision = s_.in.decisions[index];
    s_.event(EventKind::Decision);
    switch (decision.kind) {
      case Decision::Kind::Stop:
        return end();
      case Decision::Kind::Extend:
        if (decision.steps) steps_wanted_ += *decision.steps;
        if (decision.duration) {
          s_.timers.cancel(end_timer_);
          duration_ += *decision.duration;
          end_timer_ = s_.timers.at(duration_, [this] { end(); });
        }
        return change_pace();
      case Decision::Kind::Restart:
        return planned_.plan_recipe(index);
    }
  }

  void replay(const RecordedStop& stop) {
    if (!stop.lost) return failures_.strike({stop.cause, false, -1}, stop.node);
    ++s_.totals.interruptions_by_cause[stop.cause];
    s_.event(EventKind::Interruption, static_cast<std::int64_t>(stop.cause), stop.node);
    // The run stands still and goes on where it stood; a stop during a stop begins it anew.
    if (s_.phase == Phase::Recorded) {
      s_.leave();
    } else {
      s_.halted = s_.phase;
      const Seconds done = s_.leave();
      if (s_.halted == Phase::Checkpoint) writer_.halt(done);
      if (is_up(s_.halted)) s_.down_since = s_.timers.now();
    }
    s_.culprit = stop.cause;
    s_.begin(Phase::Recorded, *stop.lost, [this] { end_recorded(); });
    s_.ask();
  }

  void end_recorded() {
    s_.leave();
    switch (s_.halted) {
      case Phase::Checkpoint:
        return writer_.resume();
      case Phase::Detection:
      case Phase::Replacement:
      case Phase::Waiting:
      case Phase::Restart:
        return recovery_.begin_anew();
      case Phase::Maintenance:
        planned_.halted();
        return s_.pool().n_vacant() > 0 ? recovery_.begin_replacement() : begin_steps();
      case Phase::Step:
      case Phase::Curtailed:
      case Phase::Climb:
      case Phase::Recorded:
        return resume();
    }
  }

  void end() override {
    if (s_.has_ended) return;
    s_.has_ended = true;
    s_.tell_last_sample();
    s_.leave();
    auto& totals = s_.totals;
    s_.progress.finish(totals.ledger);
    s_.keeper.account();
    if (s_.power) {
      totals.energy = s_.power->energy();
      totals.sites = s_.power->totals();
      totals.peak_power = s_.power->peak();
    }
    totals.steps = s_.position();
    pace_.count(0, totals.steps_by_recipe);
    totals.simulated = s_.timers.now();
    others_.end();
    totals.events += s_.drains.n_arrived() + others_.n_arrived();
    s_.phase = Phase::Waiting;  // nothing is under way any more
    s_.event(EventKind::End);
    s_.timers.stop();
  }

  RunState s_;
  RunPace pace_;
  CheckpointWriter writer_;
  RunSizes sizes_;
  PowerPauses pauses_;
  RunRecovery recovery_;
  PlannedStops planned_;
  RunFailures failures_;
  OtherRuns others_;
  Timers::Id end_timer_ = Timers::none;
  std::int64_t n_steps_ahead_ = 0;  // of the phase of steps, from its (virtual) start
  bool grows_early_ = false;        // a checkpoint follows them, to grow
  std::int64_t steps_wanted_;
  Seconds duration_;
};

}  // namespace

RunTotals simulate_run(const RunInputs& inputs, const RunObserver& observer) {
  return RunActor(inputs, observer).run();
}

}  // namespace longhaul::engine
