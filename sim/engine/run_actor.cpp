#include "engine/run_actor.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/checkpoint_drains.hpp"
#include "engine/fabric_faults.hpp"
#include "engine/lingering_faults.hpp"
#include "engine/node_keeper.hpp"
#include "engine/site_power.hpp"
#include "engine/step_progress.hpp"
#include "engine/timers.hpp"
#include "operations/checkpoint_cadence.hpp"
#include "operations/failure_clocks.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

namespace {

using namespace operations;

enum class Phase {
  Step,
  Checkpoint,
  Detection,
  Replacement,
  Waiting,
  Restart,
  Maintenance,
  Curtailed,  ///< standing still for want of power
  Climb,      ///< the same, until power has risen to what steps take
  Recorded
};

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

const Seconds never = seconds(std::numeric_limits<double>::infinity());
constexpr auto no_cause = std::numeric_limits<std::size_t>::max();

PowerState power_of(Phase phase) {
  if (phase == Phase::Step || phase == Phase::Climb) return PowerState::Compute;
  return phase == Phase::Checkpoint ? PowerState::Checkpoint : PowerState::Idle;
}

bool is_up(Phase phase) { return phase == Phase::Step || phase == Phase::Checkpoint; }

/// What stops a run.
struct Blow {
  std::size_t cause = no_cause;
  std::vector<std::int64_t> nodes;  ///< it takes out
  Scope scope = Scope::Job;
  Seconds sound_until = never;  ///< later checkpoints are corrupt
  bool cut_off = false;         ///< the nodes are whole and come back with what cut them off
};

class RunActor {
 public:
  RunActor(const RunInputs& inputs, const RunObserver& observer)
      : in_(inputs),
        tell_(observer),
        keeper_(timers_, inputs, totals_.ledger,
                {[this](EventKind kind, std::int64_t node) { told(kind, node); },
                 [this] { node_freed(); }, [this](std::int64_t node) { left_run(node); },
                 [this](std::int64_t node, NodeState from, NodeState to) {
                   if (power_) power_->moved(node, from, to);
                 }}),
        drains_(timers_, inputs.tiers, inputs.checkpoint_traffic),
        progress_(static_cast<double>(std::max<std::int64_t>(1, inputs.nodes.used))),
        cadence_(inputs.checkpoint_policy, inputs.tiers, inputs.checkpoint_steps),
        faults_(timers_, inputs.failures, inputs.seed),
        fabric_faults_(timers_, inputs, faults_),
        detections_(inputs.seed, "recovery/detect"),
        restarts_(inputs.seed, "recovery/restart"),
        maintenances_(inputs.seed, "recovery/maintenance"),
        replacements_(inputs.seed, "spares/times"),
        diagnoses_(inputs.seed, "diagnosis"),
        step_oracle_(inputs.step),
        steps_wanted_(inputs.steps),
        duration_(inputs.duration) {
    if (in_.tiers.empty()) throw std::invalid_argument("a run keeps its checkpoints somewhere");
    const auto n_causes = in_.failures.causes.size();
    totals_.interruptions_by_cause.assign(n_causes, 0);
    totals_.faults_by_cause.assign(n_causes, 0);
    totals_.lost_by_cause.assign(n_causes, Seconds());
    totals_.steps_by_recipe.assign(1 + in_.decisions.size(), 0);
    totals_.redone_by_recipe = totals_.steps_by_recipe;
    can_corrupt_ = std::ranges::any_of(in_.failures.causes, &FailureCause::corrupts);
    undisturbed_ = placed_ = step_oracle_(pool().placement());
    totals_.step = undisturbed_;
    if (!(undisturbed_ > seconds(0))) throw std::invalid_argument("the step time must be positive");
    if (!std::isfinite(in_.duration.value()) &&
        in_.steps == std::numeric_limits<std::int64_t>::max())
      throw std::invalid_argument("a run needs a duration or a number of steps");
    drains_.on_drained([this] { drained(); });
    if (!in_.power) return;
    power_.emplace(
        timers_, in_, [this] { return time_to_save(); }, [this] { power_changed(); });
    for (std::int64_t node = 0; node < pool().n_nodes(); ++node)
      power_->moved(node, NodeState::Off, pool().state(node));
  }

  RunTotals run() {
    if (in_.random_failures) clocks_.emplace(in_.failures, in_.units, in_.lemons, in_.seed);
    for (const auto& stop : in_.replay) timers_.at(stop.time, [this, &stop] { replay(stop); });
    for (const auto& arrival : in_.arrivals)
      timers_.at(arrival.time, [this, &arrival] { arrive(arrival); });
    for (std::size_t i = 0; i < in_.decisions.size(); ++i)
      timers_.at(in_.decisions[i].time, [this, i] { decide(i); });
    if (in_.maintenance.every > Seconds())
      timers_.at(in_.maintenance.every, [this] { begin_train(0); });
    end_timer_ = timers_.at(duration_, [this] { end(); });
    if (power_) power_->start();
    const Seconds selection = in_.spares.selection.draw(replacements_);
    if (selection > Seconds())
      begin(Phase::Replacement, selection, &RunActor::resume);
    else
      begin_steps();
    if (tell_.on_sample && in_.timeline_every > seconds(0)) sample();
    totals_.events += timers_.run();
    return totals_;
  }

