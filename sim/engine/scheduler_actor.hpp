// A schedule on the SimGrid clock.
#pragma once

#include <functional>

#include "scheduling/replay.hpp"

namespace longhaul::engine {

/// Runs a replay to its end: a kernel timer a moment at which something happens. The engine must
/// exist (see settings.hpp). `go_on` is asked after each moment; false where it said no. What the
/// replay throws comes out of here.
bool run_schedule(scheduling::Replay& replay, const std::function<bool()>& go_on = {});

}  // namespace longhaul::engine
