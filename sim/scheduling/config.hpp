// What a user says of a schedule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scheduling/synthetic.hpp"
#include "units/quantity.hpp"

namespace longhaul::scheduling {

/// What policies take for the time that a job will need.
enum class EstimateBy {
  Requested,  ///< what its user said; the true time where nothing was said
  Actual      ///< the true time
};

/// What policies are told in a scenario.
struct PolicyConfig {
  std::string name = "fifo";
  Seconds round = minutes(6);            ///< between decisions of those that work in rounds
  Seconds protected_time = minutes(30);  ///< a job runs so long before another takes its slots
  Seconds half_life = days(7);           ///< of what a user has used, for fair shares
  std::vector<std::int64_t> levels = {8, 64};  ///< slot-hours after which las lets a job fall
};

struct ScheduleConfig {
  std::string policy = "fifo";        ///< one, or several with commas between
  std::optional<std::string> trace;   ///< path of a file of jobs
  std::optional<SyntheticLoad> load;  ///< jobs drawn at random, in place of a trace
  std::string format;                 ///< of the trace; empty: recognised
  bool skip_bad = false;              ///< leave its bad lines out
  std::string throughputs;            ///< Gavel's table; empty: the one beside the trace
  double intensity = 1;               ///< submissions come so many times as fast
  /// Machines where no platform says what they are: "400", or "v100=36,p100=36" by kinds. Empty:
  /// as many as the trace was recorded on, where it says so.
  std::string hosts;
  std::int64_t slots_per_host = 1;
  std::string placement = "lowest";
  EstimateBy estimate = EstimateBy::Requested;
  std::optional<Watts> watts;               ///< of a machine, busy or idle
  Seconds restart;                          ///< as in ClusterOptions
  std::optional<Seconds> checkpoint_every;  ///< the same; empty: none, a failure takes a stretch
  PolicyConfig rules;                       ///< all but its name
};

}  // namespace longhaul::scheduling
