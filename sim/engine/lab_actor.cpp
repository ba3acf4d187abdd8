#include "engine/lab_actor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "engine/settings.hpp"
#include "engine/timers.hpp"
#include "lab/accounts.hpp"
#include "lab/allocation.hpp"
#include "lab/strategy.hpp"
#include "lab/under_way.hpp"
#include "random/stream.hpp"
#include "world/availability.hpp"

namespace longhaul::engine {

namespace {

using lab::Bound;
using lab::Choice;
using lab::Ending;
using lab::LabConfig;
using lab::UnderWay;
using world::Cluster;

const Seconds never = seconds(std::numeric_limits<double>::infinity());

struct Lab {
  LabConfig config;
  std::unique_ptr<lab::Strategy> strategy;
  std::optional<UnderWay> run;
  Timers::Id end_timer = Timers::none, wake_timer = Timers::none;
  Seconds last_start = -never;
  std::int64_t n_started = 0;
  Seconds length;  // of its last run, or of its usual ones: what chips sustain depends on it
  Seconds first_release = never;
  Flop best;           // effective
  Flop best_physical;  // of a released model
  lab::LabTotals totals;
};

class Years {
 public:
  Years(const lab::YearsInputs& inputs, const lab::YearsObserver& observer)
      : in_(inputs),
        observer_(observer),
        algorithms_(inputs.world.algorithms, inputs.seed),
        available_(inputs.world, inputs.start, inputs.seed) {
    for (const auto& config : in_.labs) {
      labs_.emplace_back();
      labs_.back().config = config;
      labs_.back().length = config.length.value_or(days(90));
      labs_.back().strategy = lab::make_strategy(config);
    }
  }

  lab::YearsTotals run() {
    for (const auto& arrival : available_.arrivals())
      if (arrival.time > Seconds() && arrival.time < in_.duration)
        at(arrival.time, [this, &arrival] {
          if (arrival.phase->replaces) move_runs();
          all_changed();
        });
    watch_supplies();
    watch_jumps();
    if (in_.timeline_every > Seconds()) sample();
    at(Seconds(), [this] { all_changed(); });
    at(in_.duration, [this] { end(); });
    totals_.events = timers_.run();
    totals_.simulated = now_;
    totals_.log_worth = algorithms_.log_worth();
    for (auto& one : labs_) totals_.labs.push_back(one.totals);
    return totals_;
  }

 private:
  // ---- the world at a date ----

  /// The largest that the lab could have, with trend and budget of `time` and all that arrived.
  Cluster cluster_at(const Lab& one, Seconds time, Seconds arrived) const {
    return available_.cluster(one.config.share, time, arrived, utilisation_of(one));
  }
  Cluster cluster_now(const Lab& one) const { return cluster_at(one, now_, now_); }

  world::Utilisation utilisation_of(const Lab& one) const {
    if (!in_.utilisation) return {};
    return [this, &one](std::int64_t phase, double chips) {
      return in_.utilisation(one.config, phase, chips, one.length);
    };
  }

  FlopPerSecond spent_on_experiments() const {
    FlopPerSecond sum;
    for (const auto& one : labs_) sum += one.config.experiments * cluster_now(one).sustained;
    return sum;
  }

  double served(const Lab& one, Seconds time) const {
    if (time < one.first_release) return 0;
    const double years = (time - one.first_release).value() / seconds_per_year;
    return std::min(1 - one.config.experiments,
                    one.config.serving * std::pow(one.config.serving_growth, years));
  }
  double for_training(const Lab& one) const {
    return std::max(0.0, 1 - one.config.experiments - served(one, now_));
  }

  // ---- time ----

  /// Calls back with all brought to `time`. The engine's clock may have rounded it, by which an
  /// event at its own date would seem not to have come yet.
  template <class Callback>
  Timers::Id at(Seconds time, Callback callback) {
    return timers_.at(time, [this, time, callback] {
      advance(std::max(time, now_));
      callback();
    });
  }

  void watch_supplies() {
    available_.advance(now_);
    const Seconds next = available_.next_change();
    if (next >= in_.duration) return;
    at(next, [this] {
      watch_supplies();
      all_changed();
    });
  }

  void watch_jumps() {
    if (algorithms_.next_jump() >= in_.duration) return;
    at(algorithms_.next_jump(), [this] {
      algorithms_.jump();
      ++totals_.jumps;
      for (auto& one : labs_)
        if (one.run) one.run->log_worth_now = adopted(*one.run);
      watch_jumps();
      all_changed();
    });
  }

