// A run that was decided on: it waits for its start, or goes on.
#pragma once

#include <array>
#include <limits>
#include <optional>

#include "lab/accounts.hpp"
#include "lab/lab.hpp"
#include "units/quantity.hpp"

namespace longhaul::lab {

struct UnderWay {
  LabRun told;
  Seconds planned_end;
  bool cut_short = false;   ///< by the deadline
  Flop target;              ///< to end with; 0: at planned_end, whatever comes of it
  double share = 1;         ///< of the lab's cluster
  FlopPerSecond sustained;  ///< while all of its chips compute, kept
  /// What the latency wall lets through, kept.
  FlopPerSecond wall = flop_per_second(std::numeric_limits<double>::infinity());
  double have = 1;           ///< of what it began with, that its lab got in place of it
  Watts power;               ///< of its chips by their own figures, all of them
  Dollars price;             ///< likewise
  double log_worth = 0;      ///< of its recipe
  double log_worth_now = 0;  ///< the same with what it adopted as algorithms moved on
  Flop weighted;             ///< compute x worth, so far
  Seconds standing_until;    ///< adopting a new recipe
  std::array<Seconds, n_bounds> held_by{};  ///< time, by what kept it from going faster

  /// What of it there is still.
  struct Kept {
    double share = 1;                           ///< of what it began with
    std::optional<world::Cluster::Limit> lack;  ///< of what the rest is missing
  };
  /// It goes on with the chips that its lab has for it where some went off line or serve, and with
  /// the watts where caps came down. `has`: the lab's largest cluster now; `there`: what all chips
  /// that are there for it sustain; `free`: share of its cluster that is a run's; `cap`: power for
  /// its chips, by their own figures. What a lab has it keeps, whatever new chips cost or draw.
  Kept kept_of(const world::Cluster& has, FlopPerSecond there, double free, Watts cap) const;

  /// Its chips go off line: it goes on, as fast as before, on as many of those that its lab has
  /// bought now, at their power and price; `pue`: of the power of `bought`.
  void move_to(const world::Cluster& bought, double pue);

  FlopPerSecond rate(const Kept& kept) const;

  /// Computes from `from` for the time of `stretch`, with `kept` of what it began with, while what
  /// it adopted goes to `log_worth_then` and sites draw `pue`; tells the stretch what of it was the
  /// run's.
  void go_on(const Kept& kept, Seconds from, double log_worth_then, double pue, Stretch& stretch);

  /// Whether it has what it was to end with, but for a second.
  bool is_done(const Kept& kept) const;

  /// When it has its target at the rate of `now`; infinite where that is 0.
  Seconds end_of_target(const Kept& kept, Seconds now) const;

  /// What kept it from going faster for most of its time.
  Bound bound() const;
};

}  // namespace longhaul::lab
