// A run that was decided on: it waits for its start, or goes on.
#pragma once

#include <optional>

#include "lab/accounts.hpp"
#include "lab/lab.hpp"
#include "units/quantity.hpp"

namespace longhaul::lab {

struct UnderWay {
  LabRun told;
  Seconds planned_end;
  Flop target;               ///< to end with; 0: at planned_end, whatever comes of it
  double share = 1;          ///< of the lab's cluster
  FlopPerSecond promised;    ///< what the figures of its chips say, to compare with those of others
  FlopPerSecond sustained;   ///< while it computes, kept
  double log_worth = 0;      ///< of its recipe
  double log_worth_now = 0;  ///< the same with what it adopted as algorithms moved on
  Flop weighted;             ///< compute x worth, so far
  Seconds standing_until;    ///< adopting a new recipe
  bool at_wall = false;
  Watts power;    ///< of the chips that it is on now, all of what it began with
  Dollars price;  ///< likewise

  /// Its chips go off line: it goes on, as fast as before, on as many of those that its lab has
  /// now, at their power and price.
  void move_to(const world::Cluster& has);

  /// What of it there is still.
  struct Kept {
    double share = 1;                           ///< of what it began with
    std::optional<world::Cluster::Limit> lack;  ///< of what the rest is missing
  };
  /// It goes on with the FLOP/s that its lab still has for it where chips went off line or serve,
  /// and with the watts where caps came down. `has`: the lab's largest cluster now, of which `free`
  /// is a run's; `cap`: the lab's power.
  Kept kept_of(const world::Cluster& has, double free, Watts cap) const;

  /// Computes from `from` for the time of `stretch`, with `kept` of what it began with, while what
  /// it adopted goes to `log_worth_then`; tells the stretch what of it was the run's.
  void go_on(double kept, Seconds from, double log_worth_then, Stretch& stretch);

  /// Whether it has what it was to end with, but for a second.
  bool is_done(double kept) const;

  /// When it has its target at the rate of `now`; infinite where that is 0.
  Seconds end_of_target(double kept, Seconds now) const;
};

}  // namespace longhaul::lab
