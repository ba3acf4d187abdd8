// A fresh simulation on a fabric, in a child process with its own clock.
#pragma once

#include <functional>
#include <vector>

#include "engine/fabric_zone.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"
#include "fabric/router.hpp"

namespace longhaul::engine {

/// The values that `simulate` gives, in microseconds where it says so.
inline std::vector<double> on_fabric(
    const fabric::Fabric& fabric,
    const std::function<std::vector<double>(FabricZone&, fabric::Router&)>& simulate) {
  return run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Router router(fabric);
    FabricZone zone(router);
    return simulate(zone, router);
  });
}

}  // namespace longhaul::engine
