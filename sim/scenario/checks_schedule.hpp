// What must hold of a queue of jobs and the cluster it waits for.
#pragma once

#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Whether jobs queue for a cluster, in place of one run.
bool is_of_schedule(const Scenario& scenario);

/// Reports every mistake at the place of the field that would have to change.
void check_schedule(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

/// Reads the jobs of schedule.trace, or draws those of schedule.load, and checks the hosts. Where
/// bad lines are left out, their reports go to `skipped`.
void fill_jobs(Scenario& scenario, const Places& places, Diagnostics& diagnostics,
               std::vector<Diagnostic>& skipped);

}  // namespace longhaul::scenario
