#include "report/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#define CSV_IO_NO_THREAD  // one thread is enough
#include <libfccp/csv.h>

#include "diagnostics/diagnostic.hpp"
#include "report/results.hpp"
#include "scenario/scenario_file.hpp"

namespace longhaul::report {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* run_it_again = "run the scenario again";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path))
    throw InputError(Location{path.string(), 0, 0},
                     fmt::format("cannot be read; {}", run_it_again));
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Calls `use` with a file's JSON; what is missing in it is a mistake of the file.
template <class Use>
void read_json(const fs::path& path, Use use) {
  try {
    use(Json::parse(text_of(path)));
  } catch (const nlohmann::json::exception& problem) {
    throw InputError(
        Location{path.string(), 0, 0},
        fmt::format("is not what `longhaul run` writes ({}); {}", problem.what(), run_it_again));
  }
}

template <class T>
std::vector<std::pair<std::string, T>> pairs(const Json& object) {
  std::vector<std::pair<std::string, T>> rows;
  for (const auto& [key, value] : object.items()) rows.emplace_back(key, value.template get<T>());
  return rows;
}

void read_summary(const fs::path& path, RunFiles& run) {
  read_json(path, [&](const Json& json) {
    auto& s = run.summary;
    json.at("title").get_to(run.title);
    json.at("gpus").get_to(run.gpus);
    json.at("checkpoint_write_s").get_to(run.checkpoint_write_s);
    json.at("checkpoint_steps").get_to(run.checkpoint_steps);
    json.at("simulated_s").get_to(s.simulated_s);
    json.at("step_s").get_to(s.step_s);
    json.at("mfu").get_to(s.mfu);
    json.at("hfu").get_to(s.hfu);
    json.at("run_mfu").get_to(s.run_mfu);
    json.at("steps").get_to(s.steps);
    json.at("tokens").get_to(s.tokens);
    json.at("flop").get_to(s.flop);
    json.at("redone_steps").get_to(s.redone_steps);
    json.at("ettr").get_to(s.ettr);
    json.at("goodput").get_to(s.goodput);
    const auto& interruptions = json.at("interruptions");
    interruptions.at("total").get_to(s.interruptions);
    interruptions.at("unexpected").get_to(s.unexpected);
    interruptions.at("planned").get_to(s.planned);
    s.by_cause = pairs<std::int64_t>(interruptions.at("by_cause"));
    s.by_group = pairs<std::int64_t>(interruptions.at("by_group"));
    json.at("mtbi_s").get_to(s.mtbi_s);
    s.lost_s = pairs<double>(json.at("lost_s"));
    if (json.contains("gpu_hours")) s.gpu_hours = pairs<double>(json["gpu_hours"]);
    json.at("checkpoints").get_to(s.checkpoints);
    json.at("energy_j").get_to(s.energy_j);
    json.at("peak_power_w").get_to(s.peak_power_w);
    json.at("events").get_to(s.events);
    if (json.contains("sites"))
      for (const auto& [name, site] : json["sites"].items())
        s.sites.push_back({name, site.at("energy_j").get<double>(), site.at("peak_w").get<double>(),
                           site.at("cost_usd").get<double>(), site.at("co2_kg").get<double>()});
    if (!json.contains("step_terms")) return;
    for (auto& [key, time_s] : pairs<double>(json["step_terms"]))
      if (!key.ends_with("_hidden_s") && key.ends_with("_s"))
        run.step_terms_s.emplace_back(key.substr(0, key.size() - 2), time_s);
  });
}

void read_provenance(const fs::path& path, Provenance& p) {
  read_json(path, [&](const Json& json) {
    json.at("version").get_to(p.version);
    json.at("revision").get_to(p.revision);
    json.at("seed").get_to(p.seed);
    for (const auto& input : json.at("inputs"))
      p.inputs.push_back(
          {input.at("path").get<std::string>(), input.at("sha256").get<std::string>()});
    json.at("calibration").get_to(p.calibration);
    json.at("simgrid").get_to(p.simgrid);
    if (json.contains("simgrid_settings"))
      p.simgrid_settings = pairs<std::string>(json["simgrid_settings"]);
    json.at("wall_s").get_to(p.wall_s);
  });
}

/// A string of TOML without its quotes.
std::string unquoted(const std::string& text) {
  if (text.size() < 2 || text.front() != text.back()) return text;
  if (text.front() == '\'') return text.substr(1, text.size() - 2);
  const auto json = Json::parse(text, nullptr, false);  // its escapes are those of JSON
  return json.is_string() ? json.get<std::string>() : text;
}

