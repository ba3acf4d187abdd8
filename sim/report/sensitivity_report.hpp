// Which axes a metric of a sweep depends on: Sobol's indices, or one axis at a time.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "experiment/sensitivity.hpp"
#include "experiment/store.hpp"

namespace longhaul::report {

struct Sensitivity {
  std::vector<experiment::StoredAxis> axes;  ///< those that the design varies
  std::variant<experiment::Tornado, experiment::VarianceShares> result;  ///< inputs as in `axes`
  /// Values of axis i at its low (2 i) and high end (2 i + 1), of a tornado.
  std::vector<experiment::Cell> ends;
};

/// Whether the sweep's design is saltelli or one-at-a-time.
bool has_sensitivity(const experiment::StoreReader& store);

/// The output at a point is the mean of its repeats. Throws InputError for another design, an
/// unknown metric, or points that are not all there.
Sensitivity sensitivity(const experiment::StoreReader& store, const std::string& metric);

/// The same as a table.
std::string sensitivity_table(const experiment::StoreReader& store, const std::string& metric);
/// The same as JSON; keys and units: scenarios/README.md.
std::string sensitivity_json(const experiment::StoreReader& store, const std::string& metric);

}  // namespace longhaul::report