 private:
  NodePool& pool() { return keeper_.pool(); }
  const NodePool& pool() const { return keeper_.pool(); }

  // --- phases -----------------------------------------------------------------------------------
  /// Every phase begins here and ends in leave().
  void begin(Phase phase, Seconds length, void (RunActor::*then)()) {
    phase_ = phase;
    phase_start_ = timers_.now();
    phase_nodes_ = keeper_.n_running();
    if (phase == Phase::Step) progress_.begin(phase_start_);
    if (power_) power_->run_does(power_of(phase));
    set_phase_timer(phase_start_ + length, then);
    renew_rates();
  }
  void set_phase_timer(Seconds time, void (RunActor::*then)()) {
    timers_.cancel(phase_timer_);
    phase_timer_ = timers_.at(time, [this, then] {
      phase_timer_ = Timers::none;
      (this->*then)();
    });
  }

  /// Ends the phase now and books its time; `ended`: whole steps of a phase of steps that
  /// came to its end. Returns its length.
  Seconds leave(std::optional<std::int64_t> ended = std::nullopt) {
    timers_.cancel(phase_timer_);
    phase_timer_ = Timers::none;
    if (cancel_write_) std::exchange(cancel_write_, nullptr)();
    const Seconds length = timers_.now() - phase_start_;
    if (phase_ == Phase::Step)
      accrue(ended);
    else
      totals_.ledger.spend(spending_of(phase_), length, phase_nodes_);
    if (!is_up(phase_) && culprit_ != no_cause) totals_.lost_by_cause[culprit_] += length;
    if (tell_.on_span) tell_.on_span({phase_start_, timers_.now(), name_of(phase_)});
    phase_start_ = timers_.now();
    return length;
  }

  // --- steps ------------------------------------------------------------------------------------
  /// What a step takes from now on.
  void set_pace() {
    if (placement_changed_) placed_ = step_oracle_(pool().placement());
    placement_changed_ = false;
    // On fewer nodes, as if all of them went as fast.
    if (std::exchange(recipe_changed_, false))
      undisturbed_ = placed_ *
                     static_cast<double>(std::max<std::int64_t>(1, pool().n_positions())) /
                     static_cast<double>(std::max<std::int64_t>(1, in_.nodes.used));
    const bool whole = pool().n_positions() == in_.nodes.used;
    StepCost cost;
    cost.useful = undisturbed_;
    (whole ? cost.stragglers : cost.resized) = placed_ - undisturbed_;
    cost.stragglers += (faults_.slows() - 1) * placed_;
    if (power_)
      cost.capped =
          in_.power->clocked_share * (1 / power_->allowed().speed - 1) * faults_.slows() * placed_;
    if (cadence_.saves_every_step()) cost.checkpoint = in_.tiers.front().write;
    cost.nodes = keeper_.n_running();
    progress_.set_cost(cost);
  }

  void begin_steps() {
    if (stands_still_for_power()) return;
    set_pace();
    if (stop_is_planned() && !anything_to_save()) return begin_planned_stop();
    n_steps_ahead_ = std::min(steps_until_write(), steps_wanted_ - position());
    if (stop_is_planned()) n_steps_ahead_ = std::min<std::int64_t>(n_steps_ahead_, 1);
    if (n_steps_ahead_ <= 0) return begin_write();
    if (const auto climb = power_ ? power_->climb() : Seconds(); climb > Seconds())
      return begin(Phase::Climb, climb, &RunActor::end_pause);
    begin(Phase::Step, progress_.length(n_steps_ahead_), &RunActor::end_steps);
  }

  void end_steps() {
    leave(n_steps_ahead_);
    if (stop_is_planned() || steps_until_write() <= 0 || position() >= steps_wanted_)
      return begin_write();
    go_on();
  }

  /// Ends the steps with the one under way; the phase keeps its start, so nothing drifts.
  void cut_short() {
    if (phase_ != Phase::Step) return;
    n_steps_ahead_ = std::min(n_steps_ahead_, progress_.steps_of_stretch(timers_.now()) + 1);
    set_phase_timer(phase_start_ + progress_.length(n_steps_ahead_), &RunActor::end_steps);
  }

  /// Goes on at another pace, amid a step too.
  void change_pace() {
    if (phase_ != Phase::Step) return;
    leave();
    begin_steps();
  }