void read_scenario_facts(const fs::path& path, RunFiles& run) {
  run.scenario = text_of(path);
  std::map<std::string, std::string> values;
  for (auto& [key, value] : scenario::flat_toml(path.string())) values[key] = unquoted(value);
  const auto start = parse_date(values["start"]);
  if (!start)
    throw InputError(Location{path.string(), 0, 0},
                     fmt::format("has no date as `start`; {}", run_it_again));
  run.start = *start;
  run.chip = values["cluster.platform.chip.name"];
  run.platform = values["cluster.platform.name"];
  for (std::size_t i = 0;; ++i) {
    const auto key = fmt::format("failures.causes.cause[{}].", i);
    const auto name = values.find(key + "name");
    if (name == values.end()) break;
    run.causes.push_back({name->second, values[key + "group"], values[key + "planned"] == "true"});
  }
}

template <class Number>
Number number(const std::string& text, const Location& where, const char* column) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !std::isfinite(static_cast<double>(value)))
    throw InputError(
        where, fmt::format("{} = '{}', but a number is wanted; {}", column, text, run_it_again));
  return value;
}

/// Calls `row` with the values of these columns and where they stand.
template <class... Columns, class Row>
void read_csv(const fs::path& path, Row row, Columns... columns) {
  text_of(path);  // says it when there is no such file
  try {
    io::CSVReader<sizeof...(Columns), io::trim_chars<>, io::double_quote_escape<',', '"'>> csv(
        path.string());
    csv.read_header(io::ignore_extra_column, columns...);
    std::array<std::string, sizeof...(Columns)> values;
    const auto next = [&]<std::size_t... i>(std::index_sequence<i...>) {
      return csv.read_row(values[i]...);
    };
    while (next(std::index_sequence_for<Columns...>{}))
      row(values, Location{path.string(), static_cast<int>(csv.get_file_line()), 1});
  } catch (const io::error::base& problem) {
    const auto* line = dynamic_cast<const io::error::with_file_line*>(&problem);
    throw InputError(Location{path.string(), line != nullptr ? std::max(1, line->file_line) : 1, 1},
                     fmt::format("is not what `longhaul run` writes; {}", run_it_again));
  }
}

void read_events(const fs::path& path, RunFiles& run) {
  bool down = false;
  const auto up_again = [&](double time_s, std::int64_t step) {
    if (!down) return;
    auto& stop = run.stops.back();
    stop.down_s = time_s - stop.time_s;
    stop.redone = std::max<std::int64_t>(0, stop.step - step);
    down = false;
  };
  read_csv(
      path,
      [&](const auto& values, const Location& where) {
        const auto& [time, event, cause, node, step] = values;
        const bool stops = event == "interruption";
        if (!stops && event != "restart" && event != "end") return;
        const auto time_s = number<double>(time, where, "time_s");
        const auto steps = number<std::int64_t>(step, where, "step");
        up_again(time_s, steps);
        if (!stops) return;
        run.stops.push_back({time_s, cause,
                             node.empty() ? -1 : number<std::int64_t>(node, where, "node"), 0,
                             steps, 0});
        down = true;
      },
      "time_s", "event", "cause", "node", "step");
  up_again(run.summary.simulated_s, run.summary.steps);
}

void read_timeline(const fs::path& path, RunFiles& run) {
  read_csv(
      path,
      [&](const auto& values, const Location& where) {
        run.timeline.push_back({number<double>(values[0], where, "time_s"),
                                number<std::int64_t>(values[1], where, "steps"),
                                number<double>(values[2], where, "energy_j")});
      },
      "time_s", "steps", "energy_j");
}

}  // namespace

const Cause* find_cause(const RunFiles& run, const std::string& name) {
  const auto found = std::find_if(run.causes.begin(), run.causes.end(),
                                  [&](const Cause& cause) { return cause.name == name; });
  return found == run.causes.end() ? nullptr : &*found;
}

bool is_planned(const RunFiles& run, const std::string& name) {
  const auto* cause = find_cause(run, name);
  return cause != nullptr && cause->planned;
}

RunFiles read_run_files(const std::string& folder) {
  const fs::path path(folder);
  if (!is_results_folder(path))
    throw InputError(Location{folder, 0, 0},
                     "is no result of longhaul; name a folder that `longhaul run` wrote");
  RunFiles run;
  read_summary(path / "summary.json", run);
  read_provenance(path / "provenance.json", run.provenance);
  read_scenario_facts(path / "resolved.toml", run);
  read_events(path / "events.csv", run);
  read_timeline(path / "timeline.csv", run);
  if (run.title.empty())
    run.title = fs::weakly_canonical(path / "summary.json").parent_path().filename().string();
  return run;
}

}  // namespace longhaul::report
