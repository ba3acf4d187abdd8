// What a scenario lists for moments that its run did not live to see.
#pragma once

#include <string>
#include <vector>

#include "scenario/scenario.hpp"

namespace longhaul::report {

/// "2 of 3 arrivals" for each kind of dated row (nodes that arrive, steps of caps, curtailments,
/// recorded stops, decisions) of which some lie on or after the end of a run that was simulated so
/// long; a decision at the end itself may have made it. Empty where the run saw all.
std::vector<std::string> not_reached(const scenario::Scenario& scenario, Seconds simulated);

/// The same in one line; empty where there is nothing.
std::string not_reached_line(const std::vector<std::string>& rows);

}  // namespace longhaul::report
