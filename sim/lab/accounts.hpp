// What becomes of a lab's chips, stretch by stretch: compute, energy and money.
#pragma once

#include "lab/lab.hpp"
#include "units/quantity.hpp"
#include "world/hardware.hpp"

namespace longhaul::lab {

/// A stretch of time over which a lab's chips do the same.
struct Stretch {
  Seconds time;
  world::Cluster owned;  ///< the largest cluster that it could have, at what its runs sustain
  Watts cap;             ///< of its sites; infinite: none
  double experiments = 0, serving = 0;  ///< shares of `owned`
  FlopPerSecond in_run;                 ///< what its run's chips sustain; 0 without a run
  Watts run_power;                      ///< of the chips in it
  Dollars run_price;                    ///< likewise, when it began
  Flop kept;                            ///< of that compute, what came to use
};

/// What they cost.
struct Prices {
  Seconds chip_life;  ///< over which a chip is paid off
  DollarsPerJoule energy;
  double idle_fraction = 1;  ///< of a chip's power while nothing runs on it
};

/// What the chips of the run cost in it, with their energy.
Dollars cost_of_run(const Stretch& stretch, const Prices& prices);

/// Adds the stretch to `totals`: its compute by what became of it, its energy, and what chips, used
/// or not, and energy cost. Those of the run cost what they did when it began, the others what they
/// would now; what stands idle gets what power the cap leaves.
void add(LabTotals& totals, const Stretch& stretch, const Prices& prices);

/// Counts a run that is over: what it cost, and what it was where it was released; else its compute
/// is lost.
void add(LabTotals& totals, const LabRun& run);

}  // namespace longhaul::lab
