// What no single field of [run.across_sites] shows to be wrong.
#pragma once

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Whether plan and GPUs divide over the sites, and laws are known by name; reports what is not so,
/// and what a run across sites cannot have beside it.
bool check_sites(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

}  // namespace longhaul::scenario