  /// Takes down the steps of the phase that ends now: `ended` of them, or what the time tells.
  void accrue(std::optional<std::int64_t> ended) {
    const auto n = progress_.end(timers_.now(), ended);
    if (cadence_.saves_every_step() && n > 0) {
      totals_.checkpoints += n;
      drains_.start(0, position(), timers_.now());
    }
    settle();
  }

  /// Steps done, those of the phase under way not counted.
  std::int64_t position() const { return progress_.position(); }

  // --- checkpoints ------------------------------------------------------------------------------
  bool anything_to_save() const {
    if (cadence_.saves_every_step()) return progress_.amid_step();
    return position() != cadence_.last_saved() || progress_.amid_step();
  }
  std::int64_t steps_until_write() const { return cadence_.steps_until_write(position()); }

  void begin_write() {
    due_ = cadence_.begin_write(position(), stop_is_planned() || position() >= steps_wanted_);
    write_when_drained();
  }

  /// What drains into a tier goes first: a store is as fast as it is.
  void write_when_drained() {
    waits_for_drain_ =
        std::ranges::any_of(due_, [this](std::size_t tier) { return drains_.is_draining(tier); });
    if (waits_for_drain_) return begin(Phase::Checkpoint, never, nullptr);
    write_began_ = timers_.now();
    write_length_ = Seconds();
    Seconds before_store;
    for (const auto tier : due_) {
      before_store = write_length_;
      write_length_ += in_.tiers[tier].write;
    }
    if (!stores_by_traffic())
      return begin(Phase::Checkpoint, write_length_, &RunActor::end_checkpoint);
    begin(Phase::Checkpoint, before_store, &RunActor::send_to_store);
  }

  bool stores_by_traffic() const {
    return in_.checkpoint_traffic && !due_.empty() && due_.back() + 1 == in_.tiers.size() &&
           !(in_.tiers.back().drain > Seconds());
  }

  /// The write goes on as traffic, within the same phase.
  void send_to_store() {
    cancel_write_ = in_.checkpoint_traffic([this] {
      ++totals_.events;
      cancel_write_ = nullptr;
      end_checkpoint();
    });
  }

  void end_checkpoint() {
    const Seconds length = std::exchange(written_, Seconds()) + leave();
    for (const auto tier : due_) drains_.start(tier, position(), write_began_);
    cadence_.saved(position());
    settle();
    ++totals_.checkpoints;
    event(EventKind::Checkpoint, -1, -1, length);
    if (position() >= steps_wanted_ || !asked_to_go_on()) return end();
    go_on();
  }

  void drained() {
    settle();
    if (phase_ != Phase::Checkpoint || !waits_for_drain_) return;
    leave();
    write_when_drained();
  }

  /// Steps that nothing can take back are booked.
  void settle() {
    progress_.settle(can_corrupt_ ? 0 : drains_.shelf().safe_position(), totals_.ledger);
  }

  // --- between steps ----------------------------------------------------------------------------
  void go_on() {
    if (!grow()) begin_steps();
  }

  /// The largest allowed number of nodes that is at most `n`; 0: none.
  std::int64_t size_for(std::int64_t n) const {
    const auto fit = std::ranges::find_if(in_.sizes, [n](std::int64_t size) { return size <= n; });
    return fit == in_.sizes.end() ? 0 : *fit;
  }

  /// Takes up replicas again for which there are nodes. Returns whether the run stands still for
  /// it.
  bool grow() {
    if (!in_.elastic.grow || in_.sizes.empty() || pool().n_positions() >= in_.sizes.front())
      return false;
    const auto size = size_for(std::min(pool().n_positions() + pool().n_free(), powered_nodes()));
    if (size <= pool().n_positions()) return false;
    resize(size);
    pool().fill_warm();
    keeper_.fill();
    const Seconds time = in_.elastic.reconfigure.draw(replacements_);
    if (!(time > Seconds())) return false;
    down_since_ = timers_.now();
    begin(Phase::Replacement, time, &RunActor::resume);
    return true;
  }

  void resize(std::int64_t size) {
    pool().resize(size);
    placement_changed_ = true;
    event(EventKind::Resized, -1, size);
  }

  bool stop_is_planned() const {
    return n_maintenance_ > 0 || !to_drain_.empty() || !to_repair_.empty() || new_recipe_ ||
           pause_is_near();
  }

