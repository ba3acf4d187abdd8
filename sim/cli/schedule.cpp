// longhaul schedule TRACE|SCENARIO: jobs that queue for a cluster, under one policy or several.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/terminal.hpp"
#include "cli/topology_spec.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/schedule.hpp"
#include "report/provenance.hpp"
#include "report/schedule_gantt.hpp"
#include "report/schedule_report.hpp"
#include "report/schedule_trace.hpp"
#include "scenario/checks_schedule.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/toml_files.hpp"
#include "scenario/writer.hpp"
#include "scheduling/config.hpp"
#include "scheduling/placement.hpp"
#include "scheduling/policy.hpp"
#include "scheduling/trace_file.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string input;
  std::string policy;
  std::string platform;
  std::string hosts;
  std::string slots_per_host;
  std::string placement;
  std::string estimate;
  std::string format;
  std::string intensity;
  std::string watts;
  std::string jobs_out;
  std::string seed;
  std::string trace;
  std::string gantt;
  std::vector<std::string> assignments;
  bool skip_bad = false;
  bool json = false;
  bool dry_run = false;
};

/// A card by its path, or by its name in the catalogue.
std::string platform_path(const std::string& name) {
  const auto known = catalogue();
  if (std::find(known.begin(), known.end(), name) == known.end()) return name;
  return std::filesystem::proximate(scenario::data_folder() + "/platforms/clusters/" + name +
                                    ".toml")
      .string();
}

/// Options as assignments: each stands for a field of the scenario.
std::vector<std::string> assignments_of(const Options& options, bool is_scenario) {
  std::vector<std::string> all;
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) all.push_back(fmt::format("{}={}", key, scenario::toml_text(value)));
  };
  if (!is_scenario) {
    text("title", std::filesystem::path(options.input).filename().string());
    text("schedule.trace", options.input);
  }
  text("schedule.policy", options.policy);
  text("cluster.platform", platform_path(options.platform));
  text("schedule.hosts", options.hosts);
  text("schedule.placement", options.placement);
  text("schedule.estimate", options.estimate);
  text("schedule.format", options.format);
  for (const auto& [key, value] :
       {std::pair("schedule.slots_per_host", options.slots_per_host),
        std::pair("schedule.intensity", options.intensity), std::pair("seed", options.seed)})
    if (!value.empty()) all.push_back(fmt::format("{}={}", key, value));
  if (!options.watts.empty()) {
    // A bare number is in watts.
    const bool bare = options.watts.find_first_not_of("0123456789.eE+-") == std::string::npos;
    text("schedule.watts", bare ? options.watts + " W" : options.watts);
  }
  if (options.skip_bad) all.emplace_back("schedule.skip_bad=true");
  all.insert(all.end(), options.assignments.begin(), options.assignments.end());
  return all;
}

