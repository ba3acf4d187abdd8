#include "report/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "diagnostics/diagnostic.hpp"
#include "report/result_files.hpp"
#include "report/results.hpp"

namespace longhaul::report {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

template <class T>
std::vector<std::pair<std::string, T>> pairs(const Json& object) {
  std::vector<std::pair<std::string, T>> rows;
  for (const auto& [key, value] : object.items()) rows.emplace_back(key, value.template get<T>());
  return rows;
}

void read_summary(const fs::path& path, RunFiles& run) {
  read_json<Json>(path, [&](const Json& json) {
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
    if (json.contains("not_reached")) json["not_reached"].get_to(run.not_reached);
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

void read_scenario_facts(const fs::path& path, RunFiles& run) {
  auto [text, values, start] = read_resolved(path);
  run.scenario = std::move(text);
  run.start = start;
  run.chip = values["cluster.platform.chip.name"];
  run.platform = values["cluster.platform.name"];
  for (std::size_t i = 0;; ++i) {
    const auto key = fmt::format("failures.causes.cause[{}].", i);
    const auto name = values.find(key + "name");
    if (name == values.end()) break;
    run.causes.push_back({name->second, values[key + "group"], values[key + "planned"] == "true"});
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
  run.provenance = read_provenance(path / "provenance.json");
  read_scenario_facts(path / "resolved.toml", run);
  read_events(path / "events.csv", run);
  read_timeline(path / "timeline.csv", run);
  run.title = title_of(run.title, path);
  return run;
}

}  // namespace longhaul::report
