// What must hold for the latency wall of a scenario.
#pragma once

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Reports every mistake at the place of the field that would have to change.
void check_wall(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

}  // namespace longhaul::scenario
