#include "report/run_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "report/charts.hpp"
#include "report/not_reached.hpp"
#include "report/origin_section.hpp"
#include "report/run_timeline.hpp"
#include "report/screen.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

constexpr double hour_s = 3600;
constexpr double minute_s = 60;

/// "1,159.34 h"
std::string hours_text(double time_s) {
  constexpr double hundredths = 100;
  const auto n = std::llround(std::abs(time_s) / hour_s * hundredths);
  return fmt::format("{}{}.{:02} h", time_s < 0 && n > 0 ? "-" : "", format_count(n / 100),
                     n % 100);
}

Section hours(const RunFiles& run) {
  const auto& s = run.summary;
  const double useful_s = static_cast<double>(s.steps) * s.step_s;
  const auto label = [&](double time_s) {
    return fmt::format("{} · {}", hours_text(time_s), percent(time_s / s.simulated_s));
  };
  Bars bars{"hours", {"useful", "lost"}, {}, "losses only"};
  bars.rows.push_back({"useful", useful_s / hour_s, label(useful_s), 0});
  auto lost = s.lost_s;
  std::stable_sort(lost.begin(), lost.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  double lost_s = 0;
  std::string nothing;
  for (const auto& [cause, time_s] : lost) {
    lost_s += time_s;
    if (time_s == 0)
      nothing += (nothing.empty() ? "" : ", ") + cause;
    else
      bars.rows.push_back({cause, time_s / hour_s, label(time_s), 1});
  }
  auto note = fmt::format(
      "{} useful (kept steps x undisturbed step time) + {} lost = "
      "{}.",
      hours_text(useful_s), hours_text(lost_s), hours_text(useful_s + lost_s));
  if (!nothing.empty()) note += " Nothing was lost to: " + nothing + ".";
  return {"hours", "Hours by cause", {Chart{"Where the time went", bar_spec(bars), note}}};
}

Chart interruptions_by_cause(const RunFiles& run) {
  auto causes = run.summary.by_cause;
  std::stable_sort(causes.begin(), causes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Bars bars{"cause", {"unexpected", "planned"}, {}, ""};
  std::int64_t left_out = 0;
  for (const auto& [cause, n] : causes) {
    if (n == 0) continue;
    if (bars.rows.size() == most_causes)
      ++left_out;
    else
      bars.rows.push_back(
          {cause, static_cast<double>(n), format_count(n), is_planned(run, cause) ? 1U : 0U});
  }
  auto note =
      fmt::format("{} in all: {} unexpected, {} planned.", format_count(run.summary.interruptions),
                  format_count(run.summary.unexpected), format_count(run.summary.planned));
  if (left_out > 0)
    note +=
        fmt::format(" The {} most frequent causes are drawn, {} are not.", most_causes, left_out);
  return {"Interruptions by cause", bar_spec(bars), note};
}

Section stops(const RunFiles& run) {
  Section section{"stops", "Stops", {}};
  if (run.stops.empty()) {
    section.blocks.emplace_back(Paragraph{"The run was never interrupted."});
    return section;
  }
  section.blocks.emplace_back(interruptions_by_cause(run));
  const auto shown = shown_stops(run);
  Table table;
  table.caption =
      fmt::format("{} stops, by time", format_count(static_cast<std::int64_t>(run.stops.size())));
  if (shown.size() < run.stops.size())
    table.caption = fmt::format("The {} longest of {} stops, by time",
                                format_count(static_cast<std::int64_t>(shown.size())),
                                format_count(static_cast<std::int64_t>(run.stops.size())));
  constexpr auto number = Table::Kind::Number;
  table.columns = {{"time (UTC)"},
                   {"cause"},
                   {"group"},
                   {"kind"},
                   {"node", number},
                   {"step", number},
                   {"down [min]", number},
                   {"redone", number}};
  table.filter = true;
  for (const auto& stop : shown) {
    const auto* cause = find_cause(run, stop.cause);
    table.rows.push_back(
        {{moment(run, stop.time_s), fmt::format("{:.6f}", stop.time_s)},
         {stop.cause, ""},
         {cause != nullptr ? cause->group : "", ""},
         {is_planned(run, stop.cause) ? "planned" : "unexpected", ""},
         {stop.node < 0 ? "" : fmt::format("{}", stop.node), ""},
         {format_count(stop.step), fmt::format("{}", stop.step)},
         {fmt::format("{:.2f}", stop.down_s / minute_s), fmt::format("{:.6f}", stop.down_s)},
         {format_count(stop.redone), fmt::format("{}", stop.redone)}});
  }
  section.blocks.emplace_back(std::move(table));
  return section;
}

Section answer(const RunFiles& run) {
  const auto& s = run.summary;
  Tiles tiles;
  tiles.tiles = {
      {"Useful time (ETTR)", percent(s.ettr),
       fmt::format("of {} went into steps that were kept",
                   format_quantity(seconds(s.simulated_s)))},
      {"Goodput", percent(s.goodput), "kept, of what undisturbed steps would have done"}};
  if (s.run_mfu > 0)
    tiles.tiles.push_back({"MFU of the whole run", fmt::format("{:.3f}", s.run_mfu),
                           fmt::format("{:.3f} in an undisturbed step", s.mfu)});
  if (s.tokens > 0)
    tiles.tiles.push_back({"Tokens", format_large(s.tokens),
                           fmt::format("in {} steps; {:.3g} FLOP", format_count(s.steps), s.flop)});
  else
    tiles.tiles.push_back({"Steps", format_count(s.steps), "kept"});
  tiles.tiles.push_back({"Stops", format_count(s.interruptions),
                         s.unexpected > 0
                             ? fmt::format("{} unexpected, one in {}", format_count(s.unexpected),
                                           format_quantity(seconds(s.mtbi_s)))
                             : std::string("none unexpected")});
  if (s.energy_j > 0)
    tiles.tiles.push_back({"Energy", format_quantity(joules(s.energy_j)),
                           fmt::format("{} in the mean, {} at the peak",
                                       format_quantity(watts(s.energy_j / s.simulated_s)),
                                       format_quantity(watts(s.peak_power_w)))});
  Facts facts;
  facts.facts = {{"lost", lost_line(s)},
                 {"stops", stops_line(s)},
                 {"redone", fmt::format("{} steps, done and lost with a failure",
                                        format_count(s.redone_steps))}};
  if (!run.not_reached.empty())
    facts.facts.push_back({"too late", not_reached_line(run.not_reached)});
  if (s.checkpoints > 0)
    facts.facts.push_back(
        {"checkpoint",
         fmt::format(
             "{} written, {} each, one in {} steps ({})", format_count(s.checkpoints),
             format_quantity(seconds(run.checkpoint_write_s)), format_count(run.checkpoint_steps),
             format_quantity(seconds(static_cast<double>(run.checkpoint_steps) * s.step_s)))});
  return {"answer", "", {std::move(tiles), std::move(facts)}};
}

Section sites(const RunFiles& run) {
  constexpr auto number = Table::Kind::Number;
  constexpr double watts_per_megawatt = 1e6;
  constexpr double kg_per_tonne = 1000;
  const auto cell = [](double value, double unit) {
    return Cell{fmt::format("{:.3f}", value / unit), fmt::format("{:.6f}", value / unit)};
  };
  Table table;
  table.caption = "What each site drew";
  table.columns = {{"site"},
                   {"energy [MWh]", number},
                   {"mean [MW]", number},
                   {"peak [MW]", number},
                   {"cost [USD]", number},
                   {"CO2 [t]", number}};
  for (const auto& site : run.summary.sites)
    table.rows.push_back(
        {{site.name, ""},
         cell(site.energy_j, watts_per_megawatt * hour_s),
         cell(site.energy_j / run.summary.simulated_s, watts_per_megawatt),
         cell(site.peak_w, watts_per_megawatt),
         {format_count(std::llround(site.cost_usd)), fmt::format("{:.6f}", site.cost_usd)},
         cell(site.co2_kg, kg_per_tonne)});
  return {"sites", "Sites", {std::move(table)}};
}

Section step(const RunFiles& run) {
  const double step_s = run.summary.step_s;
  auto terms = run.step_terms_s;
  std::stable_sort(terms.begin(), terms.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Bars bars{"term", {"step"}, {}, ""};
  for (const auto& [term, time_s] : terms)
    if (time_s > 0)
      bars.rows.push_back(
          {term, time_s, fmt::format("{:.3f} s · {}", time_s, percent(time_s / step_s)), 0});
  return {"step",
          "One step",
          {Chart{"What an undisturbed step takes", bar_spec(bars),
                 fmt::format("Exposed time by term; these sum to {:.3f} s. Traffic under compute "
                             "does not count.",
                             step_s)}}};
}

}  // namespace

Page run_page(const RunFiles& run) {
  Page page;
  page.title = run.title;
  page.subtitle = fmt::format("{} GPUs", format_count(run.gpus));
  for (const auto& name : {run.chip, run.platform})
    if (!name.empty()) page.subtitle += " · " + name;
  page.subtitle += fmt::format(" · from {} · seed {}", format_date(run.start), run.provenance.seed);
  page.sections = {answer(run), hours(run), timeline_section(run), stops(run)};
  if (!run.summary.sites.empty()) page.sections.push_back(sites(run));
  if (!run.step_terms_s.empty()) page.sections.push_back(step(run));
  page.sections.push_back(origin_section(run.provenance, run.summary.events, run.scenario));
  page.footer = page_footer();
  return page;
}

}  // namespace longhaul::report