  /// All planned by now happens in one stop; announced maintenance takes one each.
  void begin_planned_stop() {
    down_since_ = timers_.now();
    if (n_maintenance_ == 0 && to_drain_.empty() && to_repair_.empty() && !new_recipe_)
      return begin(Phase::Curtailed, never, nullptr);
    read_ = Seconds();
    for (const auto& [node, time] : std::exchange(to_drain_, {}))
      if (pool().state(node) == NodeState::Run) keeper_.set_aside(node, NodeState::Drained, time);
    for (const auto& [node, cause] : std::exchange(to_repair_, {}))
      if (pool().state(node) == NodeState::Run) keeper_.send_to_repair({node}, repair_of(cause));
    if (new_recipe_) {
      recipes_.push_back({*new_recipe_ + 1, position()});
      step_oracle_ = in_.decisions[*std::exchange(new_recipe_, std::nullopt)].step;
      placement_changed_ = recipe_changed_ = true;
      read_ = drains_.shelf().best(Scope::Job, timers_.now()).read;
    }
    if (n_maintenance_ == 0) return begin_replacement();
    --n_maintenance_;
    begin(Phase::Maintenance, in_.recovery.maintenance.draw(maintenances_),
          &RunActor::end_maintenance);
  }

  void end_maintenance() {
    leave();
    if (pool().n_vacant() > 0) return begin_replacement();
    resume_now();
  }

  // --- power ------------------------------------------------------------------------------------
  bool pause_is_near() const { return power_ && power_->pause_is_near(); }
  /// Nodes that there is power for.
  std::int64_t powered_nodes() const {
    return power_ ? power_->allowed().nodes : std::numeric_limits<std::int64_t>::max();
  }
  /// A step to its end, and a checkpoint in every tier.
  Seconds time_to_save() const {
    Seconds time = progress_.cost().total();
    for (const auto& tier : in_.tiers) time += tier.write;
    return time;
  }

  /// Where steps have no power now: pauses, or gives replicas up. Memory keeps the state either
  /// way, so no work is lost. Returns whether the run stands still for it.
  bool stands_still_for_power() {
    if (powered_nodes() >= std::max<std::int64_t>(1, pool().n_positions())) return false;
    const auto size = size_for(powered_nodes());
    down_since_ = timers_.now();
    if (size == 0) {
      begin(Phase::Curtailed, never, nullptr);
      return true;
    }
    resize(size);
    const Seconds time = in_.elastic.reconfigure.draw(replacements_);
    if (!(time > Seconds())) return false;
    begin(Phase::Replacement, time, &RunActor::resume);
    return true;
  }

  void power_changed() {
    if (has_ended_) return;
    event(EventKind::Power);
    if (phase_ == Phase::Step) return pause_is_near() ? cut_short() : change_pace();
    if (phase_ == Phase::Climb || (phase_ == Phase::Curtailed && powered_nodes() > 0)) end_pause();
  }

  void end_pause() {
    const Phase ended = phase_;
    leave();
    if (ended == Phase::Curtailed) event(EventKind::Restart, -1, -1, timers_.now() - down_since_);
    begin_steps();
  }

  // --- recovery ---------------------------------------------------------------------------------
  void begin_detection() {
    const auto& own = in_.failures.causes[culprit_].detect;
    begin(Phase::Detection, (own ? *own : in_.recovery.detect).draw(detections_),
          &RunActor::end_detection);
  }

  void end_detection() {
    leave();
    begin_replacement();
  }

  void begin_replacement() {
    if (pool().n_vacant() == 0) return begin_restart();
    Seconds time;
    if (pool().fill_warm() > 0) time += in_.spares.swap.draw(replacements_);
    if (pool().n_vacant() > 0) time += in_.spares.selection.draw(replacements_);
    if (time > Seconds()) return begin(Phase::Replacement, time, &RunActor::end_replacement);
    select_nodes();
  }

  void end_replacement() {
    leave();
    select_nodes();
  }

  /// Fills what is vacant from the working pool, then from the cold one, node by node; else goes on
  /// with fewer, or waits.
  void select_nodes() {
    if (pool().n_vacant() == 0 && !fetching_) return begin_restart();
    pool().fill_warm();  // one may have come back meanwhile
    keeper_.fill();
    fetching_ = false;
    if (pool().n(NodeState::Cold) > 0 && (pool().n_vacant() > 0 || pool().lacks_warm())) {
      fetching_ = true;
      return begin(Phase::Waiting, in_.spares.fetch.draw(replacements_), &RunActor::fetched);
    }
    if (pool().n_vacant() == 0) return begin_restart();
    const auto size = in_.elastic.shrink ? size_for(pool().n(NodeState::Run)) : 0;
    if (size > 0) {
      resize(size);
      begin(Phase::Replacement, in_.elastic.reconfigure.draw(replacements_),
            &RunActor::end_reconfiguration);
      return;
    }
    event(EventKind::Waiting);
    begin(Phase::Waiting, never, nullptr);
  }

  void fetched() {
    leave();
    pool().fetch();
    select_nodes();
  }

  void end_reconfiguration() {
    leave();
    begin_restart();
  }

  void begin_restart() {
    begin(Phase::Restart, in_.recovery.restart.draw(restarts_) + read_, &RunActor::resume);
  }