  double adopted(const UnderWay& run) const {
    return run.log_worth + in_.world.algorithms.adopted * (algorithms_.log_worth() - run.log_worth);
  }

  /// Brings everything that flows to `now`.
  void advance(Seconds now) {
    // Trends, budgets and what serving takes are taken at the middle of stretches this long.
    const Seconds longest = days(10);
    while (now - now_ > longest) advance_a_little(now_ + longest);
    if (now > now_) advance_a_little(now);
  }

  void advance_a_little(Seconds now) {
    const Seconds from = now_;
    const Seconds dt = now - from;
    const Seconds middle = from + dt / 2.0;
    std::vector<Cluster> owned;
    std::vector<double> serving;
    std::vector<UnderWay::Kept> kept;
    for (auto& one : labs_) {
      owned.push_back(cluster_at(one, middle, from));
      serving.push_back(served(one, middle));
      kept.push_back(kept_of(one, owned.back(), serving.back(), middle, from));
    }
    FlopPerSecond experiments;
    for (std::size_t i = 0; i < labs_.size(); ++i)
      experiments += labs_[i].config.experiments * owned[i].sustained;
    algorithms_.advance(now, experiments);
    now_ = now;
    for (std::size_t i = 0; i < labs_.size(); ++i)
      account(labs_[i], owned[i], serving[i], kept[i], from, dt);
  }

  /// What of its run is still there, as trends are at `time`, and all else is at `arrived`; all
  /// without a run.
  UnderWay::Kept kept_of(const Lab& one, const Cluster& has, double serving, Seconds time,
                         Seconds arrived) const {
    if (!one.run) return {};
    return one.run->kept_of(
        has, available_.there(one.config.share, time, arrived, utilisation_of(one)),
        1 - one.config.experiments - serving,
        one.config.share * available_.cap_at(arrived) / available_.pue(arrived));
  }
  UnderWay::Kept kept_now(const Lab& one) const {
    return kept_of(one, cluster_now(one), served(one, now_), now_, now_);
  }

  void account(Lab& one, const Cluster& owned, double serving, const UnderWay::Kept& kept,
               Seconds from, Seconds dt) {
    lab::Stretch stretch;
    stretch.time = dt;
    stretch.owned = owned;
    stretch.cap = one.config.share * available_.cap_at(from);
    stretch.experiments = one.config.experiments;
    stretch.serving = serving;
    const lab::Prices prices{in_.world.money.chip_life, available_.energy_price(),
                             in_.world.idle_fraction};
    if (one.run && one.run->told.start <= from) {
      one.run->go_on(kept, from, adopted(*one.run), available_.pue(from), stretch);
      one.run->told.cost += cost_of_run(stretch, prices);
    }
    if (one.run) one.run->log_worth_now = adopted(*one.run);
    add(one.totals, stretch, prices);
    if (!(one.best > flop(0))) return;
    if (one.best >= best_of_all()) one.totals.leading += dt;
    if (in_.revenue)
      one.totals.revenue +=
          dt.value() / seconds_per_year * in_.revenue(market(one, from + dt / 2.0));
  }

  lab::Market market(const Lab& one, Seconds time) const {
    return {time.value() / seconds_per_year,
            std::max(0.0, (time - one.first_release).value() / seconds_per_year),
            one.best,
            one.totals.best_compute,
            training::loss(in_.scaling, training::compute_optimal(in_.scaling, one.best)),
            rival_best(one)};
  }

  Flop best_of_all() const {
    Flop best;
    for (const auto& one : labs_) best = std::max(best, one.best);
    return best;
  }

  Flop rival_best(const Lab& one) const {
    Flop best;
    for (const auto& other : labs_)
      if (&other != &one) best = std::max(best, other.best);
    return best;
  }

  // ---- what labs do ----

  /// Onto the chips that took the place of theirs.
  void move_runs() {
    for (auto& one : labs_)
      if (one.run)
        one.run->move_to(available_.bought(one.config.share, now_, utilisation_of(one)),
                         available_.pue(now_));
  }

  void all_changed() {
    for (const auto& one : labs_) require_use(one);
    algorithms_.advance(now_, spent_on_experiments());
    // What ends now is over before anybody decides.
    for (auto& one : labs_)
      if (one.run && one.run->planned_end <= now_ && one.run->is_done(kept_now(one)))
        finish(one, Ending::Released);
    for (auto& one : labs_)
      if (one.run && one.run->target > flop(0)) await_end(one);
    for (auto& one : labs_) ask(one);
  }

