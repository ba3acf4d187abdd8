// What a run does under a limit on its power.
#pragma once

#include <cstdint>

#include "operations/frequency.hpp"
#include "operations/power.hpp"

namespace longhaul::operations {

/// What a run does when it may not draw what it would.
enum class Response {
  Pause,      ///< stand idle after a checkpoint
  Shrink,     ///< go on with fewer model replicas, the nodes of the others switched off
  Frequency,  ///< go on with chips that are clocked down
};

/// A run as its site's power sees it.
struct PoweredRun {
  PowerConfig config;
  Watts tdp;                  ///< of a chip
  std::int64_t gpus = 1;      ///< of the run
  std::int64_t replicas = 1;  ///< of the model, equal parts of the GPUs
  Watts others;               ///< facility power of nodes that are not in the run
};

/// How a run goes on. Without replicas it stands still.
struct RunLevel {
  std::int64_t replicas = 0;
  double speed = 1;       ///< of the chips of those replicas, of full speed
  bool left_off = false;  ///< the nodes of the other replicas are switched off; else they idle
};

/// Facility power of the site at a level: the replicas' GPUs in `state`, those of the others off or
/// idle, and what is not in the run. Chips draw what their speed takes of what `state` draws more
/// than idle [W].
Watts site_power(const PoweredRun& run, const FrequencyLaw& law, const RunLevel& level,
                 PowerState state);

/// The best level that draws at most `limit` in steps: all of the run where that fits, else by the
/// response.
///
/// Pause: no replica. Shrink: the most replicas that fit, the others off. Frequency: the greatest
/// speed that fits, and a pause where lowest_speed does not. A level without replicas may still
/// draw more than `limit`: nothing of the response draws less.
RunLevel level_under(const PoweredRun& run, const FrequencyLaw& law, Response response,
                     Watts limit);

}  // namespace longhaul::operations
