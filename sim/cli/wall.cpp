// longhaul wall SCENARIO: utilisation of runs of more and more compute, until none is done in time.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/wall_job.hpp"
#include "report/wall_report.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string scenario;
  std::vector<std::string> assignments;
  bool json = false;
  bool csv = false;
};

int wall(const Options& options) {
  const auto job = run_wall(options.scenario, options.assignments);
  fmt::print("{}", options.json  ? report::wall_json(job.walls, job.provenance)
                   : options.csv ? report::wall_csv(job.walls)
                                 : report::wall_screen(job.walls, job.provenance));
  return Done;
}

}  // namespace

void add_wall(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "wall", "Grow a run on a platform until its latency leaves no plan that is done in time");
  command->add_option("scenario", options->scenario, "scenario file (TOML) with [wall]")
      ->required();
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file and its variants, for instance "
                   "wall.months=6; may be given several times")
      ->allow_extra_args(false);
  auto* json = command->add_flag("--json", options->json, "print JSON instead of tables");
  command->add_flag("--csv", options->csv, "print a row a point instead of tables")->excludes(json);
  command->footer(
      "Examples:\n"
      "  longhaul wall scenarios/figures/latency_wall/scenario.toml\n"
      "  longhaul wall scenarios/figures/latency_wall/scenario.toml --set wall.months=9 --json\n"
      "Fields, keys and columns: scenarios/README.md");
  command->callback([options, &status] { status = wall(*options); });
}

}  // namespace longhaul::cli
