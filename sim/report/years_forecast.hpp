// How the metrics of repeated years spread, for people and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/store.hpp"
#include "report/provenance.hpp"

namespace longhaul::report {

/// Percentiles of each metric over all points of a store, but those that are one value in all.
std::string years_forecast_screen(const std::string& title, const experiment::StoreReader& store,
                                  const Provenance& provenance);
/// All metrics. Keys: scenarios/README.md.
std::string years_forecast_json(const std::string& title, const experiment::StoreReader& store,
                                const Provenance& provenance);

}  // namespace longhaul::report
