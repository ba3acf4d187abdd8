// What no single field of [power] shows to be wrong.
#pragma once

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Reports caps and curtailments that the run's sites cannot meet, that come in no order or before
/// the start, and sites that are not there.
void check_power(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

}  // namespace longhaul::scenario
