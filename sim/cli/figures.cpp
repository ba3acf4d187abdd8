// longhaul figures [NAME...]: the figures of scenarios/figures/, simulated and drawn.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cli.hpp"
#include "cli/forecast_job.hpp"
#include "cli/run_years.hpp"
#include "cli/sweep_job.hpp"
#include "cli/terminal.hpp"
#include "cli/wall_job.hpp"
#include "diagnostics/diagnostic.hpp"
#include "engine/forked.hpp"
#include "experiment/store.hpp"
#include "report/export.hpp"
#include "report/figure.hpp"
#include "report/forecast_report.hpp"
#include "report/wall_report.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/sweep_file.hpp"
#include "scenario/toml_files.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> names;
  std::string out = "results/figures";
  int jobs = 0;
  bool list = false;
};

struct Figure {
  std::string name;
  fs::path folder;

  std::string scenario() const { return (folder / "scenario.toml").string(); }
};

/// Every folder with a scenario and a plot, by name.
std::vector<Figure> shipped_figures() {
  const auto root = fs::path(scenario::data_folder()) / "scenarios/figures";
  std::vector<Figure> figures;
  if (fs::is_directory(root))
    for (const auto& entry : fs::directory_iterator(root))
      if (fs::is_regular_file(entry.path() / "plot.gp"))
        figures.push_back({entry.path().filename().string(), entry.path()});
  if (figures.empty()) throw InputError(Location{root.string(), 0, 0}, "holds no figures");
  std::sort(figures.begin(), figures.end(),
            [](const Figure& a, const Figure& b) { return a.name < b.name; });
  return figures;
}

/// The figures of these names, or all. Throws InputError for those that there are none of.
std::vector<Figure> named_figures(const std::vector<std::string>& names) {
  auto all = shipped_figures();
  if (names.empty()) return all;
  std::vector<std::string_view> known;
  known.reserve(all.size());
  for (const auto& figure : all) known.emplace_back(figure.name);
  std::vector<Figure> chosen;
  Diagnostics diagnostics;
  for (const auto& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) {
      chosen.push_back(all[static_cast<std::size_t>(found - known.begin())]);
      continue;
    }
    const auto meant = closest(name, known);
    diagnostics.error(
        {name, 0, 0},
        meant.empty() ? fmt::format("there is no such figure; there are {}", fmt::join(known, ", "))
                      : fmt::format("there is no such figure; did you mean '{}'?", meant));
  }
  diagnostics.throw_if_any();
  return chosen;
}

/// Whether its jobs lie in a folder of public traces that nobody named.
bool lacks_traces(const Figure& figure) {
  for (const auto& [key, value] : scenario::flat_toml(figure.scenario()))
    if (key == "schedule.trace" && value.find(scenario::traces_prefix) != std::string::npos &&
        scenario::in_traces(std::string(scenario::traces_prefix)).empty())
      return true;
  return false;
}

std::string title_of(const Figure& figure) {
  const auto path = figure.scenario();
  if (scenario::holds_table(path, "constraints"))
    return scenario::read_scenario(path, {}, scenario::Purpose::Forecast).scenario.title;
  if (scenario::holds_table(path, "wall"))
    return scenario::read_scenario(path, {}, scenario::Purpose::Wall).scenario.title;
  return scenario::read_sweep(path, {}, {}).title;
}

void list(const std::vector<Figure>& figures) {
  std::size_t width = 0;
  for (const auto& figure : figures) width = std::max(width, figure.name.size());
  for (const auto& figure : figures) {
    fmt::print("{:<{}}  {}\n", figure.name, width, title_of(figure));
  }
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw InputError(Location{path.string(), 0, 0}, "cannot be written");
}

void write_export(const experiment::StoreReader& store, const fs::path& path,
                  const report::ExportOptions& how) {
  std::ofstream file(path, std::ios::binary);
  report::export_points(store, how, file);
  file.close();
  if (!file) throw InputError(Location{path.string(), 0, 0}, "cannot be written");
}

