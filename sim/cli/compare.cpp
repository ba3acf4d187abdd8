// longhaul compare A B: what differs between two results.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/cli.hpp"
#include "report/compare.hpp"

namespace longhaul::cli {

void add_compare(CLI::App& app, int& status) {
  struct Options {
    std::string a, b;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("compare", "List what differs between two results");
  command->add_option("a", options->a, "folder of the first result")->required();
  command->add_option("b", options->b, "folder of the second")->required();
  command->footer("Example:\n  longhaul compare results/mine-1 results/mine-2");
  command->callback([options, &status] {
    fmt::print("{}", report::compare_results(options->a, options->b));
    status = Done;
  });
}

}  // namespace longhaul::cli
