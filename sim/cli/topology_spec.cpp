#include "cli/topology_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <utility>

#include "diagnostics/diagnostic.hpp"
#include "scenario/field_table.hpp"

namespace longhaul::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view fabric_path = "cluster.platform.fabric.";

/// The letters that the papers use for a key.
struct Letter {
  std::string_view topology, letter, key;
};
constexpr Letter letters[] = {
    {"fat_tree", "k", "ports"},
    {"dragonfly", "a", "routers"},
    {"dragonfly", "p", "gpus_per_router"},
    {"dragonfly", "h", "global_ports"},
    {"dragonfly", "g", "groups"},
    {"hyperx", "p", "gpus_per_router"},
    {"slim_fly", "p", "gpus_per_router"},
};

std::string clusters_folder() { return scenario::data_folder() + "/platforms/clusters"; }

/// Keys of one table below [fabric], without its path: "dragonfly" -> a row each.
std::vector<scenario::FieldRow> rows_below(const std::string& table) {
  const auto prefix = std::string(fabric_path) + table + (table.empty() ? "" : ".");
  std::vector<scenario::FieldRow> rows;
  for (auto& row : scenario::field_rows()) {
    if (!row.path.starts_with(prefix)) continue;
    row.path = row.path.substr(prefix.size());
    if (row.path.find('.') == std::string::npos) rows.push_back(std::move(row));
  }
  return rows;
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// "5x7" as "[5,7]"; anything else as it is.
std::string list_or_word(const std::string& word) {
  const bool is_list = word.find('x') != std::string::npos &&
                       word.find_first_not_of("0123456789x") == std::string::npos &&
                       word.front() != 'x' && word.back() != 'x' &&
                       word.find("xx") == std::string::npos;
  if (!is_list) return word;
  std::string list = word;
  std::ranges::replace(list, 'x', ',');
  return "[" + list + "]";
}

/// Where a key of a spec belongs: in the topology's table, or beside it.
std::string path_of(const std::string& topology, std::string key, const Location& where) {
  for (const Letter& known : letters)
    if (known.topology == topology && known.letter == key) key = known.key;
  std::vector<std::string> names;
  for (const auto& row : rows_below(topology)) {
    if (row.path == key) return fmt::format("fabric.{}.{}", topology, key);
    names.push_back(row.path);
  }
  for (const auto& row : rows_below(""))
    if (row.path == key && row.kind != scenario::RowKind::Table) return "fabric." + key;
  throw InputError(where,
                   fmt::format("{} has no '{}'; there are: {}", topology, key, listed(names)));
}

}  // namespace

std::vector<std::string> catalogue() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& card : fs::directory_iterator(clusters_folder(), error))
    if (card.path().extension() == ".toml") names.push_back(card.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> topologies() {
  std::vector<std::string> names;
  for (const auto& row : rows_below(""))
    if (row.kind == scenario::RowKind::Table && row.optional) names.push_back(row.path);
  return names;
}

std::vector<std::string> spec_assignments(const std::string& spec) {
  const Location where{"'" + spec + "'", 0, 0};
  std::istringstream words(spec);
  std::string topology;
  words >> topology;
  std::ranges::replace(topology, '-', '_');
  const auto known = topologies();
  if (std::ranges::find(known, topology) == known.end())
    throw InputError(where, fmt::format("is no card, no system of `longhaul list` and no topology; "
                                        "topologies are {}",
                                        listed(known)));
  std::vector<std::string> assignments{fmt::format("fabric.{}={{}}", topology)};
  const auto keys = rows_below(topology);
  std::size_t position = 0;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      if (position >= keys.size())
        throw InputError(where, fmt::format("{} is one number too many for {}", word, topology));
      const auto& row = keys[position++];
      const bool single = row.kind == scenario::RowKind::Integers && word.find('x') == word.npos;
      assignments.push_back(fmt::format("fabric.{}.{}={}", topology, row.path,
                                        single ? "[" + word + "]" : list_or_word(word)));
    } else {
      assignments.push_back(path_of(topology, word.substr(0, equals), where) + "=" +
                            list_or_word(word.substr(equals + 1)));
    }
  }
  return assignments;
}

scenario::LoadedPlatform find_platform(const std::string& name,
                                       const std::vector<std::string>& assignments) {
  std::error_code error;
  if (name.ends_with(".toml") || fs::is_regular_file(name, error))
    return scenario::read_platform(name, assignments);
  const auto names = catalogue();
  if (std::ranges::find(names, name) != names.end())
    return scenario::read_platform(fs::proximate(clusters_folder() + "/" + name + ".toml").string(),
                                   assignments);
  auto all = spec_assignments(name);
  all.insert(all.end(), assignments.begin(), assignments.end());
  const auto parts = fs::proximate(scenario::data_folder() + "/platforms/parts.toml").string();
  try {
    auto loaded = scenario::read_platform(parts, all);
    loaded.platform.name = name;
    return loaded;
  } catch (const InputError& problem) {  // that card is none of the user's
    Diagnostics diagnostics;
    for (const auto& [where, what] : problem.diagnostics())
      diagnostics.error(where.file == parts ? Location{"'" + name + "'", 0, 0} : where, what);
    diagnostics.throw_if_any();
    throw;
  }
}

}  // namespace longhaul::cli
