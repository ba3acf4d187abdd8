// longhaul forecast SCENARIO: many draws of what a scenario is not sure of.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/forecast_job.hpp"
#include "report/forecast_report.hpp"
#include "scenario/writer.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string scenario;
  std::vector<std::string> assignments;
  std::string seed;
  std::int64_t samples = default_samples;
  bool json = false;
  bool dry_run = false;
};

/// Of the constraints of a later year.
int forecast_constraints(const Options& options, const std::vector<std::string>& assignments) {
  if (options.dry_run) {
    const auto loaded =
        scenario::read_scenario(options.scenario, assignments, scenario::Purpose::Forecast);
    fmt::print("{}", scenario::resolved_forecast_toml(loaded.scenario));
    return Done;
  }
  const auto job = run_forecast(options.scenario, assignments, options.samples);
  fmt::print("{}", options.json ? report::forecast_json(job.title, job.forecast, job.provenance)
                                : report::forecast_screen(job.title, job.forecast, job.provenance));
  return Done;
}

/// What is forecast depends on what the scenario holds.
int forecast(const Options& options) {
  auto assignments = options.assignments;
  if (!options.seed.empty()) assignments.push_back("seed=" + options.seed);
  return forecast_constraints(options, assignments);
}

}  // namespace

void add_forecast(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "forecast", "Draw the inputs of a forecast many times and say how its results spread");
  command->add_option("scenario", options->scenario, "scenario file (TOML) with [constraints]")
      ->required();
  command->add_option("--samples", options->samples, "draws (default: 20,000)")
      ->check(CLI::Range(std::int64_t{1}, most_samples))
      ->type_name("N");
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file, for instance "
                   "constraints.latency_form=text; may be given several times")
      ->allow_extra_args(false);
  command->add_option("--seed", options->seed, "root of all random streams, as --set seed=N")
      ->type_name("N");
  command->add_flag("--json", options->json, "print JSON instead of tables");
  command->add_flag("--dry-run", options->dry_run, "print the resolved scenario and stop");
  command->footer(
      "Examples:\n"
      "  longhaul forecast scenarios/figures/constraints_2030/scenario.toml\n"
      "  longhaul forecast scenarios/figures/constraints_2030/scenario.toml --samples 100000 "
      "--json\n"
      "Fields and keys: scenarios/README.md");
  command->callback([options, &status] { status = forecast(*options); });
}

}  // namespace longhaul::cli
