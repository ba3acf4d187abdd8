// What every command that forecasts constraints does: read the scenario, draw, say where from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/forecast.hpp"
#include "report/provenance.hpp"

namespace longhaul::cli {

inline constexpr std::int64_t default_samples = 20'000;
inline constexpr std::int64_t most_samples = 1'000'000;  ///< 130 MB

struct ForecastJob {
  std::string title;
  experiment::ConstraintForecast forecast;
  report::Provenance provenance;
};

/// Throws InputError.
ForecastJob run_forecast(const std::string& scenario, const std::vector<std::string>& assignments,
                         std::int64_t n_samples);

}  // namespace longhaul::cli
