// Which axes a metric of a sweep depends on: Sobol's indices, or one axis at a time.
#pragma once

#include <string>

#include "experiment/store.hpp"

namespace longhaul::report {

/// Of a store whose sweep.design is saltelli or one-at-a-time; the output at a point is the mean of
/// its repeats. Throws InputError for another design, an unknown metric, or points that are not all
/// there.
std::string sensitivity_table(const experiment::StoreReader& store, const std::string& metric);
/// The same as JSON; keys and units: scenarios/README.md.
std::string sensitivity_json(const experiment::StoreReader& store, const std::string& metric);

}  // namespace longhaul::report
