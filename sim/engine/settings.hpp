// How SimGrid is set up, in code: its defaults are for TCP over the internet and would be wrong.
//
// The engine is one a process; everything here is about that one.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::engine {

/// What the clock is used for. SimGrid merges events closer than `surf/precision`.
enum class Clock {
  Months,  ///< 1e-9 s, SimGrid's own: at 2.6e7 s a double resolves no more than 4e-9 s
  Detail,  ///< 1e-12 s: microseconds near clock 0
};

/// SimGrid's settings as key and value, for outputs. Without them latency would count 13.01 times,
/// a flow would carry at most 4 MiB a round trip, and each would send 5 % back.
std::vector<std::pair<std::string, std::string>> simgrid_settings(Clock clock);

/// "3.32", as linked.
std::string simgrid_version();

/// Makes the engine of this process, with the settings; a second call changes only the precision
/// (so that a forked child can turn to detail). Quiet on stderr.
void start_engine(Clock clock);

/// Simulated time [s].
Seconds now();

/// Calls back at a date of the simulated clock, not before now. The callback runs in the kernel,
/// where nothing may block.
void call_at(Seconds date, std::function<void()> callback);

/// Runs until nothing is left to happen. Throws std::runtime_error on a deadlock, where SimGrid
/// itself would only log and return.
void run_engine();

}  // namespace longhaul::engine
