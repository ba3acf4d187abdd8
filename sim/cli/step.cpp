// longhaul step SCENARIO: where the time of one step goes.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "engine/every_rank.hpp"
#include "experiment/simulation.hpp"
#include "report/paje.hpp"
#include "report/provenance.hpp"
#include "report/step_screen.hpp"
#include "report/trace.hpp"
#include "scenario/scenario_file.hpp"
#include "training/step_across_sites.hpp"
#include "training/step_parts.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string scenario;
  std::vector<std::string> assignments;
  std::string trace, paje;
  bool json = false;
  bool every_rank = false;
};

/// Passes of all stages that are drawn at most: some hundred megabytes.
constexpr double most_passes = 2e6;

/// Ranks that SimGrid traces at most, within engine::most_link_events.
constexpr std::int64_t most_traced_ranks = 256;

void check_drawable(const scenario::LoadedScenario& loaded) {
  const auto& run = loaded.scenario.run;
  const double passes = 2.0 * static_cast<double>(run.plan.pipeline * run.plan.virtual_stages) *
                        static_cast<double>(training::microbatches(run.plan, run.batch));
  if (passes > most_passes)
    throw InputError(loaded.places.where("run.global_batch"),
                     fmt::format("a step of {:.2g} passes is more than the {:.0e} that can be "
                                 "drawn; take fewer sequences, or leave --trace out",
                                 passes, most_passes));
}

/// For an option that has every rank simulated, or traced too.
void check_every_rank(const scenario::LoadedScenario& loaded, const char* option, const char* done,
                      std::int64_t most) {
  const auto& run = loaded.scenario.run;
  if (run.gpus > most)
    throw InputError(loaded.places.where("run.gpus"),
                     fmt::format("every one of {} ranks is more than can be {}; take at most {} "
                                 "GPUs, or leave {} out",
                                 run.gpus, done, most, option));
  if (run.across_sites)
    throw InputError(loaded.places.where("run.across_sites"),
                     fmt::format("every rank knows one site alone; leave {} or [run.across_sites] "
                                 "out",
                                 option));
  if (run.plan.schedule == training::PipelineSchedule::DualPipe && run.plan.pipeline > 1)
    throw InputError(loaded.places.where("run.plan.schedule"),
                     fmt::format("every rank knows 1f1b and zero-bubble alone; take one of these, "
                                 "or leave {} out",
                                 option));
}

training::Timeline timeline_of(const scenario::Scenario& scenario, const experiment::Setup& setup) {
  const auto& run = scenario.run;
  const auto& across = run.across_sites;
  auto parts = training::step_parts(
      run.model->shape, across ? replica_plan(*across, run.plan) : run.plan,
      across ? replica_batch(*across, run.batch) : run.batch, scenario.platform->chip,
      *run.efficiency, setup.traffic, setup.phase_seconds);
  parts.sites = setup.step->terms.sites;
  return training::step_timeline(parts);
}

/// Every rank of the step, its links traced by SimGrid. An interrupt takes the unfinished trace
/// away.
Seconds write_paje(const scenario::Scenario& scenario, const std::string& path) {
  const report::PajeFile file(path);
  static const report::PajeFile* unfinished = nullptr;
  unfinished = &file;
  struct sigaction action {};
  action.sa_handler = [](int) {
    unlink(unfinished->file().c_str());
    rmdir(unfinished->folder().c_str());
    _exit(Interrupted);
  };
  struct sigaction before_int {};
  struct sigaction before_term {};
  sigaction(SIGINT, &action, &before_int);
  sigaction(SIGTERM, &action, &before_term);
  const auto time = experiment::trace_every_rank(scenario, file.file());
  sigaction(SIGINT, &before_int, nullptr);
  sigaction(SIGTERM, &before_term, nullptr);
  file.finish();
  return time;
}

int step(const Options& options) {
  const auto loaded =
      scenario::read_scenario(options.scenario, options.assignments, scenario::Purpose::Step);
  const auto& scenario = loaded.scenario;
  const auto provenance = report::make_provenance(scenario.seed, loaded.files, loaded.calibration,
                                                  engine::Clock::Detail);
  if (!options.trace.empty()) {
    check_drawable(loaded);
    report::refuse_other_than(report::trace_files, options.trace);
  }
  if (options.every_rank) check_every_rank(loaded, "--every-rank", "simulated", engine::most_ranks);
  report::StepExtras extras;
  if (!options.paje.empty()) {
    check_every_rank(loaded, "--paje", "traced", most_traced_ranks);
    extras.every_rank = write_paje(scenario, options.paje);
    extras.paje = options.paje;
  }
  const experiment::Simulation simulation(scenario);
  const auto& setup = simulation.setup();
  if (options.every_rank && !extras.every_rank) extras.every_rank = simulation.every_rank_step();
  if (!options.trace.empty()) {
    const auto timeline = timeline_of(scenario, setup);
    report::write_trace_file(options.trace, timeline, provenance);
    extras.drawn = {timeline.total, options.trace};
  }
  const auto show = options.json ? report::step_json : report::step_screen;
  fmt::print("{}", show(scenario, setup, provenance, extras));
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
  command->add_flag("--every-rank", options->every_rank,
                    "check it: simulate every rank of the step, up to 1,024 GPUs");
  command
      ->add_option("--paje", options->paje,
                   "simulate every rank and let SimGrid trace the use of links into this file")
      ->check([](const std::string& path) { return path.empty() ? "name a file" : ""; });
  command
      ->add_option("--trace", options->trace,
                   "write the step's timeline to this file, for ui.perfetto.dev")
      ->check([](const std::string& path) { return path.empty() ? "name a file" : ""; });
  command->footer(
      "Examples:\n"
      "  longhaul step scenarios/llama3_405b_54_days.toml\n"
      "  longhaul step scenarios/llama3_405b_54_days.toml --set run.plan.virtual_stages=4\n"
      "  longhaul step my.toml --trace step.json\n"
      "Keys and units of --json: scenarios/README.md");
  command->callback([options, &status] { status = step(*options); });
}

}  // namespace longhaul::cli
