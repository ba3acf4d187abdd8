// summary.json: the numbers of a run.
#pragma once

#include <string>
#include <vector>

#include "experiment/summary.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// The keys of scenarios/README.md, with `events` and `wall_s` last; `not_reached` is left out
/// where it is empty.
std::string summary_json(const scenario::Scenario& scenario,
                         const std::vector<experiment::Metric>& metrics, std::int64_t events,
                         double wall_s, const std::vector<std::string>& not_reached = {});

}  // namespace longhaul::report
