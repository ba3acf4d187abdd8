// longhaul list: the systems of the catalogue, and the topologies.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

#include "cli/cli.hpp"
#include "cli/topology_spec.hpp"
#include "fabric/fabric_config.hpp"
#include "report/text_table.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

void add_list(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("list", "The systems of the catalogue and the topologies");
  command->footer(
      "A scenario takes one by [cluster] platform = \"../platforms/clusters/NAME.toml\".\n"
      "Examples:\n  longhaul list\n  longhaul topology meta_24k_roce");
  command->callback([&status] {
    report::TextTable table{{"system", "GPUs", "chip", "domain", "topology"}};
    for (const auto& name : catalogue()) {
      const auto platform = find_platform(name, {}).platform;
      table.push_back({name, format_count(count_gpus(platform.fabric)), platform.chip.name,
                       format_count(platform.fabric.gpus_per_node), network_name(platform.fabric)});
    }
    fmt::print(
        "{}\nTopologies, with the keys of scenarios/README.md under cluster.platform.fabric:\n"
        "  {}\n",
        report::aligned(table, true), fmt::join(topologies(), ", "));
    status = Done;
  });
}

}  // namespace longhaul::cli
