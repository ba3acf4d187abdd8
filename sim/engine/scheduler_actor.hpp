// A schedule on the SimGrid clock.
#pragma once

#include <cstdint>
#include <functional>

#include "scheduling/replay.hpp"

namespace longhaul::engine {

/// Runs a replay to its end: a kernel timer a moment at which something happens. The engine must
/// exist (see settings.hpp). Returns the number of moments. `on_moment` is told of each. What the
/// replay throws comes out of here.
std::int64_t run_schedule(scheduling::Replay& replay,
                          const std::function<void(Seconds now)>& on_moment = {});

}  // namespace longhaul::engine