/// What the plot reads.
void write_data(const experiment::StoreReader& store, const fs::path& folder) {
  report::ExportOptions how;
  write_export(store, folder / "points.csv", how);
  how.summary = true;
  write_export(store, folder / "summary.csv", how);
  how.summary = false;
  how.means = true;
  write_export(store, folder / "data.csv", how);
}

/// With the inputs as the store names them, and how long the points took in all.
report::Provenance provenance_of(const SweepJob& job, const experiment::StoreReader& store) {
  auto provenance = job.provenance();
  provenance.inputs.clear();
  for (const auto& [path, sha256] : store.record().inputs)
    provenance.inputs.push_back({path, sha256});
  store.for_each({}, [&](const auto& point) { provenance.wall_s += point.wall_s; });
  return provenance;
}

/// Says what is wrong with the points; a figure of some of them would mislead.
int refuse_failed(const Figure& figure, const experiment::StoreReader& store,
                  std::int64_t n_missing, const std::string& path) {
  std::string first;
  store.for_each({}, [&](const experiment::StoreReader::Row& row) {
    if (first.empty()) first = row.error;
  });
  fmt::print(stderr, "{}: not drawn, {} points failed and {} are missing; points are in {}\n",
             figure.name, format_count(store.n_failed()), format_count(n_missing), path);
  if (!first.empty()) fmt::print(stderr, "  {}\n", first.substr(0, first.find('\n')));
  return SomeFailed;
}

/// Draws the figure from `folder`/data.csv, with its caption.
void draw(const Figure& figure, const fs::path& folder, const report::Provenance& provenance) {
  report::draw_figure(figure.folder, folder, folder, figure.name,
                      report::figure_size(figure.folder));
  report::write_caption(figure.folder, folder, figure.name, provenance);
}

/// Inputs as others find them, on any machine.
void as_shipped(report::Provenance& provenance) {
  for (auto& input : provenance.inputs)
    input.path = fs::proximate(input.path, scenario::data_folder()).generic_string();
}

int make_forecast(const Figure& figure, const Options& options) {
  const auto folder = fs::path(options.out) / figure.name;
  auto job = run_forecast(figure.scenario(), {}, default_samples);
  as_shipped(job.provenance);
  fs::create_directories(folder);
  write_file(folder / "data.csv", report::forecast_csv(job.forecast));
  draw(figure, folder, job.provenance);
  fmt::print("{}  {} samples, {:.1f} s  {}.svg .pdf .png .txt\n", figure.name,
             format_count(job.forecast.n_samples), job.provenance.wall_s,
             (folder / figure.name).string());
  std::fflush(stdout);
  return Done;
}

int make_wall(const Figure& figure, const Options& options) {
  const auto folder = fs::path(options.out) / figure.name;
  auto job = run_wall(figure.scenario(), {});
  as_shipped(job.provenance);
  fs::create_directories(folder);
  write_file(folder / "data.csv", report::wall_csv(job.walls));
  draw(figure, folder, job.provenance);
  fmt::print("{}  {} walls, {:.1f} s  {}.svg .pdf .png .txt\n", figure.name, job.walls.size(),
             job.provenance.wall_s, (folder / figure.name).string());
  std::fflush(stdout);
  return Done;
}

/// Of one simulation of labs: data.csv has its runs, summary.csv the years between.
int make_years(const Figure& figure, const Options& options) {
  const double begin_s = wall_clock_s();
  const auto folder = fs::path(options.out) / figure.name;
  const auto loaded = scenario::read_scenario(figure.scenario(), {});
  auto provenance = report::make_provenance(loaded.scenario.seed, loaded.files, "");
  fs::create_directories(folder);
  catch_interrupts();
  // In a process of its own: the next figure may need an engine whose clock has not run.
  const auto ended = engine::run_forked([&]() -> std::string {
    try {
      const auto written =
          write_years(loaded.scenario, loaded.places, (folder / "data.csv").string(),
                      (folder / "summary.csv").string());
      return written.totals.interrupted ? "interrupted" : "";
    } catch (const InputError& problem) {
      return problem.what();
    }
  });
  if (ended == "interrupted") return Interrupted;
  if (!ended.empty()) throw InputError(Location{figure.scenario(), 0, 0}, ended);
  provenance.wall_s = wall_clock_s() - begin_s;
  draw(figure, folder, provenance);
  fmt::print("{}  {:.1f} s  {}.svg .pdf .png .txt\n", figure.name, provenance.wall_s,
             (folder / figure.name).string());
  std::fflush(stdout);
  return Done;
}

