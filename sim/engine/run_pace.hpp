// What a step of a run takes, and with which recipe its steps were done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/run_state.hpp"

namespace longhaul::engine {

/// Asks for the step time whenever the placement has changed.
class RunPace {
 public:
  /// Asks for the first. Throws std::invalid_argument where it is not positive.
  explicit RunPace(RunState& state);

  /// Sets what a step takes from now on.
  void renew();

  /// Steps from now on are those of a decision.
  void take_recipe(std::size_t decision);
  /// What was done after `position` comes again, with the recipe of now.
  void roll_back(std::int64_t position);
  /// Adds the steps after `begin` to the counts of the recipes that they were done with.
  void count(std::int64_t begin, std::vector<std::int64_t>& counts) const;

 private:
  void place();

  struct Recipe {
    std::size_t index;   ///< in the totals
    std::int64_t since;  ///< steps before it
  };

  RunState& s_;
  operations::StepOracle oracle_;
  Seconds undisturbed_;
  Seconds placed_;  // a step on the present placement
  bool recipe_changed_ = false;
  std::vector<Recipe> recipes_{{0, 0}};
};

}  // namespace longhaul::engine
