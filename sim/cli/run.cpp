// longhaul run SCENARIO: one run, from its first step to its last.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/run_years.hpp"
#include "cli/terminal.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/simulation.hpp"
#include "report/not_reached.hpp"
#include "report/provenance.hpp"
#include "report/results.hpp"
#include "report/run_trace.hpp"
#include "report/screen.hpp"
#include "report/summary_json.hpp"
#include "report/tables.hpp"
#include "scenario/checks.hpp"
#include "scenario/checks_schedule.hpp"
#include "scenario/checks_years.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/writer.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string scenario;
  std::string out;
  std::vector<std::string> assignments;
  std::string seed;
  std::string trace;
  bool json = false;
  bool dry_run = false;
};

Bytes peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return bytes(static_cast<double>(usage.ru_maxrss) * 1024);
}

void tell_of(const report::RunTrace& trace, const Options& options) {
  const auto note = trace.note();
  if (!options.json)
    fmt::print("{}   for ui.perfetto.dev{}{}\n", options.trace, note.empty() ? "" : "; ", note);
  else if (!note.empty())
    fmt::print(stderr, "{}: {}\n", options.trace, note);
}

/// A trace among the results would go with them when the next ones take their place.
void check_place_of_trace(const std::string& trace, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto inside = fs::weakly_canonical(trace, error)
                          .lexically_relative(fs::weakly_canonical(fs::path(folder) / "", error));
  if (inside.empty() || *inside.begin() == "..") return;
  throw InputError(Location{trace, 0, 0},
                   fmt::format("a trace cannot lie in {}, the folder of the results, which is "
                               "replaced as a whole; name a file beside it",
                               folder));
}

int run(const Options& options) {
  const double begin_s = wall_clock_s();
  auto assignments = options.assignments;
  if (!options.seed.empty()) assignments.push_back("seed=" + options.seed);
  const auto loaded = scenario::read_scenario(options.scenario, assignments);
  const auto& scenario = loaded.scenario;
  if (is_of_schedule(scenario))
    throw InputError(
        loaded.places.where("schedule"),
        "jobs queue here, in place of one run; ask `longhaul schedule` with this file");
  if (options.dry_run) {
    fmt::print("{}", scenario::resolved_toml(scenario, "."));
    return Done;
  }

  const auto folder =
      options.out.empty() ? report::default_results(options.scenario, scenario.seed) : options.out;
  report::refuse_other_than_results(folder);
  if (!options.trace.empty()) {
    if (is_of_years(scenario))
      throw InputError(loaded.places.where("world"),
                       "years have no timeline of steps; leave --trace out and see runs.csv");
    check_place_of_trace(options.trace, folder);
    report::refuse_other_than(report::trace_files, options.trace);
  }
  auto provenance = report::make_provenance(scenario.seed, loaded.files, loaded.calibration);
  if (is_of_years(scenario))
    return run_years(scenario, loaded.places, folder, options.json, provenance);
  experiment::Simulation simulation(scenario);
  const auto& setup = simulation.setup();
  scenario::check_length(scenario, loaded.places,
                         {setup.step_time, setup.checkpoint_steps, setup.checkpoint_write,
                          setup.checkpoint_read, setup.units});

  // From here on an interrupt takes the unfinished folder away first.
  catch_interrupts();
  report::ResultsFolder results(folder);
  std::optional<report::WholeFile> trace_file;
  std::optional<report::RunTrace> trace;
  if (!options.trace.empty()) {
    trace_file.emplace(report::trace_files, options.trace);
    trace.emplace(scenario);
  }

  report::EventTable events(results.file("events.csv"), scenario);
  report::TimelineTable timeline(results.file("timeline.csv"), scenario, setup.tokens_per_step);
  operations::RunTotals totals;
  double n_lines = 0;
  {
    ProgressLine progress;
    operations::RunObserver observer;
    observer.on_event = [&](const operations::RunEvent& event) {
      events.write(event);
      if (trace) trace->add(event);
      ++n_lines;
    };
    observer.on_sample = [&](const operations::RunSample& sample) {
      timeline.write(sample);
      if (trace) trace->add(sample);
      ++n_lines;
    };
    if (trace) observer.on_span = [&](const operations::RunSpan& span) { trace->add(span); };
    observer.go_on = [&](Seconds time, std::int64_t steps) {
      if (progress.due())
        progress.show(
            report::progress_line(scenario, setup, time, steps, wall_clock_s() - begin_s));
      return !interrupted() && n_lines < 2 * scenario::most_lines;
    };
    totals = simulation.run(static_cast<std::uint64_t>(scenario.seed), observer);
  }
  if (totals.interrupted && !interrupted())  // what the closed forms of check_length did not see
    throw InputError(loaded.places.where("failures"),
                     fmt::format("after {:.0e} lines of results the run is only at {}; look for "
                                 "failures that leave no time to work",
                                 n_lines, format_date(after(scenario.start, totals.simulated))));
  if (totals.interrupted) {
    fmt::print(stderr, "interrupted at {}; nothing was written, earlier results are as they were\n",
               format_date(after(scenario.start, totals.simulated)));
    return Interrupted;
  }
  if (const auto why = experiment::why_stuck(totals); !why.empty())
    throw InputError(loaded.places.where("run.steps"), why);
  events.close();
  timeline.close();
  const auto summary = experiment::summarise(scenario, setup, totals);
  results.write("resolved.toml", scenario::resolved_toml(scenario, folder));
  provenance.wall_s = wall_clock_s() - begin_s;
  const auto json =
      report::summary_json(scenario, experiment::metrics(scenario, setup, summary), summary.events,
                           provenance.wall_s, report::not_reached(scenario, totals.simulated));
  results.write("summary.json", json);
  if (trace) {
    trace->end(totals);
    trace->write(trace_file->stream(), provenance);
    trace_file->finish();
  }
  results.finish(provenance);
  fmt::print("{}", options.json ? json
                                : report::screen(scenario, setup, summary, provenance, folder,
                                                 peak_memory()));
  if (trace) tell_of(*trace, options);
  return Done;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("run", "Simulate a scenario and write its results");
  command->add_option("scenario", options->scenario, "scenario file (TOML)")->required();
  command->add_option("--out", options->out,
                      "folder for the results (default: results/<scenario>-<seed>)");
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top of the file, for instance run.checkpoint.interval=daly; "
                   "may be given several times")
      ->allow_extra_args(false);
  command->add_option("--seed", options->seed, "root of all random streams, as --set seed=N")
      ->type_name("N");
  command
      ->add_option("--trace", options->trace,
                   "write the months as a timeline to this file, for ui.perfetto.dev")
      ->check([](const std::string& path) { return path.empty() ? "name a file" : ""; });
  command->add_flag("--json", options->json, "print the summary as JSON instead of the screen");
  command->add_flag("--dry-run", options->dry_run,
                    "print the resolved scenario, every default written out, and stop");
  command->footer(
      "Examples:\n"
      "  longhaul run scenarios/llama3_405b_54_days.toml --seed 3\n"
      "  longhaul run scenarios/llama3_405b_54_days.toml --set duration=\"90 days\" --out "
      "results/90\n"
      "  longhaul run my.toml --trace months.json\n"
      "Fields, files and exit statuses: scenarios/README.md");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace longhaul::cli