int make(const Figure& figure, const Options& options) {
  if (lacks_traces(figure)) {
    fmt::print(stderr,
               "{}: skipped, its jobs are in a folder of public traces; name it by the environment "
               "variable LONGHAUL_TRACES\n",
               figure.name);
    return Done;
  }
  if (scenario::holds_table(figure.scenario(), "constraints"))
    return make_forecast(figure, options);
  if (scenario::holds_table(figure.scenario(), "wall")) return make_wall(figure, options);
  if (scenario::holds_table(figure.scenario(), "world") &&
      !scenario::holds_table(figure.scenario(), "sweep"))
    return make_years(figure, options);
  const double begin_s = wall_clock_s();
  const auto folder = fs::path(options.out) / figure.name;
  const auto path = (folder / (figure.name + ".sqlite")).string();
  SweepRequest request;
  request.scenario = figure.scenario();
  request.jobs = options.jobs;
  request.retry_failed = true;
  const SweepJob job(request);
  remove_outdated(path, job.record());
  const auto progress = job.run(path);
  if (progress.interrupted) {
    fmt::print(stderr, "interrupted; {} points are in {}, the same command does the rest\n",
               format_count(progress.before + progress.done), path);
    return Interrupted;
  }
  const experiment::StoreReader store(path);
  if (store.n_failed() + progress.missing > 0)
    return refuse_failed(figure, store, progress.missing, path);
  try {
    write_data(store, folder);
    draw(figure, folder, provenance_of(job, store));
  } catch (const InputError& problem) {
    fmt::print(stderr, "{}\n{}: not drawn; {} points are in {}\n", problem.what(), figure.name,
               format_count(store.n_points()), path);
    return BadInput;
  }
  fmt::print("{}  {} points, {} of them new, {:.1f} s  {}.svg .pdf .png .txt\n", figure.name,
             format_count(store.n_points()), format_count(progress.done), wall_clock_s() - begin_s,
             (folder / figure.name).string());
  std::fflush(stdout);
  return Done;
}

int figures(const Options& options) {
  const auto chosen = named_figures(options.names);
  if (options.list) {
    list(chosen);
    return Done;
  }
  int status = Done;
  for (const auto& figure : chosen) {
    int own = BadInput;
    try {
      own = make(figure, options);
    } catch (const InputError& problem) {  // the other figures can be made all the same
      fmt::print(stderr, "{}\n{}: not drawn\n", problem.what(), figure.name);
    }
    if (own == Interrupted) return own;
    status = std::max(status, own);
  }
  return status;
}

}  // namespace

void add_figures(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("figures", "Simulate and draw the figures of scenarios/figures/");
  command->add_option("name", options->names, "figures (default: all)");
  command->add_option("-j,--jobs", options->jobs, "worker processes (default: one a core)")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command->add_option("--out", options->out,
                      "folder that gets a folder a figure (default: results/figures)");
  command->add_flag("--list", options->list, "say which figures there are and stop");
  command->footer(
      "Points that were simulated by this program from the same files are not done again: after "
      "Ctrl-C the same command goes on.\n"
      "Examples:\n"
      "  longhaul figures\n"
      "  longhaul figures checkpoint_interval --out /tmp/figures\n"
      "Exit status 4 when points failed. Files: scenarios/README.md");
  command->callback([options, &status] { status = figures(*options); });
}

}  // namespace longhaul::cli
