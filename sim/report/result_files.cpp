#include "report/result_files.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "scenario/scenario_file.hpp"

namespace longhaul::report {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// A string of TOML without its quotes.
std::string unquoted(const std::string& text) {
  if (text.size() < 2 || text.front() != text.back()) return text;
  if (text.front() == '\'') return text.substr(1, text.size() - 2);
  const auto json = Json::parse(text, nullptr, false);  // its escapes are those of JSON
  return json.is_string() ? json.get<std::string>() : text;
}

}  // namespace

void refuse(const Location& where, const std::string& what) {
  throw InputError(where, fmt::format("{}; {}", what, run_it_again));
}

std::string text_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path)) refuse({path.string(), 0, 0}, "cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

Location place_in(const fs::path& path, const std::string& text, std::size_t byte) {
  const auto before = std::string_view(text).substr(0, byte > 0 ? byte - 1 : 0);
  const auto line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {path.string(), 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(before.size() - line_begin)};
}

Provenance read_provenance(const fs::path& path) {
  Provenance p;
  read_json<Json>(path, [&](const Json& json) {
    json.at("version").get_to(p.version);
    json.at("revision").get_to(p.revision);
    json.at("seed").get_to(p.seed);
    for (const auto& input : json.at("inputs"))
      p.inputs.push_back(
          {input.at("path").get<std::string>(), input.at("sha256").get<std::string>()});
    json.at("calibration").get_to(p.calibration);
    json.at("simgrid").get_to(p.simgrid);
    if (json.contains("simgrid_settings"))
      for (const auto& [key, value] : json["simgrid_settings"].items())
        p.simgrid_settings.emplace_back(key, value.get<std::string>());
    json.at("wall_s").get_to(p.wall_s);
  });
  return p;
}

ResolvedScenario read_resolved(const fs::path& path) {
  ResolvedScenario resolved;
  resolved.text = text_of_file(path);
  for (auto& [key, value] : scenario::flat_toml(path.string()))
    resolved.values[key] = unquoted(value);
  const auto start = parse_date(resolved.values["start"]);
  if (!start) refuse({path.string(), 0, 0}, "has no date as `start`");
  resolved.start = *start;
  return resolved;
}

std::string title_of(const std::string& title, const fs::path& folder) {
  if (!title.empty()) return title;
  return fs::weakly_canonical(folder / "summary.json").parent_path().filename().string();
}

}  // namespace longhaul::report