std::string names_of_formats() {
  std::vector<std::string_view> names;
  for (const auto& format : scheduling::trace_formats()) names.push_back(format.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What was printed and written before stays, whether or not it can be drawn.
int draw(const report::ScheduleGantt& gantt, const std::string& file,
         const report::Provenance& provenance) {
  try {
    gantt.draw(provenance);
  } catch (const InputError& problem) {
    fmt::print(stderr, "{}\n{}: not drawn\n", problem.what(), file);
    return BadInput;
  }
  return Done;
}

int schedule(const Options& options) {
  const bool is_scenario = std::filesystem::path(options.input).extension() == ".toml";
  const auto loaded = scenario::read_scenario(is_scenario ? options.input : std::string(),
                                              assignments_of(options, is_scenario));
  const auto& scenario = loaded.scenario;
  if (!is_of_schedule(scenario))
    throw InputError(Location{options.input, 0, 0},
                     "no jobs queue here; a scenario of a schedule has [schedule] with a trace");
  for (const auto& bad : loaded.skipped) fmt::print(stderr, "{}\n", to_string(bad));
  if (options.dry_run) {
    fmt::print("{}", scenario::resolved_toml(scenario, "."));
    return Done;
  }
  const auto provenance = report::make_provenance(scenario.seed, loaded.files, loaded.calibration);
  catch_interrupts();
  std::optional<report::JobTable> jobs;
  if (!options.jobs_out.empty()) jobs.emplace(options.jobs_out);
  std::optional<report::WholeFile> trace_file;
  std::optional<report::ScheduleTrace> trace;
  if (!options.trace.empty()) {
    trace_file.emplace(report::trace_files, options.trace);
    trace.emplace(scenario);
  }
  const auto policies = scheduling::policy_names(scenario.schedule->policy);
  std::optional<report::ScheduleGantt> gantt;
  if (!options.gantt.empty()) gantt.emplace(scenario, options.gantt, policies.size());
  std::vector<experiment::ScheduleOutcome> outcomes;
  const auto n_jobs = static_cast<std::int64_t>(scenario.jobs.jobs.size());
  ProgressLine progress;
  for (const auto& policy : policies) {
    experiment::Schedule run(scenario, policy, jobs.has_value());
    experiment::ScheduleObserver observer;
    if (trace) trace->begin(policy);
    if (gantt) gantt->begin(policy);
    observer.on_event = [&](const auto& event) {
      if (trace) trace->add(event, run.cluster());
      if (gantt) gantt->add(event, run.cluster());
    };
    observer.go_on = [&](std::int64_t n_ended) {
      if (progress.due()) progress.show(fmt::format("{}: {} of {} jobs", policy, n_ended, n_jobs));
      return !interrupted();
    };
    outcomes.push_back(run.run(observer));
    if (outcomes.back().interrupted) {
      outcomes.pop_back();
      break;
    }
    if (jobs) jobs->write(scenario, policy, run.cluster());
  }
  if (interrupted()) {
    fmt::print(stderr, "interrupted; {} of the policies ended, no file was written\n",
               outcomes.size());
  } else {
    if (jobs) jobs->finish();
    if (trace) {
      trace->write(trace_file->stream(), provenance);
      trace_file->finish();
    }
  }
  if (!outcomes.empty())
    fmt::print("{}", options.json ? report::schedule_json(scenario, outcomes, provenance)
                                  : report::schedule_screen(scenario, outcomes, provenance));
  if (trace && !interrupted() && !trace->note().empty())
    fmt::print(stderr, "{}: {}\n", options.trace, trace->note());
  if (interrupted()) return Interrupted;
  return gantt ? draw(*gantt, options.gantt, provenance) : Done;
}

std::string footer() {
  std::string text = "Policies:\n";
  for (const auto& policy : scheduling::policies())
    text += fmt::format("  {:<22}{}\n", policy.name, policy.what);
  text += "\nFormats of traces (recognised by name and first line):\n";
  for (const auto& format : scheduling::trace_formats())
    text += fmt::format("  {:<22}{}\n", format.name, format.what);
  return text +
         "\nExamples:\n"
         "  longhaul schedule jobs.swf --hosts 128 --policy fifo,easy\n"
         "  longhaul schedule philly.csv --hosts 50 --slots-per-host 8 --placement packed "
         "--policy fifo,srtf,las\n"
         "  longhaul schedule jobs.csv --hosts 8 --policy fifo,easy --gantt jobs.svg\n"
         "  longhaul schedule workload.json --hosts 32 --policy easy-machines --watts 95 --json "
         "--jobs-out jobs.csv\n"
         "  longhaul schedule scenarios/queue.toml --set schedule.intensity=1.2\n"
         "Fields, files and exit statuses: scenarios/README.md";
}

}  // namespace

void add_schedule(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "schedule", "Let the jobs of a trace queue for a cluster and compare policies");
  command
      ->add_option("input", options->input,
                   "trace of jobs, or scenario file (.toml) with [schedule]")
      ->required();
  command->add_option("--policy", options->policy, "one or several of those below (default: fifo)")
      ->type_name("NAME[,NAME...]");
  command
      ->add_option(
          "--hosts", options->hosts,
          "a plain pool of machines: 400, or v100=36,p100=36 by the trace's kinds (default: "
          "as many as the trace says it had)")
      ->type_name("N");
  command
      ->add_option("--slots-per-host", options->slots_per_host,
                   "GPUs or cores that jobs may share a machine by (default: 1)")
      ->type_name("N");
  command
      ->add_option("--platform", options->platform,
                   "cluster card in place of --hosts, or its name in the catalogue")
      ->type_name("FILE|NAME");
  command
      ->add_option("--placement", options->placement,
                   fmt::format("which free slots a job gets: {} (default: lowest)",
                               fmt::join(scheduling::placement_names(), ", ")))
      ->type_name("NAME");
  command
      ->add_option("--estimate", options->estimate,
                   "what policies take for run times: requested (default; actual where nothing was "
                   "requested) or actual")
      ->type_name("WHAT");
  command->add_option("--watts", options->watts, "of a machine, busy or idle")->type_name("W");
  command
      ->add_option("--intensity", options->intensity,
                   "submissions come so many times as fast (default: 1)")
      ->type_name("X");
  command
      ->add_option("--format", options->format,
                   fmt::format("of the trace, where it is not recognised: {}", names_of_formats()))
      ->type_name("NAME");
  command->add_flag("--skip-bad", options->skip_bad,
                    "report bad lines of the trace, leave them out and use the rest");
  command->add_option("--jobs-out", options->jobs_out, "write a table with a line a job")
      ->type_name("FILE");
  command
      ->add_option("--trace", options->trace,
                   "write who ran where as a timeline to this file, for ui.perfetto.dev")
      ->type_name("FILE");
  command
      ->add_option("--gantt", options->gantt,
                   "draw who had which machines when, a panel a policy, to this .svg, .pdf or .png "
                   "with gnuplot")
      ->type_name("FILE");
  command
      ->add_option("--set", options->assignments,
                   "key.path=value on top, for instance schedule.restart=\"2 min\"; may be given "
                   "several times")
      ->allow_extra_args(false);
  command->add_option("--seed", options->seed, "root of all random streams, as --set seed=N")
      ->type_name("N");
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command->add_flag("--dry-run", options->dry_run,
                    "print the resolved scenario, every default written out, and stop");
  command->footer(footer());
  command->callback([options, &status] { status = schedule(*options); });
}

}  // namespace longhaul::cli
