// longhaul export STORE: the points of a sweep as CSV or JSON Lines.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "report/export.hpp"
#include "report/whole_file.hpp"

namespace longhaul::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string store;
  std::string out;
  std::string format = "csv";
  std::string scenario_of;
  bool confidence_given = false;
  report::ExportOptions how;
};

/// "12" or "12/3": combination and repeat.
std::pair<std::int64_t, std::int64_t> parse_point(const std::string& text) {
  std::int64_t combination = -1;
  std::int64_t repeat = 0;
  char slash = '/';
  std::istringstream stream(text);
  stream >> combination;
  if (!stream.eof()) stream >> slash >> repeat;
  if (!stream || !stream.eof() || slash != '/' || combination < 0 || repeat < 0)
    throw InputError(Location{"--scenario " + text, 0, 0},
                     "name a point by its combination and repeat, for instance 12/0");
  return {combination, repeat};
}

void print_scenario(const experiment::StoreReader& store, const std::string& point) {
  const auto [combination, repeat] = parse_point(point);
  const auto text = store.resolved(combination, repeat);
  if (!text)
    throw InputError(Location{"--scenario " + point, 0, 0},
                     "the store holds no such point, or it could not be read");
  fmt::print("{}", *text);
}

/// The store itself and what SQLite keeps beside it are no place for the export.
void refuse_store(const experiment::StoreReader& store, const std::string& out) {
  for (const char* part : {"", "-wal", "-shm", "-journal"}) {
    std::error_code error;
    if (fs::equivalent(store.path() + part, out, error))
      throw InputError(Location{out, 0, 0},
                       "is of the store that is exported; give another file with --out");
  }
}

void write_file(const experiment::StoreReader& store, const report::ExportOptions& how,
                const std::string& out) {
  std::error_code error;
  if (!fs::exists(out, error) || fs::is_regular_file(out, error)) {
    const auto target =
        fs::is_symlink(out, error) ? fs::weakly_canonical(out, error).string() : out;
    report::WholeFile file({"file", "", "--out"}, target.empty() ? out : target);
    report::export_points(store, how, file.stream());
    file.finish();
    return;
  }
  std::ofstream file(out, std::ios::binary);  // a device or a pipe
  if (!file) throw InputError(Location{out, 0, 0}, "cannot be written");
  report::export_points(store, how, file);
  file.close();
  if (!file) throw InputError(Location{out, 0, 0}, "cannot be written; is the disk full?");
}

/// Options that would do nothing.
void refuse_idle(const Options& options) {
  const bool together = options.how.summary || options.how.means;
  const auto refuse = [](const char* option, const char* why) {
    throw InputError(Location{option, 0, 0}, why);
  };
  if (options.how.resolved && options.format != "jsonl")
    refuse("--resolved", "scenarios go with --format jsonl only");
  if (together && options.how.resolved)
    refuse("--resolved", "repeats together have no scenario; leave out --summary and --means");
  if (together && options.how.timing)
    refuse("--timing", "repeats together have no wall time; leave out --summary and --means");
  if (options.confidence_given && !together)
    refuse("--confidence", "there are intervals with --summary or --means only");
}

void export_store(Options options) {
  refuse_idle(options);
  const experiment::StoreReader store(options.store);
  if (!options.scenario_of.empty()) {
    print_scenario(store, options.scenario_of);
    return;
  }
  if (options.format == "jsonl") options.how.format = report::ExportFormat::JsonLines;
  store.require_metrics(options.how.metrics);
  if (options.out.empty()) {
    report::export_points(store, options.how, std::cout);
    std::cout.flush();
    if (!std::cout) throw std::system_error(EIO, std::generic_category(), "writing the export");
    return;
  }
  refuse_store(store, options.out);
  write_file(store, options.how, options.out);
}

}  // namespace

void add_export(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("export", "Print the points of a sweep as CSV or JSON Lines");
  command->add_option("store", options->store, "what `longhaul sweep` wrote")->required();
  command->add_option("--format", options->format, "csv or jsonl")
      ->check(CLI::IsMember({"csv", "jsonl"}));
  command
      ->add_option("--metric", options->how.metrics,
                   "only this one, a key of summary.json; may be given several times")
      ->allow_extra_args(false);
  auto* summary = command->add_flag("--summary", options->how.summary,
                                    "repeats together: mean, confidence interval and percentiles");
  command
      ->add_flag("--means", options->how.means,
                 "repeats together, a row a combination: mean and interval of each metric, to plot")
      ->excludes(summary);
  auto* confidence =
      command
          ->add_option("--confidence", options->how.confidence, "of the intervals (default: 0.95)")
          ->check(CLI::Range(0.01, 0.9999));
  command->add_flag("--timing", options->how.timing,
                    "wall times too, which differ from run to run");
  command->add_flag("--resolved", options->how.resolved,
                    "with jsonl: each point's scenario, every default written out");
  command->add_option("--scenario", options->scenario_of,
                      "print the resolved scenario of one point, COMBINATION/REPEAT, and stop");
  command->add_option("--out", options->out, "file to write (default: standard output)");
  command->footer(
      "Examples:\n"
      "  longhaul export results/renewal-1.sqlite > points.csv\n"
      "  longhaul export results/renewal-1.sqlite --summary --metric ettr\n"
      "  longhaul export results/renewal-1.sqlite --scenario 12/0 > point.toml\n"
      "Columns and units: scenarios/README.md");
  command->callback([options, confidence, &status] {
    options->confidence_given = confidence->count() > 0;
    export_store(*options);
    status = Done;
  });
}

}  // namespace longhaul::cli
