// What must hold between the fields of failures, nodes and what replaces them.
#pragma once

#include <cstdint>

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Reports every mistake at the place of the field that would have to change.
void check_months(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

/// Nodes of the platform, or those given without one; 0: they are not told apart.
std::int64_t count_nodes(const Scenario& scenario);

}  // namespace longhaul::scenario