  void resume() {
    leave();
    resume_now();
  }
  void resume_now() {
    culprit_ = no_cause;
    event(EventKind::Restart, -1, -1, timers_.now() - down_since_);
    // Where every step is saved it may grow at any.
    if (!cadence_.saves_every_step() || !grow()) begin_steps();
  }

  /// Nodes are free again, or new.
  void node_freed() {
    if (phase_ == Phase::Waiting && !fetching_) {
      leave();
      select_nodes();
    } else if (cadence_.saves_every_step() && !in_.sizes.empty() &&
               pool().n_positions() < in_.sizes.front()) {
      cut_short();  // it may grow at any step
    }
  }

  // --- what strikes -----------------------------------------------------------------------------
  /// Rates follow the nodes of the run; the timer of the next strike follows the rates.
  void renew_rates() {
    if (!clocks_) return;
    const Seconds computed = progress_.computed(timers_.now());
    if (pool().n_positions() > 0)
      clocks_->set_nodes(
          static_cast<double>(pool().n_positions()) / static_cast<double>(in_.nodes.used),
          keeper_.n_lemons_running(), timers_.now(), computed);
    const Seconds wall = clocks_->next(FailureClock::Wall);
    const Seconds computing =
        phase_ == Phase::Step ? timers_.now() + (clocks_->next(FailureClock::Compute) - computed)
                              : never;
    const Seconds next = std::min(wall, computing);
    if (strike_timer_ != Timers::none && next == next_strike_) return;
    timers_.cancel(strike_timer_);
    next_strike_ = next;
    const auto axis = wall <= computing ? FailureClock::Wall : FailureClock::Compute;
    strike_timer_ = timers_.at(next, [this, axis] {
      strike_timer_ = Timers::none;
      strike(clocks_->take(axis));
      if (strike_timer_ == Timers::none) renew_rates();
    });
  }

  const RepairConfig& repair_of(std::size_t cause) const {
    const auto& own = in_.failures.causes[cause].repair;
    return own ? *own : in_.repair;
  }

  void strike(const Strike& strike, std::int64_t node = -1) {
    const auto& cause = in_.failures.causes[strike.cause];
    if (node < 0) node = node_of(strike, cause);
    if (strike.at_lemon) ++totals_.interruptions_by_lemons;
    if (node >= 0 && pool().state(node) != NodeState::Run) return strike_spare(strike.cause, node);
    if (cause.planned)
      plan_maintenance(strike.cause);
    else if (cause.degrades && in_.fabric.set_alive)
      degrade(strike.cause);
    else if (cause.slows > 1 || cause.corrupts)
      begin_fault(strike.cause, node);
    else
      fail({strike.cause, keeper_.struck_with(node, cause.strikes), scope_of(cause.strikes)});
    ask();
  }

  /// A record may name a node that is not in the run, which goes on.
  void strike_spare(std::size_t cause, std::int64_t node) {
    ++totals_.faults_by_cause[cause];
    event(EventKind::Fault, static_cast<std::int64_t>(cause), node);
    keeper_.send_to_repair(keeper_.struck_with(node, Strikes::Node), repair_of(cause));
  }

  /// The node that a strike hits, for a rack, pod or site one of its nodes; -1: none.
  std::int64_t node_of(const Strike& strike, const FailureCause& cause) {
    if (cause.strikes == Strikes::Job || cause.strikes == Strikes::Link ||
        cause.strikes == Strikes::Switch)
      return -1;
    if (strike.at_lemon) return keeper_.draw_lemon();
    if (strike.unit < 0 || pool().n_positions() == 0) return keeper_.draw_node();
    // A unit of its own has its place among the nodes of the run.
    const auto per_unit = static_cast<double>(pool().n_positions()) / in_.units[cause.strikes];
    const auto position = static_cast<std::int64_t>(static_cast<double>(strike.unit) * per_unit);
    return pool().find_node(std::min(position, pool().n_positions() - 1)).value_or(-1);
  }

  void plan_maintenance(std::size_t cause) {
    ++totals_.interruptions_by_cause[cause];
    event(EventKind::Interruption, static_cast<std::int64_t>(cause));
    ++n_maintenance_;
    cut_short();
  }

  /// Where the run would go on.
  HeldCheckpoint restart_point(Scope scope, Seconds sound_until) const {
    auto best = drains_.shelf().best(scope, std::min(sound_until, timers_.now()));
    const auto& nearest = in_.tiers.front();
    if (cadence_.saves_every_step() && !(nearest.drain > Seconds()) && nearest.survives >= scope &&
        sound_until > timers_.now() && progress_.position(timers_.now()) > best.position)
      best = {progress_.position(timers_.now()), timers_.now(), nearest.read};
    return best;
  }

