// Where a run's time went. Every second of it is booked once.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "units/quantity.hpp"

namespace longhaul::operations {

/// What a second was spent on.
enum class Spending {
  Useful,       ///< steps that were kept, at the undisturbed step time
  Redone,       ///< steps and parts of steps lost with a failure
  Detection,    ///< from a failure until it is noticed
  Restart,      ///< from there to the next step: new nodes, start-up, reading the checkpoint
  Checkpoint,   ///< blocking writes, finished or cut short
  Maintenance,  ///< planned stops
  Waiting,      ///< for a spare node
  Stragglers,   ///< what kept steps took beyond the undisturbed step (negative: less)
  Recorded,     ///< losses stated by a replayed record
  Unfinished,   ///< the part of a step under way when the simulation ended
};
inline constexpr std::size_t n_spendings = 10;

/// The snake_case key of the summary: "useful", "redone", ...
std::string_view key_of(Spending spending);

class Ledger {
 public:
  void spend(Spending on, Seconds time) { spent_[static_cast<std::size_t>(on)] += time; }
  Seconds spent(Spending on) const { return spent_[static_cast<std::size_t>(on)]; }
  /// The sum over everything: the time simulated.
  Seconds total() const;

 private:
  std::array<Seconds, n_spendings> spent_{};
};

}  // namespace longhaul::operations
