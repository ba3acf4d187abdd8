#include "scenario/toml_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace longhaul::scenario {

namespace {

constexpr std::uintmax_t largest_file = 16u << 20;
constexpr std::size_t most_files = 1000;
constexpr std::string_view override_mark = "--set ";
constexpr int most_key_parts = 32;

Location location_of(const toml::source_region& region) {
  Location where;
  if (region.path) where.file = *region.path;
  if (where.file.starts_with(override_mark)) return where;
  where.line = static_cast<int>(region.begin.line);
  where.column = static_cast<int>(region.begin.column);
  return where;
}

/// Where the string that begins at `at` ends on its line: behind the closing quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != '\n' && text[at] != quote; ++at)
    if (quote == '"' && text[at] == '\\') ++at;
  return at;
}

/// The line of a key such as a.b.c with more than `most_key_parts` parts, else 0. Parsed tables
/// take themselves apart by recursion, so depth has to be seen before anything is parsed.
int line_of_deep_key(std::string_view text) {
  int line = 1;
  int parts = 0;
  bool in_part = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (c == ' ' || c == '\t') continue;
    if (c == '"' || c == '\'') {
      at = end_of_string(text, at);
      if (at < text.size() && text[at] == '\n') --at;
      in_part = true;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
      in_part = true;
    } else if (c == '.' && in_part) {
      in_part = false;
      if (++parts >= most_key_parts) return line;
    } else {
      parts = 0;
      in_part = false;
    }
  }
  return 0;
}

/// What the parser says, and what would be right where it does not.
std::string explained(const toml::parse_error& problem) {
  constexpr std::string_view opening = "Error while parsing ";
  std::string text(problem.description());
  if (const auto colon = text.find(": "); text.starts_with(opening) && colon != std::string::npos)
    text = fmt::format("this is no TOML: {} (in a {})", text.substr(colon + 2),
                       text.substr(opening.size(), colon - opening.size()));
  const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
  if (says("utf-8")) text += "; save the file as UTF-8";
  if (says("could not determine value type") || says("expected a comment or whitespace"))
    text += "; words and quantities stand in quotes, such as \"54 days\"";
  if (says("control characters other than TAB")) text += "; is the closing quote missing?";
  return text;
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

std::string shown(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (const auto* list = node.as_array()) return list->empty() ? "an empty list" : "a list";
  std::ostringstream text;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) text << value;
  });
  auto result = text.str();
  constexpr std::size_t longest = 60;
  if (result.size() > longest) result = result.substr(0, longest) + "...";
  return result;
}

std::string toml_text(const std::string& text) {
  std::ostringstream stream;
  stream << toml::value<std::string>(text);
  return stream.str();
}

/// "; its folder has a.toml, b.toml"; empty where it has none.
std::string files_beside(const std::filesystem::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path.parent_path(), error), end;
       !error && entry != end; entry.increment(error))
    if (entry->path().extension() == path.extension())
      names.push_back(entry->path().filename().string());
  if (names.empty()) return {};
  std::ranges::sort(names);
  constexpr std::size_t most_names = 12;
  const std::size_t more = names.size() > most_names ? names.size() - most_names : 0;
  names.resize(names.size() - more);
  return fmt::format("; its folder has {}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string in_traces(const std::string& path) {
  if (!path.starts_with(traces_prefix)) return path;
  const char* folder = std::getenv("LONGHAUL_TRACES");
  if (folder == nullptr || *folder == '\0') return {};
  return std::string(folder) + path.substr(traces_prefix.size() - 1);
}

std::filesystem::path beside(const std::string& file, const std::string& relative) {
  if (relative.starts_with(traces_prefix)) return relative;
  if (file.starts_with("--")) return relative;  // from the command line
  return (std::filesystem::path(file).parent_path() / relative).lexically_normal();
}

TomlFiles::TomlFiles(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}
TomlFiles::~TomlFiles() = default;

const toml::table* TomlFiles::load(const std::filesystem::path& path, const Location& asked_at) {
  auto& table = tables_.emplace_back();
  return load_into(table, path, asked_at) ? &table : nullptr;
}

const toml::table* TomlFiles::nothing() { return &tables_.emplace_back(); }

bool TomlFiles::load_into(toml::table& table, const std::filesystem::path& path,
                          const Location& asked_at) {
  const auto fail = [&](const std::string& what) {
    diagnostics_.error(asked_at.file.empty() ? Location{path.string()} : asked_at, what);
    return false;
  };
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(fmt::format("there is no file {}{}", path.string(), files_beside(path)));
  if (!std::filesystem::is_regular_file(path, error))
    return fail(fmt::format("{} is not a file", path.string()));
  if (std::filesystem::file_size(path, error) > largest_file || error)
    return fail(fmt::format("{} is larger than 16 MiB", path.string()));
  if (files_.size() >= most_files) return fail("more than 1,000 files are included");
  std::ifstream stream(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream) return fail(fmt::format("{} cannot be read", path.string()));

  files_.push_back(path.string());
  if (const int line = line_of_deep_key(text); line > 0) {
    diagnostics_.error({path.string(), line, 1},
                       fmt::format("a key of more than {} parts; take dots out", most_key_parts));
    return false;
  }
  try {
    table = toml::parse(text, path.string());
  } catch (const toml::parse_error& problem) {
    diagnostics_.error(location_of(problem.source()), explained(problem));
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
    tables_.push_back(toml::parse(fmt::format("{} = {}", key, text), mark));
    overrides_.push_back(&tables_.back());
  };
  if (line_of_deep_key(assignment) > 0) {
    diagnostics_.error({mark},
                       fmt::format("a key of more than {} parts; take dots out", most_key_parts));
    return;
  }
  try {
    parse(value);
    return;
  } catch (const toml::parse_error&) {
    // A word or a quantity without quotes: the shell took them, or the user left them out.
  }
  try {
    parse(toml_text(value));
  } catch (const toml::parse_error& problem) {
    diagnostics_.error({mark}, explained(problem));
  }
}

}  // namespace longhaul::scenario
