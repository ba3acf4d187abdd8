// Years of labs in a world as the engine sees them: what goes in, what is told, what comes out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "lab/lab.hpp"
#include "training/laws/scaling.hpp"
#include "units/calendar.hpp"
#include "units/quantity.hpp"
#include "world/world.hpp"

namespace longhaul::lab {

/// What a lab has to earn with, in the order of world::revenue_names.
struct Market {
  double years = 0;
  double years_since_release = 0;
  Flop effective, physical;
  double loss = 0;
  Flop rival;
};

struct YearsInputs {
  std::uint64_t seed = 1;
  Date start;
  Seconds duration;  ///< until the deadline
  world::World world;
  std::vector<LabConfig> labs;
  training::ScalingLaw scaling;  ///< prices data that was seen again, and gives losses
  /// Share of its time that the n-th run of that lab, of that length on that cluster, keeps, with
  /// failures and recoveries; empty: all of it.
  std::function<double(const LabConfig& lab, const world::Cluster& cluster, Seconds length,
                       std::int64_t n)>
      goodput;
  /// What so many chips of a phase sustain of their peak in a run of that length of the lab;
  /// nothing where the phase's own figure holds, as it does everywhere where this is empty.
  std::function<std::optional<double>(const LabConfig& lab, std::int64_t phase, double chips,
                                      Seconds length)>
      utilisation;
  /// What a lab with a released model earns a year; empty: nothing.
  std::function<Dollars(const Market& market)> revenue;
  Seconds timeline_every;  ///< between samples; 0: none
};

/// The state of a lab at one moment.
struct YearsSample {
  Seconds time;
  std::int64_t lab = 0;
  double log_worth = 0;                 ///< of a FLOP of today's recipe, natural logarithm
  world::Cluster cluster;               ///< that a run started now would have
  double experiments = 0, serving = 0;  ///< shares of it that no run gets
  bool running = false;
  Flop best;      ///< effective compute of its best model
  Flop physical;  ///< the greatest physical compute of a released model
};

struct YearsTotals {
  Seconds simulated;
  std::vector<LabTotals> labs;
  double log_worth = 0;  ///< of a FLOP at the deadline
  std::int64_t jumps = 0;
  bool interrupted = false;
  std::int64_t events = 0;
};

struct YearsObserver {
  std::function<void(const LabRun&)> on_run;          ///< may be empty
  std::function<void(const YearsSample&)> on_sample;  ///< may be empty
  std::function<bool(Seconds)> go_on;                 ///< may be empty; asked at every decision
};

}  // namespace longhaul::lab
