// A forecast as a table for people, as JSON and as the data of its figure.
#pragma once

#include <string>

#include "experiment/forecast.hpp"
#include "report/provenance.hpp"

namespace longhaul::report {

/// FLOP, multiples of GPT-4's, and in what share of draws each constraint is the least.
std::string forecast_screen(const std::string& title,
                            const experiment::ConstraintForecast& forecast,
                            const Provenance& provenance);

/// Keys and units: scenarios/README.md. A percentile that is infinite is null.
std::string forecast_json(const std::string& title, const experiment::ConstraintForecast& forecast,
                          const Provenance& provenance);

/// Columns constraint, p10_flop, p50_flop, p90_flop, p10_gpt4, p50_gpt4, p90_gpt4, binds; a row a
/// constraint, then "least".
std::string forecast_csv(const experiment::ConstraintForecast& forecast);

}  // namespace longhaul::report