  void fail(Blow blow) {
    ++totals_.interruptions_by_cause[blow.cause];
    ++n_unexpected_;
    const Phase struck = phase_ == Phase::Recorded ? suspended_ : phase_;
    const auto from = restart_point(blow.scope, blow.sound_until);
    event(EventKind::Interruption, static_cast<std::int64_t>(blow.cause),
          blow.nodes.empty() ? -1 : blow.nodes.front(), {},
          progress_.time_since(from.position, timers_.now()));
    const Seconds length = leave();
    culprit_ = blow.cause;
    if (phase_ == Phase::Checkpoint) written_ += length;
    const bool drain_lost = drains_.lose_drains();
    if (struck == Phase::Checkpoint || drain_lost)
      event(EventKind::CheckpointLost, -1, -1, std::exchange(written_, Seconds()));
    if (is_up(struck) && phase_ != Phase::Recorded) down_since_ = timers_.now();
    lose(blow.scope, from);
    take_out(std::move(blow));
    if (in_.checkpoint_policy == IntervalPolicy::Adaptive) adapt_interval();
    begin_detection();
  }

  /// Work done since is lost.
  void lose(Scope scope, const HeldCheckpoint& from) {
    totals_.lost_by_cause[culprit_] += progress_.time_since(from.position, timers_.now());
    totals_.redone_steps += position() - from.position;
    count_by_recipe(from.position, totals_.redone_by_recipe);
    // What comes again comes with the recipe of now.
    for (auto& recipe : recipes_) recipe.since = std::min(recipe.since, from.position);
    progress_.roll_back(from.position, totals_.ledger);
    read_ = from.read;
    cadence_.saved(from.position);
    drains_.shelf().lose(scope, from.position);
    faults_.forget_corruption(from.taken);
  }

  /// Adds the steps after `begin` to the counts of the recipes that they were done with.
  void count_by_recipe(std::int64_t begin, std::vector<std::int64_t>& counts) const {
    for (std::size_t i = 0; i < recipes_.size(); ++i) {
      const auto end = i + 1 < recipes_.size() ? recipes_[i + 1].since : position();
      counts[recipes_[i].index] +=
          std::max<std::int64_t>(0, end - std::max(begin, recipes_[i].since));
    }
  }

  void take_out(Blow blow) {
    if (blow.cut_off) {
      keeper_.cut_off(blow.nodes);
    } else if (!blow.nodes.empty() && blow.nodes.size() == 1 && !diagnosed(blow)) {
      return;
    } else {
      keeper_.send_to_repair(std::move(blow.nodes), repair_of(blow.cause));
    }
    placement_changed_ = true;
  }

  /// Whether the node that failed is found; else another is taken out, or none. Others go with it,
  /// to be sure.
  bool diagnosed(Blow& blow) {
    const auto& how = in_.diagnosis;
    auto& node = blow.nodes.front();
    if (how.missed + how.wrong > 0) {
      const double u = diagnoses_.uniform();
      if (u < how.missed) return false;
      if (u < how.missed + how.wrong) {
        const auto other = keeper_.draw_node();
        if (other < 0 || other == node) return false;
        keeper_.set_aside(other, NodeState::Repair, how.clears.draw(diagnoses_));
        placement_changed_ = true;
        return false;
      }
    }
    const auto position = pool().position_of(node);
    for (std::int64_t i = 1; i <= how.evicts && position >= 0; ++i) {
      const auto neighbour = pool().find_node((position + i) % pool().n_positions());
      if (neighbour && *neighbour != node)
        keeper_.set_aside(*neighbour, NodeState::Repair, how.clears.draw(diagnoses_));
    }
    return true;
  }

  /// Daly's interval for what the run has met, one interruption as the rates expect it among them.
  void adapt_interval() {
    const bool expects = std::isfinite(in_.expected_mtbi.value());
    const Seconds met = timers_.now() + (expects ? in_.expected_mtbi : Seconds());
    CheckpointConfig config;
    config.policy = IntervalPolicy::Adaptive;
    cadence_.set_steps(checkpoint_steps(
        config, in_.tiers.front().write,
        met / static_cast<double>(n_unexpected_ + (expects ? 1 : 0)), undisturbed_));
  }

  // --- faults that do not stop the run ----------------------------------------------------------
  void begin_fault(std::size_t cause, std::int64_t node) {
    ++totals_.faults_by_cause[cause];
    event(EventKind::Fault, static_cast<std::int64_t>(cause), node);
    faults_.add(cause, node, [this](std::int64_t id) { notice(id); });
    change_pace();
  }

