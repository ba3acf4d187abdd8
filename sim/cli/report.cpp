// longhaul report RESULTS: a run, years of labs, or a sweep, as one page of HTML.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "report/page.hpp"
#include "report/run_files.hpp"
#include "report/run_page.hpp"
#include "report/sweep_page.hpp"
#include "report/years_files.hpp"
#include "report/years_page.hpp"

namespace longhaul::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string results, out;
  std::vector<std::string> metrics;
};

/// STORE.html in place of STORE.sqlite, whatever else the store's name ends in.
std::string beside(const std::string& store) {
  const fs::path path(store);
  return path.extension() == ".sqlite" ? fs::path(path).replace_extension(".html").string()
                                       : store + ".html";
}

void report_sweep(const Options& options) {
  const experiment::StoreReader store(options.results);
  const auto page = report::sweep_page(store, options.metrics);
  const auto path = options.out.empty() ? beside(options.results) : options.out;
  report::write_page_file(path, page);
  fmt::print("{}\n", path);
}

void report_folder(const Options& options) {
  if (!options.metrics.empty())
    throw InputError(Location{"--metric", 0, 0}, "goes with the store of a sweep only");
  const auto page = report::is_years_folder(options.results)
                        ? report::years_page(report::read_years_files(options.results))
                        : report::run_page(report::read_run_files(options.results));
  const auto path =
      options.out.empty() ? (fs::path(options.results) / "report.html").string() : options.out;
  report::write_page_file(path, page);
  fmt::print("{}\n", path);
}

}  // namespace

void add_report(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("report", "Write a result or a sweep as a page with charts");
  command
      ->add_option("results", options->results,
                   "folder that `longhaul run` wrote, or file that `longhaul sweep` wrote")
      ->required();
  command
      ->add_option("--out", options->out,
                   "HTML file to write (default: RESULTS/report.html, of a sweep .html in place "
                   "of .sqlite)")
      ->check([](const std::string& path) { return path.empty() ? "name a file" : ""; });
  command
      ->add_option("--metric", options->metrics,
                   "of a sweep: what is drawn, a key of summary.json; may be given several times")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n"
      "  longhaul report results/llama3_405b_54_days-1\n"
      "  longhaul report results/mine-1 --out mine.html\n"
      "  longhaul report results/lab_on_three_clusters-1\n"
      "  longhaul report results/renewal-1.sqlite --metric ettr --metric lost_s.checkpoint\n"
      "It is one file that opens in any browser without a network.");
  command->callback([options, &status] {
    std::error_code error;
    if (fs::is_regular_file(options->results, error))
      report_sweep(*options);
    else
      report_folder(*options);
    status = Done;
  });
}

}  // namespace longhaul::cli
