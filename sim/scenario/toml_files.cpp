#include "scenario/toml_files.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace longhaul::scenario {

namespace {

constexpr std::uintmax_t largest_file = 16u << 20;
constexpr std::size_t most_files = 1000;
constexpr std::string_view override_mark = "--set ";

Location location_of(const toml::source_region& region) {
  Location where;
  if (region.path) where.file = *region.path;
  if (where.file.starts_with(override_mark)) return where;
  where.line = static_cast<int>(region.begin.line);
  where.column = static_cast<int>(region.begin.column);
  return where;
}

/// Puts `over` on top of `base`: tables are merged, anything else replaces what was there.
void overlay(toml::table& base, toml::table&& over) {
  for (auto&& [key, node] : over) {
    auto* below = base.get(key);
    if (below != nullptr && below->is_table() && node.is_table())
      overlay(*below->as_table(), std::move(*node.as_table()));
    else
      base.insert_or_assign(toml::key(key), std::move(node));
  }
}

}  // namespace

Location location_of(const toml::node& node) { return location_of(node.source()); }
Location location_of(const toml::key& key) { return location_of(key.source()); }

std::filesystem::path beside(const std::string& file, const std::string& relative) {
  if (file.starts_with(override_mark)) return relative;
  return (std::filesystem::path(file).parent_path() / relative).lexically_normal();
}

TomlFiles::TomlFiles(Diagnostics& diagnostics) : diagnostics_(diagnostics) {
  tables_.emplace_back();  // the overrides
}
TomlFiles::~TomlFiles() = default;

const toml::table& TomlFiles::overrides() const { return tables_.front(); }

const toml::table* TomlFiles::load(const std::filesystem::path& path, const Location& asked_at) {
  auto& table = tables_.emplace_back();
  return load_into(table, path, asked_at) ? &table : nullptr;
}

bool TomlFiles::load_into(toml::table& table, const std::filesystem::path& path,
                          const Location& asked_at) {
  const auto fail = [&](const std::string& what) {
    diagnostics_.error(asked_at.file.empty() ? Location{path.string()} : asked_at, what);
    return false;
  };
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(fmt::format("there is no file {}", path.string()));
  if (!std::filesystem::is_regular_file(path, error))
    return fail(fmt::format("{} is not a file", path.string()));
  if (std::filesystem::file_size(path, error) > largest_file || error)
    return fail(fmt::format("{} is larger than 16 MiB", path.string()));
  if (files_.size() >= most_files) return fail("more than 1,000 files are included");
  std::ifstream stream(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream) return fail(fmt::format("{} cannot be read", path.string()));

  files_.push_back(path.string());
  try {
    table = toml::parse(text, path.string());
  } catch (const toml::parse_error& problem) {
    diagnostics_.error(location_of(problem.source()), std::string(problem.description()));
    return false;
  }
  loading_.push_back(std::filesystem::weakly_canonical(path));
  include(table, path);
  loading_.pop_back();
  return true;
}

void TomlFiles::include(toml::table& table, const std::filesystem::path& path) {
  const auto* named = table.get("include");
  if (named == nullptr) return;
  std::vector<const toml::node*> names;
  if (const auto* list = named->as_array())
    for (const auto& item : *list) names.push_back(&item);
  else
    names.push_back(named);

  toml::table merged;
  for (const auto* name : names) {
    const auto where = location_of(*name);
    const auto text = name->value<std::string>();
    if (!text || !name->is_string()) {
      diagnostics_.error(where, "include wants the path of a TOML file, or a list of them");
      continue;
    }
    const auto file = beside(path.string(), *text);
    if (std::find(loading_.begin(), loading_.end(), std::filesystem::weakly_canonical(file)) !=
        loading_.end()) {
      diagnostics_.error(where, fmt::format("{} includes itself, by way of {}; take one of the "
                                            "includes out",
                                            file.string(), path.string()));
      continue;
    }
    toml::table below;
    if (load_into(below, file, where)) overlay(merged, std::move(below));
  }
  table.erase("include");
  overlay(merged, std::move(table));
  table = std::move(merged);
}

void TomlFiles::set(const std::string& assignment) {
  const std::string mark = std::string(override_mark) + assignment;
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics_.error({mark}, "write --set key.path=value, for instance --set run.gpus=8192");
    return;
  }
  const auto key = assignment.substr(0, equals);
  const auto value = assignment.substr(equals + 1);
  const auto parse = [&](const std::string& text) {
    return toml::parse(fmt::format("{} = {}", key, text), mark);
  };
  try {
    overlay(tables_.front(), parse(value));
    return;
  } catch (const toml::parse_error&) {
    // A word or a quantity without quotes: the shell took them, or the user left them out.
  }
  std::ostringstream quoted;
  quoted << toml::value<std::string>(value);
  try {
    overlay(tables_.front(), parse(quoted.str()));
  } catch (const toml::parse_error& problem) {
    diagnostics_.error({mark}, std::string(problem.description()));
  }
}

}  // namespace longhaul::scenario
