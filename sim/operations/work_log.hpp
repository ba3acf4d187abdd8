// Steps that were done and may yet be lost, and what they took.
#pragma once

#include <cstdint>
#include <deque>

#include "operations/ledger.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// What one step takes, by what it is spent on.
struct StepCost {
  Seconds useful;      ///< the undisturbed step on all nodes of the plan, or on more
  Seconds resized;     ///< more as there are fewer of them
  Seconds stragglers;  ///< more as nodes or the network between them are slow
  Seconds capped;      ///< more as chips are slowed for want of power
  Seconds checkpoint;  ///< its own saving, where every step is saved
  double nodes = 1;    ///< it runs on

  Seconds total() const { return useful + resized + stragglers + capped + checkpoint; }
  friend bool operator==(const StepCost&, const StepCost&) = default;
};

/// Steps in the order in which they count, each with its cost, from the last one that is safe.
/// Memory grows with changes of the cost since then, not with steps.
class WorkLog {
 public:
  /// `nodes`: of the run's plan, by which the useful part of a step counts in node time, unless it
  /// ran on more.
  explicit WorkLog(double nodes) : nodes_(nodes) {}

  /// Whole steps done.
  std::int64_t position() const { return end_; }
  void advance(std::int64_t steps, const StepCost& cost);

  /// Time in the steps after `position`.
  Seconds time_since(std::int64_t position) const;
  /// Takes the steps after `position` away and books them as redone. Throws std::invalid_argument
  /// when it is ahead, or in steps that are safe.
  void roll_back(std::int64_t position, Ledger& ledger);
  /// The steps until `position` cannot be lost any more: books them.
  void settle(std::int64_t position, Ledger& ledger);

 private:
  struct Stretch {
    std::int64_t steps;
    StepCost cost;
  };
  std::deque<Stretch> stretches_;
  double nodes_;
  std::int64_t begin_ = 0, end_ = 0;
};

}  // namespace longhaul::operations
