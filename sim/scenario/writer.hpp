// Prints a described struct as TOML that reads back to the same struct.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// The whole scenario with every default written out and every card in place. Paths are written
/// relative to `folder`, where the text is going to stand. Each line ends in what the key means.
std::string resolved_toml(const Scenario& scenario, const std::string& folder);

/// The tables that a forecast reads, alike.
std::string resolved_forecast_toml(const Scenario& scenario);

/// A [sweep] table alone, without the headline.
std::string sweep_toml(const Sweep& sweep);

/// The fields of a plan in the order of the reference, with their values as in a scenario but words
/// without quotes: "tensor", "8"; "recompute", "full".
std::vector<std::pair<std::string, std::string>> plan_fields(const training::Plan& plan);

}  // namespace longhaul::scenario
