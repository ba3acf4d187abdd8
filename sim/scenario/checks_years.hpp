// What must hold of a scenario of years: its world and its labs.
#pragma once

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Whether labs train in a world, in place of one run.
bool is_of_years(const Scenario& scenario);

/// Reports every mistake at the place of the field that would have to change.
void check_years(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

}  // namespace longhaul::scenario
