// longhaul sweep SCENARIO: many runs of one scenario, into one store.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/shards.hpp"
#include "cli/slurm.hpp"
#include "cli/sweep_job.hpp"
#include "cli/terminal.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "experiment/sweep_plan.hpp"
#include "experiment/sweep_run.hpp"
#include "report/results.hpp"
#include "report/sweep_screen.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string scenario;
  std::string out;
  std::vector<std::string> assignments;
  std::vector<std::string> axes;
  std::vector<std::string> metrics;
  std::string seed;
  std::int64_t repeats = 0;
  int jobs = 0;
  std::string shard;
  bool retry_failed = false;
  bool dry_run = false;
  std::string list;
  std::int64_t slurm = 0;
  std::vector<std::string> slurm_options;
  bool slurm_dry_run = false;
};

experiment::Shard parse_shard(const std::string& text) {
  experiment::Shard shard;
  char slash = 0;
  std::istringstream stream(text);
  if (text.empty()) return shard;
  if (!(stream >> shard.index >> slash >> shard.count) || slash != '/' || !stream.eof() ||
      shard.index < 1 || shard.count < shard.index)
    throw InputError(Location{"--shard " + text, 0, 0},
                     "a shard is its number over how many there are, for instance 2/8");
  return shard;
}

/// The store beside which results go: results/<scenario>-<seed>.sqlite.
std::string default_store(const Options& options, std::int64_t seed) {
  auto path = report::default_results(options.scenario, seed);
  if (!options.shard.empty()) {
    auto part = options.shard;
    std::replace(part.begin(), part.end(), '/', '-');
    path += ".shard-" + part;
  }
  return path + ".sqlite";
}

void list_points(const experiment::SweepPlan& plan) {
  constexpr std::int64_t most = 20;
  for (std::int64_t c = 0; c < std::min(plan.n_combinations(), most); ++c)
    fmt::print("{:>6}  {}\n", c, plan.name(c));
  if (plan.n_combinations() > most)
    fmt::print("   ...  and {} more\n", format_count(plan.n_combinations() - most));
  fmt::print("{} combinations, {} repeats of each{}\n", format_count(plan.n_combinations()),
             format_count(plan.sweep().repeats), plan.sweep().precision ? " or more" : "");
}

/// The same sweep for another shell, in whatever folder that is.
SweepCommand command_of(const Options& options, const std::string& store) {
  const auto absolute = [](const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  SweepCommand command{own_path(), {"sweep", absolute(options.scenario)}, absolute(store)};
  const auto add = [&](const char* option, const std::string& value) {
    command.arguments.emplace_back(option);
    command.arguments.push_back(value);
  };
  for (const auto& axis : options.axes) add("--sweep", axis);
  for (const auto& assignment : options.assignments) add("--set", assignment);
  if (options.repeats > 0) add("--repeats", fmt::format("{}", options.repeats));
  if (!options.seed.empty()) add("--seed", options.seed);
  if (options.retry_failed) command.arguments.emplace_back("--retry-failed");
  return command;
}

int sweep(const Options& options) {
  const double begin_s = wall_clock_s();
  auto assignments = options.assignments;
  if (!options.seed.empty()) assignments.push_back("seed=" + options.seed);
  const SweepJob job({options.scenario, assignments, options.axes, options.repeats, options.jobs,
                      parse_shard(options.shard), options.retry_failed});
  if (options.dry_run && options.slurm == 0) {
    list_points(job.plan());
    return Done;
  }
  const auto path = options.out.empty() ? default_store(options, job.loaded().seed) : options.out;
  const auto command = command_of(options, path);
  if (!options.list.empty()) {
    list_shards(command, job.plan(), options.list, options.jobs);
    return Done;
  }
  if (options.slurm > 0)
    return submit_to_slurm(command, job.plan(), job.record(),
                           {options.slurm, options.slurm_options, options.jobs,
                            options.retry_failed, options.slurm_dry_run || options.dry_run});
  const auto progress = job.run(path);
  if (progress.interrupted) {
    fmt::print(stderr, "interrupted; {} points are in {}, the same command does the rest\n",
               format_count(progress.before + progress.done), path);
    return Interrupted;
  }
  const experiment::StoreReader store(path);
  const auto metrics = options.metrics.empty() ? report::default_metrics(store) : options.metrics;
  try {
    fmt::print("{}",
               report::sweep_screen(store, metrics, progress, path, wall_clock_s() - begin_s));
  } catch (const InputError& problem) {  // --metric asks for one that there is none of
    for (const auto& one : problem.diagnostics()) fmt::print(stderr, "{}\n", to_string(one));
    fmt::print(stderr, "the sweep is done all the same, and in {}\n", path);
    return BadInput;
  }
  bool as_asked = store.n_failed() + progress.missing == 0;
  if (const auto& precision = job.plan().sweep().precision;
      precision && std::ranges::count(store.metrics(), precision->metric) == 0) {
    fmt::print(
        stderr,
        "no point has the metric '{}' of sweep.precision, so no more than {} repeats of each "
        "were done; `longhaul export` names those there are\n",
        precision->metric, job.plan().sweep().repeats);
    as_asked = false;
  }
  return as_asked ? Done : SomeFailed;
}

}  // namespace

