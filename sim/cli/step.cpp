// longhaul step SCENARIO: where the time of one step goes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "experiment/simulation.hpp"
#include "report/provenance.hpp"
#include "report/step_screen.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string scenario;
  std::vector<std::string> assignments;
  bool json = false;
};

int step(const Options& options) {
  const auto loaded =
      scenario::read_scenario(options.scenario, options.assignments, scenario::Purpose::Step);
  const auto& scenario = loaded.scenario;
  const auto provenance = report::make_provenance(scenario.seed, loaded.files, loaded.calibration,
                                                  engine::Clock::Detail);
  const experiment::Simulation simulation(scenario);
  const auto& setup = simulation.setup();
  const std::optional<report::DrawnStep> drawn;
  const auto show = options.json ? report::step_json : report::step_screen;
  fmt::print("{}", show(scenario, setup, provenance, drawn));
  return Done;
}

}  // namespace

void add_step(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("step", "Price one step of a scenario, term by term");
  command
      ->add_option("scenario", options->scenario,
                   "scenario file (TOML); [cluster] and [run] are enough")
      ->required();
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file, for instance run.plan.microbatch=2; may be "
                   "given several times")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "print JSON instead of the screen");
  command->footer(
      "Examples:\n"
      "  longhaul step scenarios/llama3_405b_54_days.toml\n"
      "  longhaul step scenarios/llama3_405b_54_days.toml --set run.plan.virtual_stages=4\n"
      "Keys and units of --json: scenarios/README.md");
  command->callback([options, &status] { status = step(*options); });
}

}  // namespace longhaul::cli
