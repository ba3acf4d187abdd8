#include "cli/topology_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
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
    {"hammingmesh", "a", "board_width"},
    {"hammingmesh", "b", "board_height"},
    {"hammingmesh", "x", "width"},
    {"hammingmesh", "y", "height"},
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

/// The numbers of "5x7" or "5"; none where it is anything else.
std::vector<std::string> numbers(const std::string& word) {
  std::vector<std::string> found;
  std::istringstream parts(word + "x");
  for (std::string part; std::getline(parts, part, 'x');) {
    if (part.empty() || part.find_first_not_of("0123456789") != std::string::npos) return {};
    found.push_back(part);
  }
  return found;
}

bool takes_bare_numbers(const scenario::FieldRow& row) {
  using scenario::RowKind;
  return row.kind == RowKind::Integer || row.kind == RowKind::Integers ||
         (row.kind == RowKind::Number && row.dimension == "number");
}

/// The keys that numbers without a name go to: those before the first that wants a unit.
std::vector<std::string> positions(const std::vector<scenario::FieldRow>& keys) {
  std::vector<std::string> names;
  for (const auto& row : keys) {
    if (!takes_bare_numbers(row)) break;
    names.push_back(row.path);
  }
  return names;
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

std::vector<std::string> cards_of(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& card :
       fs::directory_iterator(scenario::data_folder() + "/platforms/" + kind, error))
    if (card.path().extension() == ".toml") names.push_back(card.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> catalogue() { return cards_of("clusters"); }

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
  std::set<std::string> given;
  const auto assign = [&](const std::string& path, const std::string& value) {
    if (!given.insert(path).second)
      throw InputError(where, fmt::format("gives {} twice; take one out", path));
    assignments.push_back(path + "=" + value);
  };
  const auto keys = rows_below(topology);
  std::size_t position = 0;
  const auto assign_next = [&](const std::string& value, bool bare) {
    if (position >= keys.size() || (bare && !takes_bare_numbers(keys[position])))
      throw InputError(where, fmt::format("{} is one number too many for {}, whose numbers are, in "
                                          "this order: {}; a list is written 5x7",
                                          value, topology, listed(positions(keys))));
    assign(fmt::format("fabric.{}.{}", topology, keys[position].path), value);
    ++position;
  };
  for (std::string word; words >> word;) {
    if (const auto equals = word.find('='); equals != std::string::npos) {
      assign(path_of(topology, word.substr(0, equals), where), word.substr(equals + 1));
      continue;
    }
    const auto values = numbers(word);
    const bool list = position < keys.size() && keys[position].kind == scenario::RowKind::Integers;
    if (values.empty())
      assign_next(word, false);
    else if (list)
      assign_next(fmt::format("[{}]", fmt::join(values, ",")), true);
    else  // 6x3x3 goes to three keys
      for (const auto& value : values) assign_next(value, true);
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
  const auto own = spec_assignments(name);
  auto all = own;
  all.insert(all.end(), assignments.begin(), assignments.end());
  const auto parts = fs::proximate(scenario::data_folder() + "/platforms/parts.toml").string();
  try {
    auto loaded = scenario::read_platform(parts, all);
    loaded.platform.name = name;
    return loaded;
  } catch (const InputError& problem) {  // that card is none of the user's
    Diagnostics diagnostics;
    for (const auto& [where, what] : problem.diagnostics()) {
      const bool of_spec =
          where.file == parts || std::ranges::any_of(own, [&file = where.file](const auto& one) {
            return file == "--set " + one;
          });
      diagnostics.error(of_spec ? Location{"'" + name + "'", 0, 0} : where, what);
    }
    diagnostics.throw_if_any();
    throw;
  }
}

}  // namespace longhaul::cli