  /// Throws where no plan fits the memory of chips that a lab has.
  void require_use(const Lab& one) const {
    const auto cluster = cluster_now(one);
    if (cluster.chips > 0 && !(cluster.sustained > flop_per_second(0))) refuse(one, cluster.chips);
  }
  [[noreturn]] static void refuse(const Lab& one, double chips) {
    throw std::invalid_argument(fmt::format(
        "{} has {:.0f} chips that would keep nothing of a run: no plan fits memory, or "
        "failures leave no time to work; look at the phase's platform, [run.plan] and [failures]",
        one.config.name, chips));
  }

  /// Sets the timer of its end; a run of a compute ends when it has that, at the rate of now.
  void await_end(Lab& one) {
    timers_.cancel(std::exchange(one.end_timer, Timers::none));
    auto& run = *one.run;
    if (run.target > flop(0) && run.told.start <= now_)
      run.planned_end = run.end_of_target(kept_now(one), now_);
    // A run that ends with the deadline is done.
    const Seconds end = run.planned_end;
    const Seconds tolerance = seconds(1);
    if (end > in_.duration + tolerance) return;
    one.end_timer = at(std::min(end, in_.duration), [this, &one] {
      one.end_timer = Timers::none;
      if (!one.run->is_done(kept_now(one))) return await_end(one);
      finish(one, Ending::Released);
      all_changed();
    });
  }

  lab::Outlook look(Lab& one) const {
    lab::Outlook o;
    o.now = now_;
    o.deadline = in_.duration;
    o.log_worth = algorithms_.log_worth();
    o.algorithms = algorithms_.rate();
    o.hardware = available_.growth(one.config.share, now_, utilisation_of(one));
    const double share = for_training(one);
    o.sustained = share * cluster_now(one).sustained;
    for (const auto& arrival : available_.arrivals()) {
      if (arrival.time <= now_) continue;
      o.next_phase = arrival.time;
      o.next_sustained = share * cluster_at(one, arrival.time, arrival.time).sustained;
      break;
    }
    o.new_chips = available_.last_arrival(now_) > one.last_start;
    o.queue = one.config.queue.mean();
    o.best = one.best;
    o.rival_best = rival_best(one);
    if (one.run) {
      auto so_far = one.run->told;
      if (so_far.compute > flop(0)) so_far.worth = one.run->weighted / so_far.compute;
      allocate(so_far, one.config, in_.world, in_.scaling);
      o.running = lab::Running{one.run->told.start, one.run->planned_end, one.run->log_worth,
                               one.run->told.cluster.sustained, so_far.effective};
    }
    return o;
  }

  /// Until the lab waits: who began or changed a run is asked when to look again.
  void ask(Lab& one) {
    timers_.cancel(std::exchange(one.wake_timer, Timers::none));
    while (!ended_) {
      if (now_ > asked_at_) n_asked_ = 0;
      asked_at_ = now_;
      if (++n_asked_ > most_asked)
        throw std::invalid_argument(fmt::format(
            "the strategy of {} changes its mind without end at one moment; look for a compute or "
            "a threshold that is very small",
            one.config.name));
      if (observer_.go_on && !observer_.go_on(now_)) return stop();
      const auto choice = one.strategy->decide(look(one));
      switch (choice.kind) {
        case Choice::Kind::Wait:
          if (choice.until > now_ && choice.until < in_.duration)
            one.wake_timer = at(choice.until, [this, &one] { ask(one); });
          return;
        case Choice::Kind::Start:
          if (one.run) finish(one, Ending::Abandoned);
          start(one, choice);
          break;
        case Choice::Kind::Release:
          finish(one, Ending::Released);
          return all_changed();
        case Choice::Kind::Adopt:
          adopt(*one.run, one);
          break;
      }
    }
  }

  void stop() {
    totals_.interrupted = true;
    ended_ = true;
    timers_.stop();
  }

