// longhaul schema: what a scenario may contain.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/cli.hpp"
#include "report/schema.hpp"

namespace longhaul::cli {

void add_schema(CLI::App& app, int& status) {
  auto markdown = std::make_shared<bool>(false);
  auto* command = app.add_subcommand(
      "schema", "Print a JSON Schema of scenario files, by which editors complete and check them");
  command->add_flag("--markdown", *markdown, "print the reference, scenarios/README.md, instead");
  command->footer("Example:\n  longhaul schema > scenario.schema.json");
  command->callback([markdown, &status] {
    fmt::print("{}", *markdown ? report::markdown_reference() : report::json_schema());
    status = Done;
  });
}

}  // namespace longhaul::cli
