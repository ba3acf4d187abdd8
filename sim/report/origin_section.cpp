#include "report/origin_section.hpp"

#include <fmt/format.h>

#include <utility>

#include "units/format.hpp"

namespace longhaul::report {

Section origin_section(const Provenance& p, std::int64_t events, const std::string& scenario) {
  std::string settings;
  for (const auto& [key, value] : p.simgrid_settings)
    settings += fmt::format("{}{}:{}", settings.empty() ? "" : "  ", key, value);
  Facts facts;
  facts.facts = {{"simulated by", fmt::format("longhaul {} ({})", p.version, p.revision)},
                 {"seed", fmt::format("{}", p.seed)},
                 {"SimGrid", fmt::format("{}  {}", p.simgrid, settings)}};
  if (!p.calibration.empty()) facts.facts.push_back({"constants", p.calibration});
  facts.facts.push_back(
      {"took", fmt::format("{:.2f} s, {} events", p.wall_s, format_count(events))});
  Table inputs;
  inputs.caption = "Inputs";
  inputs.columns = {{"file", Table::Kind::Code}, {"SHA-256", Table::Kind::Code}};
  for (const auto& input : p.inputs) inputs.rows.push_back({{input.path, ""}, {input.sha256, ""}});
  return {"origin",
          "Scenario and provenance",
          {std::move(facts), std::move(inputs),
           Listing{"The scenario, every default written out", scenario}}};
}

std::string page_footer() {
  return fmt::format("A report of longhaul {}. It loads nothing from elsewhere.", version_text());
}

}  // namespace longhaul::report
