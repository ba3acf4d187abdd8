// longhaul sensitivity STORE: which axes a metric depends on.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "diagnostics/diagnostic.hpp"
#include "report/sensitivity_report.hpp"
#include "report/sweep_screen.hpp"

namespace longhaul::cli {

namespace {

/// Throws InputError where the store has none.
std::string default_metric(const experiment::StoreReader& store) {
  if (const auto metrics = report::default_metrics(store); !metrics.empty()) return metrics.front();
  const auto n = store.n_points();
  const bool all_failed = n > 0 && store.n_failed() == n;
  throw InputError(Location{store.path(), 0, 0},
                   n == 0       ? "holds no point yet; run the sweep again"
                   : all_failed ? "all its points failed; `longhaul export` shows their errors"
                                : "has none of the usual metrics; name one with --metric");
}

}  // namespace

void add_sensitivity(CLI::App& app, int& status) {
  struct Options {
    std::string store;
    std::vector<std::string> metrics;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("sensitivity",
                                     "Say which axes of a sweep a metric depends on, and how much");
  command->add_option("store", options->store, "what `longhaul sweep` wrote")->required();
  command
      ->add_option("--metric", options->metrics,
                   "a key of summary.json (default: ettr, or step_s); may be given several times")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "print JSON instead of a table");
  command->footer(
      "The sweep's design is one-at-a-time (a tornado) or saltelli (first- and total-order "
      "indices).\n"
      "Examples:\n"
      "  longhaul sensitivity results/mine-1.sqlite\n"
      "  longhaul sensitivity results/mine-1.sqlite --metric lost_s.restart --json\n");
  command->callback([options, &status] {
    const experiment::StoreReader store(options->store);
    auto metrics = options->metrics;
    if (metrics.empty()) metrics = {default_metric(store)};
    for (const auto& metric : metrics)
      fmt::print("{}", options->json ? report::sensitivity_json(store, metric)
                                     : report::sensitivity_table(store, metric));
    status = Done;
  });
}

}  // namespace longhaul::cli
