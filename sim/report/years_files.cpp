#include "report/years_files.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/result_files.hpp"
#include "report/results.hpp"

namespace longhaul::report {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void read_lab(const Json& json, const fs::path& path, LabSummary& lab) {
  const auto read = [&](const char* key, double& value) {
    json.at(key).get_to(value);
    if (value < 0)
      refuse({path.string(), 0, 0},
             fmt::format("{} = {}, but a number from 0 on is wanted", key, value));
  };
  json.at("runs").get_to(lab.runs);
  read("best_effective_flop", lab.best_effective_flop);
  read("best_flop", lab.best_flop);
  read("best_loss", lab.best_loss);
  read("best_length_s", lab.best_length_s);
  read("best_at_s", lab.best_at_s);
  read("leading_s", lab.leading_s);
  read("useful_flop", lab.useful_flop);
  read("lost_flop", lab.lost_flop);
  read("idle_flop", lab.idle_flop);
  read("experiments_flop", lab.experiments_flop);
  read("serving_flop", lab.serving_flop);
  read("cost_usd", lab.cost_usd);
  read("runs_cost_usd", lab.runs_cost_usd);
  read("usd_per_effective_flop", lab.usd_per_effective_flop);
  json.at("revenue_usd").get_to(lab.revenue_usd);  // as a formula has it, also below 0
  read("energy_j", lab.energy_j);
  read("runs_energy_j", lab.runs_energy_j);
  for (std::size_t i = 0; i < lab::n_bounds; ++i)
    json.at("bound_by").at(std::string(key_of(static_cast<lab::Bound>(i)))).get_to(lab.bound_by[i]);
  read("end_chips", lab.end_chips);
  read("end_flop_per_s", lab.end_flop_per_s);
  read("end_power_w", lab.end_power_w);
}

void read_summary(const fs::path& path, YearsFiles& years) {
  read_json<Json>(path, [&](const Json& json) {
    json.at("title").get_to(years.title);
    json.at("simulated_s").get_to(years.simulated_s);
    json.at("algorithms_oom").get_to(years.algorithms_oom);
    json.at("jumps").get_to(years.jumps);
    json.at("events").get_to(years.events);
    if (!(years.simulated_s > 0)) refuse({path.string(), 0, 0}, "simulated_s is not above 0");
    read_lab(json, path, years.labs.at(0));
    if (years.labs.size() > 1) read_lab(json.at("rival"), path, years.labs[1]);
  });
}

void read_scenario_facts(const fs::path& path, YearsFiles& years) {
  auto [text, values, start] = read_resolved(path);
  years.scenario = std::move(text);
  years.start = start;
  years.scaling = values["world.scaling"];
  for (const std::string table : {"lab", "rival"})
    if (const auto name = values.find(table + ".name"); name != values.end())
      years.labs.push_back({name->second, values[table + ".strategy"]});
  for (const auto& lab : years.labs)  // tables are read back line by line
    if (lab.name.find_first_of("\r\n") != std::string::npos)
      refuse({path.string(), 0, 0}, "names a lab over several lines; give a name of one line");
  if (years.labs.empty()) refuse({path.string(), 0, 0}, "has no `lab.name`");
  if (years.labs.size() > 1 && years.labs[0].name == years.labs[1].name)
    refuse({path.string(), 0, 0},
           fmt::format("names both labs '{}', so nothing tells whose a run is; give rival.name",
                       years.labs[0].name));
}

std::size_t lab_named(const std::string& name, const YearsFiles& years, const Location& where) {
  for (std::size_t i = 0; i < years.labs.size(); ++i)
    if (years.labs[i].name == name) return i;
  refuse(where, fmt::format("lab = '{}', of which resolved.toml knows nothing", name));
}

Date date(const std::string& text, const Location& where, const char* column) {
  const auto date = parse_date(text);
  if (!date) refuse(where, fmt::format("{} = '{}', but a date is wanted", column, text));
  return *date;
}

/// One of the first `n` values of an enum, by its key.
template <class Enum>
Enum word(const std::string& text, int n, const Location& where, const char* column) {
  for (int i = 0; i < n; ++i)
    if (key_of(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  refuse(where, fmt::format("{} = '{}', which it never is", column, text));
}

void read_runs(const fs::path& path, YearsFiles& years) {
  std::vector<std::int64_t> released(years.labs.size());
  read_csv(
      path,
      [&](const auto& values, const Location& where) {
        const auto& [lab, decided, start, end, length, ending, bound, best, chips, goodput, flop,
                     worth, effective, loss, parameters, tokens, energy, cost] = values;
        LabRunRow run;
        run.lab = lab_named(lab, years, where);
        run.decided = date(decided, where, "decided");
        run.start = date(start, where, "start");
        run.end = date(end, where, "end");
        run.length_s = number<double>(length, where, "length_s");
        constexpr int n_endings = 3;
        run.ending = word<lab::Ending>(ending, n_endings, where, "ending");
        run.bound = word<lab::Bound>(bound, lab::n_bounds, where, "bound");
        if (best != "true" && best != "false")
          refuse(where, fmt::format("best = '{}', but true or false is wanted", best));
        run.best = best == "true";
        run.chips = number<double>(chips, where, "chips");
        run.goodput = number<double>(goodput, where, "goodput");
        run.flop = number<double>(flop, where, "flop");
        run.worth = number<double>(worth, where, "worth");
        run.effective_flop = number<double>(effective, where, "effective_flop");
        run.loss = number<double>(loss, where, "loss");
        run.parameters = number<double>(parameters, where, "parameters");
        run.tokens = number<double>(tokens, where, "tokens");
        run.energy_j = number<double>(energy, where, "energy_j");
        run.cost_usd = number<double>(cost, where, "cost_usd");
        released[run.lab] += run.ending == lab::Ending::Released ? 1 : 0;
        years.runs.push_back(run);
      },
      "lab", "decided", "start", "end", "length_s", "ending", "bound", "best", "chips", "goodput",
      "flop", "worth", "effective_flop", "loss", "parameters", "tokens", "energy_j", "cost_usd");
  for (std::size_t i = 0; i < years.labs.size(); ++i)
    if (released[i] != years.labs[i].runs)
      refuse({path.string(), 0, 0},
             fmt::format("holds {} released runs of '{}', but summary.json counts {}", released[i],
                         years.labs[i].name, years.labs[i].runs));
  std::stable_sort(
      years.runs.begin(), years.runs.end(),
      [](const LabRunRow& a, const LabRunRow& b) { return a.end.unix_s < b.end.unix_s; });
}

void read_years(const fs::path& path, YearsFiles& years) {
  read_csv(
      path,
      [&](const auto& values, const Location& where) {
        const auto& [day, time, lab, worth, chips, power] = values;
        const auto time_s = number<double>(time, where, "time_s");
        if (time_s < 0 || time_s > years.simulated_s + 1e-3)
          refuse(where, fmt::format("time_s = {}, which is not within the {} s that were simulated",
                                    time, years.simulated_s));
        years.years.push_back({lab_named(lab, years, where), date(day, where, "date"), time_s,
                               number<double>(worth, where, "worth_oom"),
                               number<double>(chips, where, "chips"),
                               number<double>(power, where, "power_w")});
      },
      "date", "time_s", "lab", "worth_oom", "chips", "power_w");
  std::stable_sort(years.years.begin(), years.years.end(),
                   [](const YearsRow& a, const YearsRow& b) { return a.time_s < b.time_s; });
}

}  // namespace

bool is_years_folder(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "years.csv", error) || fs::exists(folder / "runs.csv", error);
}

YearsFiles read_years_files(const std::string& folder) {
  const fs::path path(folder);
  if (!is_results_folder(path))
    throw InputError(Location{folder, 0, 0},
                     "is no result of longhaul; name a folder that `longhaul run` wrote");
  YearsFiles years;
  years.provenance = read_provenance(path / "provenance.json");
  read_scenario_facts(path / "resolved.toml", years);
  read_summary(path / "summary.json", years);
  read_runs(path / "runs.csv", years);
  read_years(path / "years.csv", years);
  years.title = title_of(years.title, path);
  return years;
}

}  // namespace longhaul::report
