// What a run across sites makes of its step: for the screen and the JSON of `longhaul step`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiment/simulation.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// The method as scenarios name it.
std::string_view method_name(const training::SitesConfig& config);

/// Lines of text. `setup` must be of a run across sites, as for the next.
std::vector<std::string> sites_lines(const scenario::Scenario& scenario,
                                     const experiment::Setup& setup);

/// Numbers by key, in base units; empty where there is none.
std::vector<std::pair<std::string, std::optional<double>>> sites_values(
    const scenario::Scenario& scenario, const experiment::Setup& setup);

}  // namespace longhaul::report
