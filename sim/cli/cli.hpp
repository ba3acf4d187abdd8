// The command line: one file a sub-command.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace longhaul::cli {

/// Exit statuses, documented in scenarios/README.md.
enum ExitStatus : int {
  Done = 0,
  OurFault = 1,
  BadInput = 2,
  OutsideBand = 3,
  SomeFailed = 4,
  Interrupted = 130,
};

/// Runs the program. Never throws.
int run_program(int argc, char** argv);

// Each adds its sub-command to the program; when it is chosen its callback leaves the exit status
// in `status`.
void add_run(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);
void add_figures(CLI::App& app, int& status);
void add_forecast(CLI::App& app, int& status);
void add_list(CLI::App& app, int& status);
void add_merge(CLI::App& app, int& status);
void add_plan(CLI::App& app, int& status);
void add_report(CLI::App& app, int& status);
void add_schedule(CLI::App& app, int& status);
void add_schema(CLI::App& app, int& status);
void add_sensitivity(CLI::App& app, int& status);
void add_step(CLI::App& app, int& status);
void add_sweep(CLI::App& app, int& status);
void add_topology(CLI::App& app, int& status);
void add_validate(CLI::App& app, int& status);
void add_wall(CLI::App& app, int& status);

}  // namespace longhaul::cli