  void notice(std::int64_t id) {
    const auto fault = faults_.find(id);
    if (!fault) return;
    const auto& cause = in_.failures.causes[fault->cause];
    const bool has_node = fault->node >= 0 && pool().state(fault->node) == NodeState::Run;
    if (cause.corrupts) {
      faults_.forget(id);
      Blow blow{fault->cause, {}, scope_of(cause.strikes), fault->since};
      if (has_node) blow.nodes = {fault->node};
      fail(std::move(blow));
    } else if (has_node) {
      // Out at the next boundary of steps, after a checkpoint; it is slow until then.
      ++totals_.interruptions_by_cause[fault->cause];
      event(EventKind::Interruption, static_cast<std::int64_t>(fault->cause), fault->node);
      to_repair_.emplace_back(fault->node, fault->cause);
      cut_short();
    } else {
      faults_.forget(id);
      event(EventKind::Mended, static_cast<std::int64_t>(fault->cause));
      change_pace();
    }
    ask();
  }

  void left_run(std::int64_t node) {
    placement_changed_ = true;
    faults_.forget_node(node);
  }

  /// A switch or cable fails; the run goes on, on what is left, until it is repaired.
  void degrade(std::size_t cause) {
    auto fault = fabric_faults_.strike(
        cause, repair_of(cause), [this, cause](std::int64_t index, const auto& still_cut_off) {
          part_mended(cause, index, still_cut_off);
        });
    if (!fault) return;  // it is down already
    ++totals_.faults_by_cause[cause];
    event(EventKind::Fault, static_cast<std::int64_t>(cause), fault->index);
    auto& cut = fault->cut_off;
    const auto runs = [this](std::int64_t node) { return pool().state(node) == NodeState::Run; };
    placement_changed_ = true;
    if (std::ranges::any_of(cut, runs)) {
      std::stable_partition(cut.begin(), cut.end(), runs);  // the event names one of the run
      return fail({cause, std::move(cut), Scope::Rack, never, true});
    }
    keeper_.cut_off(cut);
    change_pace();
  }

  void part_mended(std::size_t cause, std::int64_t index, const std::vector<std::int64_t>& still) {
    event(EventKind::Mended, static_cast<std::int64_t>(cause), index);
    placement_changed_ = true;
    change_pace();
    keeper_.rejoin(still);
  }

  // --- what is planned --------------------------------------------------------------------------
  void begin_train(std::int64_t first) {
    const auto end = std::min(first + in_.maintenance.group, pool().n_nodes());
    const Seconds time = in_.maintenance.out.draw(maintenances_);
    for (auto node = first; node < end; ++node) {
      const auto state = pool().state(node);
      if (state == NodeState::Run)
        to_drain_.emplace_back(node, time);
      else if (state == NodeState::Idle || state == NodeState::Warm || state == NodeState::Cold)
        keeper_.set_aside(node, NodeState::Drained, time);
    }
    if (!to_drain_.empty()) cut_short();
    timers_.at(timers_.now() + in_.maintenance.every,
               [this, next = end < pool().n_nodes() ? end : 0] { begin_train(next); });
  }

  void arrive(const Arrival& arrival) {
    keeper_.account();
    for (std::int64_t i = 0; i < arrival.nodes; ++i) keeper_.arrive();
    event(EventKind::Arrived, -1, arrival.nodes);
    node_freed();
  }

  void decide(std::size_t index) {
    const auto& decision = in_.decisions[index];
    event(EventKind::Decision);
    switch (decision.kind) {
      case Decision::Kind::Stop:
        return end();
      case Decision::Kind::Extend:
        if (decision.steps) steps_wanted_ += *decision.steps;
        if (decision.duration) {
          timers_.cancel(end_timer_);
          duration_ += *decision.duration;
          end_timer_ = timers_.at(duration_, [this] { end(); });
        }
        return change_pace();
      case Decision::Kind::Restart:
        new_recipe_ = index;
        return cut_short();
    }
  }

  void replay(const RecordedStop& stop) {
    if (!stop.lost) return strike({stop.cause, false, -1}, stop.node);
    ++totals_.interruptions_by_cause[stop.cause];
    event(EventKind::Interruption, static_cast<std::int64_t>(stop.cause), stop.node);
    // The run stands still and goes on where it stood; a stop during a stop begins it anew.
    if (phase_ == Phase::Recorded) {
      leave();
    } else {
      suspended_ = phase_;
      const Seconds done = leave();
      if (suspended_ == Phase::Checkpoint) written_ += done;
      if (is_up(suspended_)) down_since_ = timers_.now();
    }
    culprit_ = stop.cause;
    begin(Phase::Recorded, *stop.lost, &RunActor::end_recorded);
    ask();
  }

  void end_recorded() {
    leave();
    switch (suspended_) {
      case Phase::Checkpoint:
        if (waits_for_drain_) return write_when_drained();
        return begin(Phase::Checkpoint, write_length_ - written_, &RunActor::end_checkpoint);
      case Phase::Detection:
      case Phase::Replacement:
      case Phase::Waiting:
      case Phase::Restart:
        fetching_ = false;
        return begin_detection();
      case Phase::Maintenance:
        ++n_maintenance_;
        return pool().n_vacant() > 0 ? begin_replacement() : begin_steps();
      case Phase::Step:
      case Phase::Curtailed:
      case Phase::Climb:
      case Phase::Recorded:
        return resume_now();
    }
  }

