// longhaul merge OUT STORE...: the stores of a sweep's shards, joined into one.
#include "experiment/merge.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "cli/terminal.hpp"
#include "diagnostics/diagnostic.hpp"
#include "units/format.hpp"

namespace longhaul::cli {

namespace {

struct Options {
  std::string out;
  std::vector<std::string> stores;
  bool partial = false;
};

/// A folder stands for the stores in it, in the order of their names.
std::vector<std::string> expanded(const std::vector<std::string>& named) {
  namespace fs = std::filesystem;
  std::vector<std::string> stores;
  for (const auto& name : named) {
    if (!fs::is_directory(name)) {
      stores.push_back(name);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(name))
      if (entry.path().extension() == ".sqlite") inside.push_back(entry.path().string());
    if (inside.empty())
      throw InputError(Location{name, 0, 0}, "there are no stores (*.sqlite) in this folder");
    std::sort(inside.begin(), inside.end());
    stores.insert(stores.end(), inside.begin(), inside.end());
  }
  return stores;
}

int merge(const Options& options) {
  const auto stores = expanded(options.stores);
  catch_interrupts();
  ProgressLine line;
  const auto outcome = experiment::merge_stores(options.out, stores, [&](std::size_t n_joined) {
    if (line.due()) line.show(fmt::format("{} of {} stores", n_joined, stores.size()));
    return !interrupted();
  });
  if (outcome.interrupted) {
    fmt::print(stderr, "interrupted; {} is as it was\n", options.out);
    return Interrupted;
  }
  fmt::print("{} of {} points in {}", format_count(outcome.n_expected - outcome.n_missing),
             format_count(outcome.n_expected), options.out);
  if (outcome.n_points > outcome.n_expected - outcome.n_missing)
    fmt::print(", and {} of further repeats",
               format_count(outcome.n_points - outcome.n_expected + outcome.n_missing));
  if (outcome.n_failed > 0) fmt::print("; {} failed", format_count(outcome.n_failed));
  if (outcome.n_missing > 0) {
    fmt::print("; {} are missing:", format_count(outcome.n_missing));
    for (const auto& [combination, repeat] : outcome.missing)
      fmt::print(" {}/{}", combination, repeat);
    if (outcome.n_missing > static_cast<std::int64_t>(outcome.missing.size())) fmt::print(" ...");
  }
  for (const auto& store : outcome.unfinished)
    fmt::print("\n{}: its sweep has not done all that it asks for; run it again, and merge again",
               store);
  fmt::print("\n");
  const bool whole = outcome.n_missing == 0 && outcome.n_failed == 0 && outcome.unfinished.empty();
  return whole || options.partial ? Done : SomeFailed;
}

}  // namespace

void add_merge(CLI::App& app, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("merge", "Join the stores of a sweep's shards into one");
  command->add_option("out", options->out, "store to make, or to add to")->required();
  command
      ->add_option("stores", options->stores,
                   "what `longhaul sweep --shard` wrote; a folder stands for the *.sqlite in it")
      ->required();
  command->add_flag("--partial", options->partial,
                    "points may be missing or failed: exit status 0 all the same");
  command->footer(
      "Examples:\n"
      "  longhaul merge all.sqlite part-1.sqlite part-2.sqlite\n"
      "  longhaul merge results/mine.sqlite results/mine.sqlite.shards\n"
      "Missing points are named by combination/repeat. Exit status 4 when points are missing or "
      "failed; what is there is joined all the same.");
  command->callback([options, &status] { status = merge(*options); });
}

}  // namespace longhaul::cli
