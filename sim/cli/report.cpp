// longhaul report RESULTS: a result as one page of HTML.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/cli.hpp"
#include "report/page.hpp"
#include "report/run_files.hpp"
#include "report/run_page.hpp"

namespace longhaul::cli {

void add_report(CLI::App& app, int& status) {
  struct Options {
    std::string results, out;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("report", "Write a result as a page with charts");
  command->add_option("results", options->results, "folder that `longhaul run` wrote")->required();
  command->add_option("--out", options->out, "HTML file to write (default: RESULTS/report.html)")
      ->check([](const std::string& path) { return path.empty() ? "name a file" : ""; });
  command->footer(
      "Examples:\n"
      "  longhaul report results/llama3_405b_54_days-1\n"
      "  longhaul report results/mine-1 --out mine.html\n"
      "It is one file that opens in any browser without a network.");
  command->callback([options, &status] {
    const auto page = report::run_page(report::read_run_files(options->results));
    const auto path = options->out.empty()
                          ? (std::filesystem::path(options->results) / "report.html").string()
                          : options->out;
    report::write_page_file(path, page);
    fmt::print("{}\n", path);
    status = Done;
  });
}

}  // namespace longhaul::cli
