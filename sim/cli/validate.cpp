// longhaul validate: measured training steps against the model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "report/validation.hpp"
#include "scenario/scenario_file.hpp"
#include "training/validate.hpp"

namespace longhaul::cli {

namespace {

/// Largest mean absolute error of seconds per iteration, in per cent: of the shipped rows, on which
/// the constants were fitted, and of rows that nobody tuned on.
constexpr double shipped_band = 7.0;
constexpr double other_band = 12.0;

struct Options {
  std::string rows;
  std::optional<double> band;
  bool json = false;
};

std::vector<training::ModelShape> known_shapes() {
  std::vector<training::ModelShape> shapes;
  for (const auto& model : scenario::read_models(scenario::data_folder() + "/scenarios/models"))
    shapes.push_back(model.shape);
  return shapes;
}

training::MeasuredRows read_rows(const std::string& path) {
  try {
    return training::read_measured_rows(path, known_shapes());
  } catch (const std::runtime_error& problem) {
    throw InputError(Location{path, 0, 0}, problem.what());
  }
}

int validate(const Options& options) {
  const auto path = options.rows.empty()
                        ? scenario::data_folder() + "/tests/published/measured_steps.csv"
                        : options.rows;
  const auto validation = training::validate(
      read_rows(path), scenario::read_chips(scenario::data_folder() + "/platforms/chips"),
      scenario::read_calibration(scenario::data_folder() + "/platforms/calibration.toml"));
  fmt::print("{}", options.json ? report::validation_json(validation)
                                : report::validation_table(validation));
  const auto score = training::score(validation.steps);
  if (validation.steps.empty()) {
    fmt::print(stderr, "no row of {} could be scored\n", path);
    return OutsideBand;
  }
  const double band = options.band.value_or(options.rows.empty() ? shipped_band : other_band);
  if (100 * score.mape <= band) return Done;
  fmt::print(stderr, "mean absolute error {:.2f} % is outside the band of {:g} %\n",
             100 * score.mape, band);
  return OutsideBand;
}

}  // namespace

void add_validate(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("validate", "Score the step model on measured steps, row by row");
  command->add_option("rows", options->rows,
                      "CSV file with the columns of tests/published/README.md (default: the rows "
                      "that are shipped)");
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command
      ->add_option("--band", options->band,
                   fmt::format("largest mean absolute error in per cent (default: {:g} for the "
                               "shipped rows, {:g} for others)",
                               shipped_band, other_band))
      ->check(CLI::Range(0.0, 1000.0));
  command->footer(
      "Exit status 3 when the mean absolute error is above the band.\n"
      "Examples:\n  longhaul validate my_runs.csv\n  longhaul validate my_runs.csv --band 5 "
      "--json");
  command->callback([options, &status] { status = validate(*options); });
}

}  // namespace longhaul::cli
