// What the grid lets a site draw: caps that arrive in steps, and curtailments.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "operations/power_meter.hpp"
#include "random/distribution.hpp"
#include "random/stream.hpp"
#include "units/calendar.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// A date, or a time after the start of the run; one of the two.
struct Moment {
  std::optional<Date> date;
  std::optional<Seconds> after;
};
/// Seconds since `start`, negative before it; 0 where neither is given.
Seconds since(const Date& start, const Moment& moment);

/// From a moment on the site may draw so much.
struct CapStep {
  Moment at;
  Watts cap;
};

/// A call to draw less for a while.
struct CurtailmentConfig {
  Moment at;
  double fraction = 0;  ///< less than the run would draw without it (0-1)
  Seconds notice;       ///< from the call to its beginning
  Seconds duration;
};

/// Curtailments at random: calls are a Poisson process, the rest is drawn for each.
struct RandomCurtailments {
  PerSecond rate;
  random::Random<Ratio> fraction;
  random::Random<Seconds> notice;
  random::Random<Seconds> duration;
};

/// One site's electricity.
struct SupplyConfig {
  std::string name = "site";
  std::optional<Watts> cap;        ///< from the start until the first step; empty: none
  std::vector<CapStep> cap_steps;  ///< in the order of time
  std::vector<CurtailmentConfig> curtailments;
  std::optional<RandomCurtailments> random_curtailments;
  WattsPerSecond ramp;  ///< the site's power may change by so much a second; 0: no limit
  Tariff tariff;
};

/// A curtailment with its times since the start of the run.
struct Curtailment {
  Seconds called, start, end;
  double fraction = 0;
  /// When to begin with what takes `needed` (a checkpoint, a ramp) so that it is done at the start;
  /// at the call where the notice is too short for that.
  Seconds begin_by(Seconds needed) const;
};

/// The supply as time goes on. Random curtailments come from the stream "power/curtailments".
class Supply {
 public:
  Supply(const SupplyConfig& config, const Date& start, std::uint64_t seed);

  /// Goes on to `now`; all below is as of then. Throws std::logic_error for a time before the last.
  void advance(Seconds now);

  /// The site's cap, infinite where there is none.
  Watts cap() const { return cap_; }
  /// The same at a time not before now, by the steps that are to come.
  Watts cap_at(Seconds time) const;
  /// Share of the curtailment in force, the greatest where several are; 0 without.
  double fraction() const;
  /// What a run may draw that would draw `load` in steps: (1 - fraction) x min(cap, load) while
  /// curtailed, else the cap. So a curtailment leaves a share of what the run would draw without
  /// it.
  Watts limit(Watts load) const;
  /// Curtailments that were called and are not over, in the order of their calls.
  const std::vector<Curtailment>& called() const { return called_; }
  /// The first moment after now at which the cap changes, or a curtailment is called, begins or
  /// ends; infinite where nothing does.
  Seconds next_change() const;

 private:
  void call_next();

  struct Step {
    Seconds time;
    Watts cap;
  };
  Seconds now_;
  Watts cap_;
  std::vector<Step> steps_;          // to come, in the order of time
  std::vector<Curtailment> listed_;  // in the order of their calls
  std::size_t next_step_ = 0, next_listed_ = 0;
  std::vector<Curtailment> called_;
  std::optional<RandomCurtailments> random_;
  random::Stream stream_;
  Seconds next_call_ = seconds(std::numeric_limits<double>::infinity());  // of a random one
};

}  // namespace longhaul::operations