  // --- telling ----------------------------------------------------------------------------------
  void event(EventKind kind, std::int64_t cause = -1, std::int64_t node = -1, Seconds length = {},
             Seconds lost = {}) {
    if (tell_.on_event)
      tell_.on_event(
          {timers_.now(), kind, cause, node, progress_.position(timers_.now()), length, lost});
  }
  void told(EventKind kind, std::int64_t node) {
    if (kind == EventKind::Barred) ++totals_.nodes_barred;
    event(kind, -1, node);
  }

  void sample() {
    tell_sample();
    ask();
    timers_.at(static_cast<double>(++n_samples_) * in_.timeline_every, [this] { sample(); });
  }

  void tell_sample() {
    tell_.on_sample({timers_.now(), name_of(phase_), progress_.position(timers_.now()),
                     totals_.redone_steps, pool().n_free(), pool().n(NodeState::Repair),
                     power_ ? power_->energy() : Joules()});
  }

  /// Whether the observer wants to hear more.
  bool asked_to_go_on() {
    if (!tell_.go_on || tell_.go_on(timers_.now(), progress_.position(timers_.now()))) return true;
    totals_.interrupted = true;
    return false;
  }
  void ask() {
    if (!asked_to_go_on()) end();
  }

  void end() {
    if (has_ended_) return;
    has_ended_ = true;
    if (tell_.on_sample && in_.timeline_every > seconds(0)) tell_sample();
    leave();
    progress_.finish(totals_.ledger);
    keeper_.account();
    if (power_) {
      totals_.energy = power_->energy();
      totals_.sites = power_->totals();
      totals_.peak_power = power_->peak();
    }
    totals_.steps = position();
    count_by_recipe(0, totals_.steps_by_recipe);
    totals_.simulated = timers_.now();
    totals_.events += drains_.n_arrived();
    phase_ = Phase::Waiting;  // nothing is under way any more
    event(EventKind::End);
    timers_.stop();
  }

  const RunInputs& in_;
  const RunObserver& tell_;
  RunTotals totals_;
  Timers timers_;
  std::optional<SitePower> power_;  // told by the next of every node that moves
  NodeKeeper keeper_;
  CheckpointDrains drains_;
  StepProgress progress_;
  CheckpointCadence cadence_;
  LingeringFaults faults_;
  FabricFaults fabric_faults_;
  random::Stream detections_, restarts_, maintenances_, replacements_, diagnoses_;
  std::optional<FailureClocks> clocks_;  // of failures at random
  Timers::Id strike_timer_ = Timers::none;
  Seconds next_strike_;

  Phase phase_ = Phase::Step;
  Seconds phase_start_;
  double phase_nodes_ = 0;
  Timers::Id phase_timer_ = Timers::none, end_timer_ = Timers::none;
  Phase suspended_ = Phase::Step;   // what a recorded stop halted
  std::size_t culprit_ = no_cause;  // what the run is down for
  Seconds down_since_;
  bool fetching_ = false;
  bool has_ended_ = false;

  StepOracle step_oracle_;
  Seconds undisturbed_;
  Seconds placed_;  // a step on the present placement
  bool placement_changed_ = false, recipe_changed_ = false;
  std::int64_t n_steps_ahead_ = 0;  // of the phase of steps, from its (virtual) start
  struct Recipe {
    std::size_t index;   ///< in the totals
    std::int64_t since;  ///< steps before it
  };
  std::vector<Recipe> recipes_{{0, 0}};
  std::int64_t steps_wanted_;
  Seconds duration_;

  std::vector<std::size_t> due_;  // tiers of the write under way
  bool waits_for_drain_ = false;
  Seconds write_began_, write_length_;
  Seconds written_;                     // of a write, before recorded stops halted it
  std::function<void()> cancel_write_;  // takes the traffic of the write under way away
  Seconds read_;                        // on the next restart
  bool can_corrupt_ = false;

  std::int64_t n_maintenance_ = 0;                               // planned stops not yet begun
  std::vector<std::pair<std::int64_t, Seconds>> to_drain_;       // nodes, at the next stop
  std::vector<std::pair<std::int64_t, std::size_t>> to_repair_;  // nodes and causes, the same
  std::optional<std::size_t> new_recipe_;                        // a decision, the same
  std::int64_t n_unexpected_ = 0;
  std::int64_t n_samples_ = 0;
};

}  // namespace

RunTotals simulate_run(const RunInputs& inputs, const RunObserver& observer) {
  return RunActor(inputs, observer).run();
}

}  // namespace longhaul::engine