  void start(Lab& one, const Choice& choice) {
    if (one.n_started >= most_runs)
      throw std::invalid_argument(fmt::format(
          "{} begins more than {} runs; look for a length or a compute that is very small",
          one.config.name, most_runs));
    // The same for every lab, so that labs alike fare alike.
    random::Stream stream(in_.seed, "lab/queue/" + std::to_string(++one.n_started));
    UnderWay run;
    auto& told = run.told;
    told.lab = &one - labs_.data();
    told.decided = now_;
    told.start = now_ + one.config.queue.draw(stream);
    const double share = for_training(one);
    Seconds length = choice.length;
    if (choice.compute > flop(0))  // until it is known what comes to use
      length = choice.compute / (share * cluster_now(one).sustained);
    one.length = std::max(seconds(3600), std::min(length, in_.duration - told.start));
    told.cluster = cluster_now(one);
    run.share = share;
    run.power = share * told.cluster.power / available_.pue(now_);
    run.price = share * told.cluster.price;
    told.cluster.chips *= share;
    told.cluster.peak *= share;
    told.cluster.sustained *= share;
    told.cluster.power *= share;
    told.cluster.price *= share;
    if (in_.goodput)
      told.goodput = in_.goodput(one.config, told.cluster, one.length, one.n_started);
    run.sustained = told.goodput * told.cluster.sustained;
    if (!(run.sustained > flop_per_second(0))) refuse(one, told.cluster.chips);
    const auto rule = tokens_per_parameter(one.config);
    if (choice.compute > flop(0))
      length = std::max(choice.compute / run.sustained,
                        latency_time(in_.world.latency, choice.compute, rule) / told.goodput);
    // One that was to be done by the deadline, but waited longer than expected, is done with it.
    const bool in_time = now_ + one.config.queue.mean() + length <= in_.duration + seconds(1);
    const Seconds left = in_.duration - told.start;
    run.cut_short =
        in_time && choice.compute == flop(0) && left > Seconds() && left < length - seconds(1);
    if (run.cut_short) length = left;
    run.planned_end = told.start + length;
    run.target = choice.compute;
    // Time that failures take is missing from the serial time of its steps too.
    run.wall = latency_bound(in_.world.latency, told.goodput * length, rule) / length;
    run.log_worth = run.log_worth_now = algorithms_.log_worth();
    one.run = std::move(run);
    one.last_start = now_;
    const Seconds start_at = one.run->told.start;
    if (start_at > now_ && start_at < in_.duration) at(start_at, [] {});
    await_end(one);
  }

  void adopt(UnderWay& run, Lab& one) {
    run.log_worth = run.log_worth_now = algorithms_.log_worth();
    run.standing_until = now_ + one.config.adopting;
    if (one.config.adopting > Seconds() && run.standing_until < in_.duration)
      at(run.standing_until, [] {});
  }

  void finish(Lab& one, Ending ending) {
    timers_.cancel(std::exchange(one.end_timer, Timers::none));
    auto run = std::move(*one.run);
    one.run.reset();
    auto& told = run.told;
    told.end = now_;
    told.start = std::min(told.start, now_);  // it may have waited in vain
    told.ending = ending;
    if (told.compute > flop(0)) told.worth = run.weighted / told.compute;
    allocate(told, one.config, in_.world, in_.scaling);
    const bool whole = now_ >= run.planned_end - seconds(1);
    told.bound = ending == Ending::Released && whole && !run.cut_short ? bound_of(told, run.bound())
                                                                       : Bound::Time;
    if (ending == Ending::Released) {
      one.first_release = std::min(one.first_release, now_);
      told.best = told.effective > one.best && told.effective >= rival_best(one);
      one.best_physical = std::max(one.best_physical, told.compute);
      one.best = std::max(one.best, told.effective);
    }
    add(one.totals, told);
    if (observer_.on_run) observer_.on_run(told);
  }

  void sample() {
    for (const auto& one : labs_)
      if (observer_.on_sample)
        observer_.on_sample({now_, &one - labs_.data(), algorithms_.log_worth(), cluster_now(one),
                             one.config.experiments, served(one, now_), one.run.has_value(),
                             one.best, one.best_physical});
    ++n_samples_;
    const Seconds next = static_cast<double>(n_samples_) * in_.timeline_every;
    if (next <= in_.duration) at(next, [this] { sample(); });
  }

  void end() {
    // What was to end now has its timer at this moment too, before or after this one.
    at(in_.duration, [this] {
      ended_ = true;
      for (auto& one : labs_) {
        if (one.run) finish(one, Ending::Cut);
        one.totals.cluster = cluster_now(one);
      }
      timers_.stop();
    });
  }

  static constexpr std::int64_t most_runs = 200'000;
  static constexpr std::int64_t most_asked = 1000;  // at one moment

  const lab::YearsInputs& in_;
  const lab::YearsObserver& observer_;
  Timers timers_;
  Seconds now_;
  world::Algorithms algorithms_;
  world::Availability available_;
  std::vector<Lab> labs_;
  lab::YearsTotals totals_;
  std::int64_t n_asked_ = 0, n_samples_ = 0;
  Seconds asked_at_;
  bool ended_ = false;
};

}  // namespace

lab::YearsTotals simulate_years(const lab::YearsInputs& inputs,
                                const lab::YearsObserver& observer) {
  start_engine(Clock::Months);
  return Years(inputs, observer).run();
}

}  // namespace longhaul::engine
