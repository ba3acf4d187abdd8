// The second half of scenarios/README.md.
#pragma once

#include <string>

namespace longhaul::report {

/// Columns and keys of everything a run reads and writes beside the scenario, in Markdown.
std::string reference_of_results();
/// The sections on sweeps, their stores and exports.
std::string reference_of_sweeps();
/// What `longhaul forecast` prints.
std::string reference_of_forecasts();
/// What scenarios of years write.
std::string reference_of_years();
/// What `longhaul schedule` prints and writes.
std::string reference_of_schedules();
/// What `longhaul topology` prints.
std::string reference_of_topologies();
/// What `longhaul wall` prints.
std::string reference_of_walls();

}  // namespace longhaul::report