void add_sweep(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("sweep", "Simulate a scenario at many points, into one store of results");
  command->add_option("scenario", options->scenario, "scenario file (TOML)")->required();
  command
      ->add_option("--sweep", options->axes,
                   "an axis on top of the file's: key=a,b,c or key=from..to/n[/log] or "
                   "key={uniform=[a,b]}; may be given several times")
      ->allow_extra_args(false);
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file; may be given several times")
      ->allow_extra_args(false);
  command->add_option("--repeats", options->repeats, "of each combination, in place of the file's")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N");
  command->add_option("--seed", options->seed, "root of all random streams")->type_name("N");
  command->add_option("-j,--jobs", options->jobs, "worker processes (default: one a core)")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command->add_option("--out", options->out,
                      "file of the store (default: results/<scenario>-<seed>.sqlite)");
  auto* shard = command->add_option("--shard", options->shard, "only part I of N, for instance 2/8")
                    ->type_name("I/N");
  auto* list = command
                   ->add_option("--list", options->list,
                                "print N commands that do it in parts, or one a point with "
                                "'points', and stop")
                   ->type_name("N")
                   ->excludes(shard);
  auto* slurm = command
                    ->add_option("--slurm", options->slurm,
                                 "submit it to Slurm as an array of N tasks, and a job that joins "
                                 "what they did")
                    ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000}))
                    ->type_name("N")
                    ->excludes(shard)
                    ->excludes(list);
  command
      ->add_option("--slurm-option", options->slurm_options,
                   "of sbatch, for instance --partition=cpu; may be given several times")
      ->allow_extra_args(false)
      ->needs(slurm);
  command
      ->add_flag("--slurm-dry-run", options->slurm_dry_run,
                 "write the scripts, print the commands and submit nothing")
      ->needs(slurm);
  command
      ->add_option("--metric", options->metrics,
                   "what the screen shows, a key of summary.json; may be given several times")
      ->allow_extra_args(false);
  command->add_flag("--retry-failed", options->retry_failed, "do failed points again");
  command->add_flag("--dry-run", options->dry_run, "list the combinations and stop");
  command->footer(
      "Points that the store holds already are not done again: after Ctrl-C the same command goes "
      "on.\n"
      "Examples:\n"
      "  longhaul sweep scenarios/renewal.toml --sweep \"run.checkpoint.interval=30 min..8 "
      "h/12/log\" --repeats 20\n"
      "  longhaul sweep my.toml -j 8 --out results/mine.sqlite\n"
      "  longhaul sweep my.toml --list 64 | parallel\n"
      "  longhaul sweep my.toml --slurm 64 --slurm-option=--time=4:00:00\n"
      "Exit status 4 when points failed. Axes and columns: scenarios/README.md");
  command->callback([options, &status] { status = sweep(*options); });
}

}  // namespace longhaul::cli
