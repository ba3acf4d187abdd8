// What waits for machines: jobs as a trace, a generator or a scenario gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::scheduling {

/// A slot is what a job takes whole: a GPU, a core, or a machine that is not divided.

/// Who chooses how many slots a job runs on.
enum class Flexibility {
  Rigid,     ///< the job
  Moldable,  ///< the policy, as it starts
  Elastic    ///< the policy, at any time
};

/// A way to run a job: how long all of its work takes on so many slots.
struct Choice {
  std::int64_t slots = 1;
  Seconds run_time;
  std::int32_t kind = -1;  ///< of machine, an index into Trace::kinds; -1: any
};

struct Job {
  std::string name;
  Seconds submit;  ///< since the start of the trace
  /// 0: `slots` are all that it wants, wherever they are. Else it wants `slots` on each of so many
  /// nodes, and whole nodes where `slots` is 0.
  std::int64_t nodes = 0;
  std::int64_t slots = 1;
  Seconds run_time;                 ///< on what it asks for, undisturbed
  std::optional<Seconds> estimate;  ///< what its user said it would take
  std::optional<Seconds> limit;     ///< it is killed then, if it still runs
  double priority = 0;              ///< higher goes first
  std::int32_t user = -1;           ///< an index into Trace::users; -1: not said
  std::int32_t group = -1;          ///< into Trace::groups
  std::optional<Seconds> deadline;  ///< since the start of the trace
  bool preemptible = true;
  Flexibility flexibility = Flexibility::Rigid;
  /// Other ways than `slots` and `run_time`; none where empty.
  std::vector<Choice> choices;
};

struct Trace {
  std::vector<Job> jobs;  ///< by time of submission; those of one moment as in the file
  std::vector<std::string> users, groups;
  std::vector<std::string> kinds;        ///< of machines that choices name
  std::optional<std::int64_t> machines;  ///< that the log was recorded on, where it says so
  std::int64_t n_bad = 0;                ///< lines left out
};

/// The same jobs, submitted `intensity` times as fast.
void intensify(Trace& trace, double intensity);

}  // namespace longhaul::scheduling
