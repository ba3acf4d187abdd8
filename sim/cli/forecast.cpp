// longhaul forecast SCENARIO: many draws of what a scenario is not sure of.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/forecast_job.hpp"
#include "cli/sweep_job.hpp"
#include "diagnostics/diagnostic.hpp"
#include "report/forecast_report.hpp"
#include "report/results.hpp"
#include "report/years_forecast.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"

namespace longhaul::cli {

namespace {

constexpr std::int64_t default_years = 1000;

struct Options {
  std::string scenario;
  std::vector<std::string> assignments;
  std::string seed;
  std::int64_t samples = 0;  // 0: the default of what is forecast
  int jobs = 0;
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
  const auto job = run_forecast(options.scenario, assignments,
                                options.samples > 0 ? options.samples : default_samples);
  fmt::print("{}", options.json ? report::forecast_json(job.title, job.forecast, job.provenance)
                                : report::forecast_screen(job.title, job.forecast, job.provenance));
  return Done;
}

/// Of labs: repeats of the years, each with draws of its own, kept in a store as a sweep's.
int forecast_years(const Options& options, const std::vector<std::string>& assignments) {
  if (options.dry_run) {
    fmt::print("{}", scenario::resolved_toml(
                         scenario::read_scenario(options.scenario, assignments).scenario, "."));
    return Done;
  }
  SweepRequest request;
  request.scenario = options.scenario;
  request.assignments = assignments;
  request.repeats = options.samples > 0 ? options.samples : default_years;
  request.jobs = options.jobs;
  const SweepJob job(request);
  if (job.plan().n_combinations() > 1)
    throw InputError(Location{options.scenario, 0, 0},
                     "its [sweep] has axes; `longhaul sweep` repeats each combination");
  const auto path =
      report::default_results(options.scenario, job.loaded().seed) + ".forecast.sqlite";
  remove_outdated(path, job.record());
  const auto progress = job.run(path);
  if (progress.interrupted) {
    fmt::print(stderr, "interrupted; {} draws are in {}, the same command does the rest\n",
               progress.before + progress.done, path);
    return Interrupted;
  }
  const experiment::StoreReader store(path);
  const auto provenance = job.provenance();
  fmt::print("{}", options.json
                       ? report::years_forecast_json(job.loaded().title, store, provenance)
                       : report::years_forecast_screen(job.loaded().title, store, provenance));
  return store.n_failed() > 0 ? SomeFailed : Done;
}

/// What is forecast depends on what the scenario holds.
int forecast(const Options& options) {
  auto assignments = options.assignments;
  if (!options.seed.empty()) assignments.push_back("seed=" + options.seed);
  if (scenario::holds_table(options.scenario, "constraints"))
    return forecast_constraints(options, assignments);
  if (scenario::holds_table(options.scenario, "lab")) return forecast_years(options, assignments);
  throw InputError(Location{options.scenario, 0, 0},
                   "a forecast is of [constraints], or of a [lab] in a [world]; take `longhaul "
                   "sweep --repeats` for runs");
}

}  // namespace

void add_forecast(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "forecast", "Draw the inputs of a forecast many times and say how its results spread");
  command
      ->add_option("scenario", options->scenario,
                   "scenario file (TOML) with [constraints], or with [lab]")
      ->required();
  command
      ->add_option("--samples", options->samples,
                   "draws (default: 20,000 of constraints, 1,000 of labs)")
      ->check(CLI::Range(std::int64_t{1}, most_samples))
      ->type_name("N");
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file, for instance "
                   "constraints.latency_form=text; may be given several times")
      ->allow_extra_args(false);
  command->add_option("--seed", options->seed, "root of all random streams, as --set seed=N")
      ->type_name("N");
  command->add_option("-j,--jobs", options->jobs, "worker processes (default: one a core); of labs")
      ->check(CLI::Range(1, 4096))
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
