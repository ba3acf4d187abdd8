#include "cli/cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <system_error>

#include "diagnostics/diagnostic.hpp"
#include "experiment/store.hpp"
#include "fabric/graph.hpp"
#include "report/provenance.hpp"

namespace longhaul::cli {

int run_program(int argc, char** argv) {
  int status = Done;
  CLI::App app{
      "Simulates AI training runs that last for months.\n\n"
      "  longhaul run scenarios/llama3_405b_54_days.toml       54 days of Llama 3 405B\n"
      "  longhaul run my.toml --set run.gpus=8192 --seed 7     another size, another seed\n"
      "  longhaul run my.toml --dry-run                        every default written out\n"
      "  longhaul run scenarios/figures/ladder/scenario.toml   a lab's runs over twelve years\n"
      "  longhaul forecast scenarios/figures/constraints_2030/scenario.toml\n"
      "  longhaul sweep my.toml --sweep run.gpus=4096,8192     many points, into one store\n"
      "  longhaul step my.toml                                 where the time of one step goes\n"
      "  longhaul plan my.toml                                 the fastest plans that fit\n"
      "  longhaul topology meta_24k_roce \"torus 16x16x96\"   fabrics side by side\n"
      "  longhaul schedule jobs.swf --hosts 128 --policy fifo,easy   a queue under policies\n"
      "  longhaul wall scenarios/figures/latency_wall/scenario.toml   where runs end\n"
      "  longhaul forecast my.toml                             how far inputs spread results\n"
      "  longhaul report results/my-1                          a result as a page with charts\n",
      "longhaul"};
  app.set_version_flag("--version", report::version_text());
  app.require_subcommand(1);
  add_run(app, status);
  add_sweep(app, status);
  add_export(app, status);
  add_merge(app, status);
  add_sensitivity(app, status);
  add_compare(app, status);
  add_figures(app, status);
  add_forecast(app, status);
  add_list(app, status);
  add_plan(app, status);
  add_report(app, status);
  add_schedule(app, status);
  add_schema(app, status);
  add_step(app, status);
  add_topology(app, status);
  add_validate(app, status);
  add_wall(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? Done : BadInput;
  } catch (const InputError& problem) {
    const auto n = problem.diagnostics().size();
    fmt::print(stderr, "{}\n{} error{}; nothing was written\n", problem.what(), n,
               n == 1 ? "" : "s");
    return BadInput;
  } catch (const experiment::StoreError& problem) {
    fmt::print(stderr, "longhaul: {}\n", problem.what());
    return BadInput;
  } catch (const fabric::NoPath& problem) {
    fmt::print(stderr, "longhaul: {}\n", problem.what());
    return BadInput;
  } catch (const std::system_error& problem) {  // a full disk, a closed terminal
    fmt::print(stderr, "longhaul: {}\n", problem.what());
    return BadInput;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "longhaul: {}\nThis is our fault; please report it with the scenario.\n",
               problem.what());
    return OurFault;
  }
  return status;
}

}  // namespace longhaul::cli
