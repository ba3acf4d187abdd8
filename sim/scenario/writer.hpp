// Prints a described struct as TOML that reads back to the same struct.
#pragma once

#include <string>

#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// The whole scenario with every default written out and every card in place. Paths are written
/// relative to `folder`, where the text is going to stand. Each line ends in what the key means.
std::string resolved_toml(const Scenario& scenario, const std::string& folder);

}  // namespace longhaul::scenario
