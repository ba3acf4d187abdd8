#include "report/run_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "report/charts.hpp"
#include "report/screen.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

constexpr double hour_s = 3600;
constexpr double minute_s = 60;

double milliseconds(const RunFiles& run, double time_s) {
  return std::round(1e3 * (static_cast<double>(run.start.unix_s) + time_s));
}

std::string moment(const RunFiles& run, double time_s) {
  auto text = format_date(after(run.start, seconds(time_s)));
  if (const auto at = text.find('T'); at != std::string::npos) return text.replace(at, 1, " ");
  return text + " 00:00:00";
}

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

const Cause* find_cause(const RunFiles& run, const std::string& name) {
  const auto found = std::find_if(run.causes.begin(), run.causes.end(),
                                  [&](const Cause& cause) { return cause.name == name; });
  return found == run.causes.end() ? nullptr : &*found;
}

bool is_planned(const RunFiles& run, const std::string& name) {
  const auto* cause = find_cause(run, name);
  return cause != nullptr && cause->planned;
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

// --- over time ---

struct Window {
  double begin_s = 0, end_s = 0, goodput = 0, power_w = 0;
  std::int64_t steps = 0;  ///< at its end
};

/// Rows of the timeline, some of them together where there are too many.
std::vector<Window> windows_of(const RunFiles& run, std::size_t& rows_each) {
  const auto& rows = run.timeline;
  std::vector<Window> windows;
  if (rows.size() < 2) return windows;
  rows_each = (rows.size() - 2) / most_windows + 1;
  for (std::size_t i = 0; i + 1 < rows.size(); i += rows_each) {
    const auto& a = rows[i];
    const auto& b = rows[std::min(i + rows_each, rows.size() - 1)];
    const double span_s = b.time_s - a.time_s;
    if (span_s <= 0) continue;
    windows.push_back({a.time_s, b.time_s,
                       static_cast<double>(b.steps - a.steps) * run.summary.step_s / span_s,
                       (b.energy_j - a.energy_j) / span_s, b.steps});
  }
  return windows;
}

/// The largest stops, in the order of time.
std::vector<Stop> shown_stops(const RunFiles& run) {
  auto stops = run.stops;
  if (stops.size() <= most_stops) return stops;
  std::stable_sort(stops.begin(), stops.end(),
                   [](const Stop& a, const Stop& b) { return a.down_s > b.down_s; });
  stops.resize(most_stops);
  std::stable_sort(stops.begin(), stops.end(),
                   [](const Stop& a, const Stop& b) { return a.time_s < b.time_s; });
  return stops;
}

Span span_of(const RunFiles& run) {
  return {milliseconds(run, 0), milliseconds(run, run.summary.simulated_s)};
}

std::vector<Mark> marks_of(const RunFiles& run, const std::vector<Stop>& stops) {
  std::vector<Mark> marks;
  for (const auto& stop : stops)
    marks.push_back({milliseconds(run, stop.time_s), moment(run, stop.time_s), stop.cause,
                     is_planned(run, stop.cause), stop.down_s / minute_s,
                     static_cast<double>(stop.redone)});
  return marks;
}

/// One value a window.
template <class Value>
std::vector<Stair> stairs_of(const RunFiles& run, const std::vector<Window>& windows, Value value) {
  std::vector<Stair> stairs;
  for (const auto& w : windows)
    stairs.push_back({milliseconds(run, w.begin_s), milliseconds(run, w.end_s),
                      moment(run, w.begin_s), value(w)});
  return stairs;
}

struct Scale {
  double one = 1;
  const char* name = "";
};

Scale scale_of(double largest, const std::vector<Scale>& scales) {
  Scale best = scales.front();
  for (const auto& scale : scales)
    if (largest >= scale.one) best = scale;
  return best;
}

Chart goodput_chart(const RunFiles& run, const std::vector<Window>& windows,
                    const std::vector<Mark>& marks, const std::string& each) {
  const auto stairs = stairs_of(run, windows, [](const Window& w) { return w.goodput; });
  return {"Goodput, and when the run stopped", share_spec(span_of(run), "goodput", stairs, marks),
          fmt::format("Steps kept x undisturbed step time, over the time of each window of {}, "
                      "and the mean of many as a line; a tick at the foot for each stop. A failure "
                      "takes the steps since the last "
                      "checkpoint from the window that it falls in.",
                      each)};
}

Chart power_chart(const RunFiles& run, const std::vector<Window>& windows,
                  const std::string& each) {
  double highest = 0;
  for (const auto& w : windows) highest = std::max(highest, w.power_w);
  const auto unit = scale_of(highest, {{1, "W"}, {1e3, "kW"}, {1e6, "MW"}, {1e9, "GW"}});
  const auto stairs =
      stairs_of(run, windows, [&](const Window& w) { return w.power_w / unit.one; });
  return {"Power", stair_spec(span_of(run), unit.name, stairs),
          fmt::format("Mean of each window of {}, and of many as a thick line; the axis does not "
                      "start at zero.",
                      each)};
}

Chart progress_chart(const RunFiles& run, const std::vector<Window>& windows) {
  const auto& s = run.summary;
  const bool tokens = s.tokens > 0 && s.steps > 0;
  const double each = tokens ? s.tokens / static_cast<double>(s.steps) : 1;
  const double undisturbed = s.step_s > 0 ? s.simulated_s / s.step_s * each : 0;
  const auto unit = scale_of(
      undisturbed,
      {{1, ""}, {1e3, "thousand "}, {1e6, "million "}, {1e9, "billion "}, {1e12, "trillion "}});
  const auto span = span_of(run);
  Line kept{"kept", {{span.from_ms, 0}}};
  for (const auto& w : windows)
    kept.points.push_back(
        {milliseconds(run, w.end_s), static_cast<double>(w.steps) * each / unit.one});
  const Line best{"undisturbed", {{span.from_ms, 0}, {span.to_ms, undisturbed / unit.one}}};
  const auto name = fmt::format("{}{}", unit.name, tokens ? "tokens" : "steps");
  return {"Progress", lines_spec(span, name, kept, best),
          "What was kept, and what a run without any stop or checkpoint would have done."};
}

Section timeline(const RunFiles& run) {
  Section section{"timeline", "Timeline", {}};
  std::size_t rows_each = 1;
  const auto windows = windows_of(run, rows_each);
  const auto marks = marks_of(run, shown_stops(run));
  if (windows.empty()) {
    section.blocks.emplace_back(Paragraph{
        "The run wrote no timeline (output.timeline), so nothing is drawn over time but stops."});
  } else {
    const auto each = format_quantity(seconds(windows.front().end_s - windows.front().begin_s));
    section.blocks.emplace_back(
        Paragraph{fmt::format("UTC. {} rows of timeline.csv are drawn as {} windows of {}. Drag to "
                              "move, Ctrl and wheel to zoom, double click for the whole run; or "
                              "take the buttons.",
                              format_count(static_cast<std::int64_t>(run.timeline.size())),
                              format_count(static_cast<std::int64_t>(windows.size())), each)});
    section.blocks.emplace_back(goodput_chart(run, windows, marks, each));
    if (run.summary.energy_j > 0) section.blocks.emplace_back(power_chart(run, windows, each));
    section.blocks.emplace_back(progress_chart(run, windows));
  }
  if (!marks.empty())
    section.blocks.emplace_back(
        Chart{"How long each stop took", marks_spec(span_of(run), marks),
              "From the interruption to the next step, or to the next interruption on the way "
              "there."});
  return section;
}

// --- the rest ---

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
  if (s.checkpoints > 0)
    facts.facts.push_back(
        {"checkpoint",
         fmt::format(
             "{} written, {} each, one in {} steps ({})", format_count(s.checkpoints),
             format_quantity(seconds(run.checkpoint_write_s)), format_count(run.checkpoint_steps),
             format_quantity(seconds(static_cast<double>(run.checkpoint_steps) * s.step_s)))});
  return {"answer", "", {std::move(tiles), std::move(facts)}};
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

Section origin(const RunFiles& run) {
  const auto& p = run.provenance;
  std::string settings;
  for (const auto& [key, value] : p.simgrid_settings)
    settings += fmt::format("{}{}:{}", settings.empty() ? "" : "  ", key, value);
  Facts facts;
  facts.facts = {{"simulated by", fmt::format("longhaul {} ({})", p.version, p.revision)},
                 {"seed", fmt::format("{}", p.seed)},
                 {"SimGrid", fmt::format("{}  {}", p.simgrid, settings)}};
  if (!p.calibration.empty()) facts.facts.push_back({"constants", p.calibration});
  facts.facts.push_back(
      {"took", fmt::format("{:.2f} s, {} events", p.wall_s, format_count(run.summary.events))});
  Table inputs;
  inputs.caption = "Inputs";
  inputs.columns = {{"file", Table::Kind::Code}, {"SHA-256", Table::Kind::Code}};
  for (const auto& input : p.inputs) inputs.rows.push_back({{input.path, ""}, {input.sha256, ""}});
  return {"origin",
          "Scenario and provenance",
          {std::move(facts), std::move(inputs),
           Listing{"The scenario, every default written out", run.scenario}}};
}

}  // namespace

Page run_page(const RunFiles& run) {
  Page page;
  page.title = run.title;
  page.subtitle = fmt::format("{} GPUs", format_count(run.gpus));
  for (const auto& name : {run.chip, run.platform})
    if (!name.empty()) page.subtitle += " · " + name;
  page.subtitle += fmt::format(" · from {} · seed {}", format_date(run.start), run.provenance.seed);
  page.sections = {answer(run), hours(run), timeline(run), stops(run)};
  if (!run.step_terms_s.empty()) page.sections.push_back(step(run));
  page.sections.push_back(origin(run));
  page.footer =
      fmt::format("A report of longhaul {}. It loads nothing from elsewhere.", version_text());
  return page;
}

}  // namespace longhaul::report
