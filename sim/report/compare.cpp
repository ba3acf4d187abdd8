#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "diagnostics/diagnostic.hpp"
#include "report/results.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul::report {

namespace {

using Rows = std::map<std::string, std::string>;

Rows json_rows(const std::filesystem::path& path) {
  std::ifstream file(path);
  const auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object()) throw InputError(Location{path.string(), 0, 0}, "is not whole JSON");
  Rows rows;
  const auto flat = json.flatten();
  for (const auto& [key, value] : flat.items()) {
    auto name = key.substr(1);
    std::replace(name.begin(), name.end(), '/', '.');
    // A pointer writes a slash inside a key as ~1.
    for (std::size_t at = 0; (at = name.find("~1", at)) != std::string::npos; ++at)
      name.replace(at, 2, "/");
    if (name != "wall_s") rows[name] = value.dump();
  }
  return rows;
}

Rows toml_rows(const std::filesystem::path& path) {
  Rows rows;
  for (auto& [key, value] : scenario::flat_toml(path.string())) rows[key] = value;
  return rows;
}

/// How far apart two numbers are, as "+3.1 %"; nothing for texts.
std::string change(const std::string& a, const std::string& b) {
  const auto x = nlohmann::json::parse(a, nullptr, false);
  const auto y = nlohmann::json::parse(b, nullptr, false);
  if (!x.is_number() || !y.is_number() || x.get<double>() == 0) return {};
  return fmt::format("  ({:+.3g} %)", 100 * (y.get<double>() / x.get<double>() - 1));
}

std::string differences(const Rows& a, const Rows& b) {
  std::set<std::string> keys;
  for (const auto& [key, value] : a) keys.insert(key);
  for (const auto& [key, value] : b) keys.insert(key);
  std::string text;
  for (const auto& key : keys) {
    const auto in_a = a.find(key);
    const auto in_b = b.find(key);
    const std::string x = in_a == a.end() ? "(none)" : in_a->second;
    const std::string y = in_b == b.end() ? "(none)" : in_b->second;
    if (x != y) text += fmt::format("  {:<36} {} -> {}{}\n", key, x, y, change(x, y));
  }
  return text.empty() ? "  none\n" : text;
}

}  // namespace

std::string compare_results(const std::string& a, const std::string& b) {
  Diagnostics diagnostics;
  for (const auto& folder : {a, b})
    if (!is_results_folder(folder))
      diagnostics.error({folder},
                        "is no result of longhaul; name a folder that `longhaul run` wrote");
  diagnostics.throw_if_any();
  const std::filesystem::path left(a), right(b);
  return fmt::format(
      "provenance\n{}inputs\n{}outputs\n{}",
      differences(json_rows(left / "provenance.json"), json_rows(right / "provenance.json")),
      differences(toml_rows(left / "resolved.toml"), toml_rows(right / "resolved.toml")),
      differences(json_rows(left / "summary.json"), json_rows(right / "summary.json")));
}

}  // namespace longhaul::report
