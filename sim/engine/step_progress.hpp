// The steps of a run on the clock: what is done, what the one under way took, what may be lost.
#pragma once

#include <cstdint>
#include <optional>

#include "operations/work_log.hpp"
#include "units/quantity.hpp"

namespace longhaul::engine {

/// Steps go on in stretches, from begin() to end(), each at one cost. A stretch may end amid a
/// step, and the next one goes on with it at another cost.
class StepProgress {
 public:
  /// `nodes`: of the run's plan, as in WorkLog.
  explicit StepProgress(double nodes) : log_(nodes) {}

  /// What a step takes in the stretches that begin from now on.
  void set_cost(const operations::StepCost& cost) { cost_ = cost; }
  const operations::StepCost& cost() const { return cost_; }

  void begin(Seconds now);
  /// Ends the stretch: `whole` steps of it, where it came to its planned end, or what the time
  /// tells. Returns the whole steps that ended in it.
  std::int64_t end(Seconds now, std::optional<std::int64_t> whole);
  /// How long until `steps` more are done, counted from the start of a stretch at this cost.
  Seconds length(std::int64_t steps) const {
    return (static_cast<double>(steps) - into_step_) * cost_.total();
  }

  /// Whole steps done, those of the stretch under way not counted.
  std::int64_t position() const { return log_.position(); }
  std::int64_t position(Seconds now) const { return position() + whole_steps(into_stretch(now)); }
  /// Whole steps of the stretch under way.
  std::int64_t steps_of_stretch(Seconds now) const { return whole_steps(into_stretch(now)); }
  bool amid_step() const { return into_step_ > 0; }
  /// Time spent in steps, lost ones too.
  Seconds computed(Seconds now) const { return computed_ + (runs_ ? now - start_ : Seconds()); }

  /// Time in what was done after `position`, which may lie in the stretch under way.
  Seconds time_since(std::int64_t position, Seconds now) const;
  /// Between stretches: takes what was done after `position` away and books it as redone.
  void roll_back(std::int64_t position, operations::Ledger& ledger);
  /// Books the steps until `position`, which nothing can take back.
  void settle(std::int64_t position, operations::Ledger& ledger) { log_.settle(position, ledger); }
  /// At the end of the run: books all that is left, the part of a step as unfinished.
  void finish(operations::Ledger& ledger);

 private:
  /// Steps from the one under way when the stretch began: 2.5 is half-way through the third.
  double into_stretch(Seconds now) const {
    return runs_ ? into_step_ + (now - start_) / cost_.total() : into_step_;
  }
  static std::int64_t whole_steps(double done);

  operations::WorkLog log_;
  operations::StepCost cost_;
  bool runs_ = false;
  Seconds start_;                 // of the stretch
  double into_step_ = 0;          // the part of a step done before it
  operations::StepCost partial_;  // that it took
  Seconds computed_;              // before it
};

}  // namespace longhaul::engine
