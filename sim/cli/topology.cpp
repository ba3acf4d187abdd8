// longhaul topology NAME...: what fabrics cost, carry and break under, side by side.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/topology_spec.hpp"
#include "collectives/on_fabric.hpp"
#include "diagnostics/diagnostic.hpp"
#include "engine/flow_phase.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"
#include "fabric/fabric_config.hpp"
#include "fabric/rewire.hpp"
#include "report/topology_report.hpp"
#include "units/dimension.hpp"
#include "units/parse.hpp"

namespace longhaul::cli {

namespace {

using collectives::Operation;

const std::map<std::string, Operation>& operations_by_name() {
  static const std::map<std::string, Operation> names{
      {"all-reduce", Operation::AllReduce}, {"reduce-scatter", Operation::ReduceScatter},
      {"all-gather", Operation::AllGather}, {"all-to-all", Operation::AllToAll},
      {"broadcast", Operation::Broadcast},
  };
  return names;
}

struct Options {
  std::vector<std::string> names;
  std::vector<std::string> assignments;
  std::string prices;
  std::string collective;
  std::string size = "1 GB";
  std::string algorithm;
  std::int64_t ranks = 0;
  bool json = false;
  bool csv = false;
};

Bytes read_size(const std::string& text) {
  const auto parsed = parse_quantity(text, dimension_of<Bytes>);
  if (!parsed.ok()) throw InputError(Location{"--size " + text, 0, 0}, parsed.problem);
  if (!(parsed.value >= 1.0 && parsed.value <= 1e15))
    throw InputError(Location{"--size " + text, 0, 0}, "must be from 1 B to 1 PB");
  return bytes(parsed.value);
}

/// The algorithm that was asked for, else the fastest in closed form.
report::CollectiveResult run_collective(const Options& options, const fabric::Router& router) {
  const fabric::Fabric& fabric = router.fabric();
  report::CollectiveResult result;
  result.operation = options.collective;
  result.ranks = options.ranks > 0 ? options.ranks : fabric.n_gpus();
  result.size = read_size(options.size);
  if (result.ranks > fabric.n_gpus())
    throw std::invalid_argument(fmt::format("--gpus {}, but there are {}; take at most that many",
                                            result.ranks, fabric.n_gpus()));
  const Operation operation = operations_by_name().at(options.collective);
  std::vector<fabric::VertexIndex> gpus;
  for (std::int64_t i = 0; i < fabric.n_gpus(); ++i) gpus.push_back(fabric.gpu_at(i));

  const collectives::Schedule* chosen = nullptr;
  std::string names;
  const auto algorithms = collectives::algorithms(operation, result.size, fabric, result.ranks);
  for (const auto& algorithm : algorithms) {
    names += (names.empty() ? "" : ", ") + algorithm.name;
    if (!options.algorithm.empty() && algorithm.name != options.algorithm) continue;
    const Seconds time = collectives::schedule_time(algorithm.schedule, router, gpus);
    if (chosen != nullptr && time >= result.analytic) continue;
    chosen = &algorithm.schedule;
    result.algorithm = algorithm.name;
    result.analytic = time;
  }
  if (chosen == nullptr)
    throw std::invalid_argument(fmt::format("there is no {} '{}' here; there are: {}",
                                            options.collective, options.algorithm, names));
  const auto values = engine::run_forked_values<double>([&] {
    engine::start_engine(engine::Clock::Detail);
    fabric::Router own(fabric, router.routing());
    engine::FabricZone zone(own);
    return std::vector{engine::run_schedule(zone, *chosen, gpus).value()};
  });
  result.flow = seconds(values.at(0));
  if (result.flow > seconds(0))
    result.bus_bandwidth =
        collectives::bus_bandwidth(operation, result.size, result.ranks, result.flow);
  return result;
}

/// Those that were asked for, by path or by name; else the platform's own; else the default's.
hardware::PriceList prices_of(const scenario::Platform& platform, const Options& options) {
  if (options.prices.empty() && platform.prices) return *platform.prices;
  const std::string name = options.prices.empty() ? "rail_only_2023" : options.prices;
  const auto card = fmt::format("{}/platforms/prices/{}.toml", scenario::data_folder(), name);
  if (std::filesystem::exists(name)) return scenario::read_prices(name);
  if (std::filesystem::exists(card)) return scenario::read_prices(card);
  throw InputError(Location{"--prices " + name, 0, 0},
                   fmt::format("is no card, and platforms/prices/ has none of this name; take one "
                               "of {}",
                               fmt::join(cards_of("prices"), ", ")));
}

report::TopologyRow examine(const std::string& name, const Options& options) {
  const auto loaded = find_platform(name, options.assignments);
  const auto& platform = loaded.platform;
  const auto prices = prices_of(platform, options);
  auto config = platform.fabric;
  config.storage_bandwidth = {};  // no part of what is compared
  const fabric::Fabric built = make_fabric(config);
  const fabric::Fabric fabric = without_standby(built);
  const fabric::Router router(fabric, config.routing);
  report::TopologyRow row;
  row.name = platform.name;
  row.topology = network_name(platform.fabric);
  const auto refuse = [&](const std::exception& problem) {
    throw InputError(Location{name, 0, 0}, problem.what());
  };
  try {
    row.survey = fabric::survey(fabric);
    row.bill = fabric::bill_of_materials(built, prices);
    row.all_reduce_rate = collectives::rail_rings_rate(router);
    if (!options.collective.empty()) row.collective = run_collective(options, router);
  } catch (const std::invalid_argument& problem) {
    refuse(problem);
  } catch (const fabric::NoPath& problem) {
    refuse(problem);
  }
  return row;
}

}  // namespace

void add_topology(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("topology", "What fabrics cost, carry and break under, side by side");
  command
      ->add_option("fabric", options->names,
                   "a cluster card, a system of `longhaul list`, or a topology with its numbers")
      ->required();
  command
      ->add_option("--set", options->assignments,
                   "key=value on top of every card, for instance fabric.gpus_per_node=8")
      ->allow_extra_args(false);
  command->add_option("--prices", options->prices,
                      "a card, or its name in platforms/prices/ (default: the platform's own, else "
                      "rail_only_2023)");
  auto* collective =
      command
          ->add_option("--collective", options->collective,
                       "simulate one on each fabric: all-reduce, reduce-scatter, all-gather, "
                       "all-to-all, broadcast")
          ->check(CLI::IsMember(operations_by_name()));
  command->add_option("--size", options->size, "a rank's whole buffer (default: 1 GB)")
      ->needs(collective);
  command
      ->add_option("--algorithm", options->algorithm,
                   "of the collective (default: the fastest in closed form)")
      ->needs(collective);
  command->add_option("--gpus", options->ranks, "that take part, the first ones (default: all)")
      ->check(CLI::PositiveNumber)
      ->needs(collective);
  auto* json = command->add_flag("--json", options->json, "print JSON instead of a table");
  command->add_flag("--csv", options->csv, "print CSV instead of a table")->excludes(json);
  command->footer(
      "Examples:\n"
      "  longhaul topology meta_24k_roce\n"
      "  longhaul topology \"dragonfly a=6 p=3 h=3\" \"torus 5x7\" --json\n"
      "  longhaul topology \"fat_tree k=16 levels=3\" \"torus 8x8x16\" --collective all-reduce "
      "--size 1GB\n"
      "  longhaul topology \"torus 8x8x8\" --set fabric.sites.buildings=2\n"
      "Keys and units of --json and --csv: scenarios/README.md");
  command->callback([options, &status] {
    std::vector<report::TopologyRow> rows;
    for (const auto& name : options->names) rows.push_back(examine(name, *options));
    fmt::print("{}", options->json  ? report::topology_json(rows)
                     : options->csv ? report::topology_csv(rows)
                                    : report::topology_table(rows));
    status = Done;
  });
}

}  // namespace longhaul::cli
