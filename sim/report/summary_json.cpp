#include "report/summary_json.hpp"

#include <nlohmann/json.hpp>

namespace longhaul::report {

std::string summary_json(const scenario::Scenario& scenario,
                         const std::vector<experiment::Metric>& metrics, std::int64_t events,
                         double wall_s, const std::vector<std::string>& not_reached) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["title"] = scenario.title;
  json["seed"] = scenario.seed;
  for (const auto& metric : metrics) {
    auto* at = &json;
    for (const auto& key : metric.path) at = &(*at)[key];
    std::visit([at](auto value) { *at = value; }, metric.value);
  }
  for (const char* group : {"by_cause", "by_group"})  // a run without causes has them all the same
    if (json.contains("interruptions") && !json["interruptions"].contains(group))
      json["interruptions"][group] = Json::object();
  if (!not_reached.empty()) json["not_reached"] = not_reached;
  json["events"] = events;
  json["wall_s"] = wall_s;
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
