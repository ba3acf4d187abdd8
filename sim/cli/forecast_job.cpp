#include "cli/forecast_job.hpp"

#include <stdexcept>

#include "cli/terminal.hpp"
#include "diagnostics/diagnostic.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul::cli {

ForecastJob run_forecast(const std::string& scenario, const std::vector<std::string>& assignments,
                         std::int64_t n_samples) {
  const double begin_s = wall_clock_s();
  const auto loaded = scenario::read_scenario(scenario, assignments, scenario::Purpose::Forecast);
  ForecastJob job;
  job.title = loaded.scenario.title;
  try {
    job.forecast =
        experiment::forecast(*loaded.scenario.constraints, n_samples, loaded.scenario.seed);
  } catch (const std::invalid_argument& problem) {
    throw InputError(loaded.places.where("constraints"), problem.what());
  }
  job.provenance = report::make_provenance(loaded.scenario.seed, loaded.files, "");
  job.provenance.wall_s = wall_clock_s() - begin_s;
  return job;
}

}  // namespace longhaul::cli
