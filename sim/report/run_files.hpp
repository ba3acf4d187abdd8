// What `longhaul run` wrote, read back.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "experiment/summary.hpp"
#include "report/provenance.hpp"
#include "units/calendar.hpp"

namespace longhaul::report {

/// From an interruption to the next step, or to the next interruption.
struct Stop {
  double time_s = 0;
  std::string cause;
  std::int64_t node = -1;   ///< -1: none of its own
  double down_s = 0;        ///< until steps began again, the next stop or the end
  std::int64_t step = 0;    ///< steps done when it happened
  std::int64_t redone = 0;  ///< of them, lost
};

/// A row of timeline.csv.
struct Sample {
  double time_s = 0;
  std::int64_t steps = 0;
  double energy_j = 0;  ///< so far
};

struct Cause {
  std::string name, group;
  bool planned = false;
};

struct RunFiles {
  std::string title;
  experiment::Summary summary;
  std::int64_t gpus = 0;
  double checkpoint_write_s = 0;
  std::int64_t checkpoint_steps = 0;
  std::vector<std::pair<std::string, double>> step_terms_s;  ///< exposed; empty without a model
  Provenance provenance;
  std::string scenario;  ///< resolved.toml
  Date start;
  std::string chip, platform;  ///< names; empty without a platform
  std::vector<Cause> causes;
  std::vector<std::string> not_reached;  ///< rows of the scenario that come after the end
  std::vector<Stop> stops;
  std::vector<Sample> timeline;
};

/// nullptr where the scenario has no such cause.
const Cause* find_cause(const RunFiles& run, const std::string& name);
/// False for a cause that is not known.
bool is_planned(const RunFiles& run, const std::string& name);

/// Throws InputError when `folder` is no whole result of `longhaul run`.
RunFiles read_run_files(const std::string& folder);

}  // namespace longhaul::report
