#include "report/sweep_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/export.hpp"
#include "report/origin_section.hpp"
#include "report/screen.hpp"
#include "report/sweep_drawings.hpp"
#include "report/sweep_overview.hpp"
#include "report/sweep_screen.hpp"

namespace longhaul::report {

namespace {

using experiment::StoreReader;

/// "interval 1.95 h, fidelity flow", without axes that keep the scenario's value.
std::string values_text(const SweepOverview& o, const std::vector<experiment::Cell>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::holds_alternative<std::monostate>(values[i]))
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", o.axes[i].axis.name,
                          o.axes[i].with_unit(values[i]));
  return text.empty() && !values.empty() ? "as the scenario stands" : text;
}

std::string interval_text(const experiment::Statistics& s) {
  return s.interval ? fmt::format("95 %: {} to {}", short_number(s.interval->low),
                                  short_number(s.interval->high))
                    : std::string("one repeat");
}

/// How many other combinations have an interval that meets the best one's, by metric.
std::vector<std::int64_t> rivals(const StoreReader& store, const SweepOverview& o) {
  std::vector<std::int64_t> n(o.metrics.size(), 0);
  if (!o.intervals) return n;
  for_each_combination(store, o.metrics, 0.95, [&](const CombinationStatistics& c) {
    for (std::size_t m = 0; m < n.size(); ++m) {
      if (!o.best[m] || c.combination == o.best[m]->combination) continue;
      const auto& best = o.best[m]->statistics.interval;
      const auto& own = c.metrics[m].interval;
      if (best && own && own->low <= best->high && own->high >= best->low) ++n[m];
    }
  });
  return n;
}

std::string repeats_text(const SweepOverview& o) {
  return o.least_repeats == o.most_repeats
             ? format_count(o.most_repeats)
             : fmt::format("{} to {}", format_count(o.least_repeats), format_count(o.most_repeats));
}

/// "12 values, 0.5 to 8 h"
std::string range_text(const SweptAxis& axis) {
  const auto n = static_cast<std::int64_t>(axis.values.size());
  auto text = fmt::format("{}{}", axis.many ? "more than " : "", plural(n, "value"));
  constexpr std::size_t few = 8;
  if (axis.numeric && axis.values.size() > few)
    text += fmt::format(", {} to {}", axis.with_unit(axis.values.front()),
                        axis.with_unit(axis.values.back()));
  else
    for (std::size_t i = 0; i < std::min(axis.values.size(), few); ++i)
      text += (i == 0 ? ": " : ", ") + axis.with_unit(axis.values[i]);
  if (!axis.numeric && axis.values.size() > few) text += ", ...";
  if (axis.gaps) text += "; elsewhere as in the scenario";
  if (!axis.input) text += "; by a formula";
  return text;
}

Section answer(const StoreReader& store, const SweepOverview& o) {
  Tiles tiles;
  const auto n_rivals = rivals(store, o);
  for (std::size_t m = 0; m < o.metrics.size(); ++m) {
    if (!o.best[m] || o.constant[m]) continue;
    const auto& best = *o.best[m];
    const auto& s = best.statistics;
    auto where = values_text(o, best.axes);
    if (o.n_combinations == 1) {
      tiles.tiles.push_back({"Mean " + o.metrics[m], short_number(s.mean),
                             (where.empty() ? "" : where + " · ") + interval_text(s)});
      continue;
    }
    auto note = where + " · " + interval_text(s);
    if (n_rivals[m] > 0)
      note += n_rivals[m] == 1
                  ? " · the interval of another one meets it"
                  : fmt::format(" · the intervals of {} others meet it", format_count(n_rivals[m]));
    tiles.tiles.push_back(
        {fmt::format("{} {}", less_is_better(o.metrics[m]) ? "Lowest" : "Highest", o.metrics[m]),
         short_number(s.mean), note});
  }
  const auto missing = o.n_laid_out - o.n_combinations;
  tiles.tiles.push_back({"Combinations", format_count(o.n_combinations),
                         missing > 0
                             ? fmt::format("of {}; this store lacks {}", format_count(o.n_laid_out),
                                           format_count(missing))
                             : "all that the sweep lays out"});
  tiles.tiles.push_back(
      {"Points", format_count(o.n_points), "repeats of a combination: " + repeats_text(o)});
  tiles.tiles.push_back({"Failed", format_count(o.n_failed),
                         o.n_failed == 0 ? "no point" : "points; they count in no mean"});
  Facts facts;
  for (const auto& axis : o.axes) facts.facts.push_back({axis.axis.key, range_text(axis)});
  Section section{"answer", "", {std::move(tiles)}};
  if (!facts.facts.empty()) section.blocks.emplace_back(std::move(facts));
  return section;
}

Cell number_cell(double value) { return {short_number(value), fmt::format("{}", value)}; }

std::vector<Cell> axis_cells(const SweepOverview& o, const std::vector<experiment::Cell>& values) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& axis = o.axes[i];
    const bool nothing = std::holds_alternative<std::monostate>(values[i]);
    if (axis.numeric)
      cells.push_back(nothing ? Cell{"", ""} : number_cell(axis.shown(values[i])));
    else
      cells.push_back({axis.text(values[i]), ""});
  }
  return cells;
}

std::vector<Table::Column> axis_columns(const SweepOverview& o) {
  std::vector<Table::Column> columns;
  for (const auto& axis : o.axes)
    columns.push_back({axis.label(), axis.numeric ? Table::Kind::Number : Table::Kind::Text});
  return columns;
}

Section combinations(const StoreReader& store, const SweepOverview& o) {
  constexpr auto number = Table::Kind::Number;
  Table table;
  table.filter = true;
  table.columns = axis_columns(o);
  table.columns.insert(table.columns.begin(), {"no.", number});
  table.columns.push_back({"n", number});
  if (o.n_failed > 0) table.columns.push_back({"failed", number});
  for (const auto& metric : o.metrics) {
    table.columns.push_back({metric, number});
    if (!o.intervals) continue;
    table.columns.push_back({"low", number});
    table.columns.push_back({"high", number});
  }
  for_each_combination(store, o.metrics, 0.95, [&](const CombinationStatistics& c) {
    if (table.rows.size() == most_combinations) return;
    auto row = axis_cells(o, c.axes);
    row.insert(row.begin(), {fmt::format("{}", c.combination), ""});
    row.push_back({fmt::format("{}", c.n_points - c.n_failed), ""});
    if (o.n_failed > 0) row.push_back({fmt::format("{}", c.n_failed), ""});
    for (const auto& s : c.metrics) {
      row.push_back(s.n > 0 ? number_cell(s.mean) : Cell{});
      if (!o.intervals) continue;
      row.push_back(s.interval ? number_cell(s.interval->low) : Cell{});
      row.push_back(s.interval ? number_cell(s.interval->high) : Cell{});
    }
    table.rows.push_back(std::move(row));
  });
  const auto shown = static_cast<std::int64_t>(table.rows.size());
  auto text = std::string("n counts repeats that did not fail; a metric is their mean");
  text += o.intervals ? ", low and high its 95 % confidence interval." : ".";
  if (shown < o.n_combinations)
    text = fmt::format("The first {} of {} combinations; `longhaul export --summary` has all. {}",
                       format_count(shown), format_count(o.n_combinations), text);
  table.caption = fmt::format("{} with their means", plural(shown, "combination"));
  return {"combinations", "Combinations", {Paragraph{text}, std::move(table)}};
}

Section failures(const StoreReader& store, const SweepOverview& o) {
  constexpr auto number = Table::Kind::Number;
  Table table;
  table.filter = true;
  table.columns = axis_columns(o);
  table.columns.insert(table.columns.begin(), {{"no.", number}, {"repeat", number}});
  table.columns.push_back({"error", Table::Kind::Code});
  store.for_each({}, [&](const StoreReader::Row& point) {
    if (point.error.empty() || table.rows.size() == most_failed) return;
    auto row = axis_cells(o, point.axes);
    row.insert(row.begin(),
               {{fmt::format("{}", point.combination), ""}, {fmt::format("{}", point.repeat), ""}});
    row.push_back({point.error, ""});
    table.rows.push_back(std::move(row));
  });
  table.caption = plural(o.n_failed, "failed point");
  if (static_cast<std::int64_t>(table.rows.size()) < o.n_failed)
    table.caption = fmt::format("The first {} of {} failed points", table.rows.size(),
                                format_count(o.n_failed));
  return {"failed", "Failed points", {Paragraph{table.caption + "."}, std::move(table)}};
}

/// Of the first point that has one.
std::string resolved(const StoreReader& store, std::string& name) {
  std::string text;
  bool done = false;
  store.for_each({}, [&](const StoreReader::Row& point) {
    if (done || !point.error.empty()) return;
    done = true;
    text = store.resolved(point.combination, point.repeat).value_or("");
    name = fmt::format("The scenario of combination {}, repeat {}, every default written out",
                       point.combination, point.repeat);
  });
  return text;
}

Section origin(const StoreReader& store) {
  const auto& record = store.record();
  Facts facts;
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) facts.facts.push_back({name, text});
  };
  add("simulated by",
      fmt::format("longhaul {} ({})", store.fact("version"), store.fact("revision")));
  add("scenario", store.fact("scenario"));
  add("set", store.fact("set"));
  add("seed", store.fact("seed"));
  add("simulates", store.fact("simulate"));
  add("design", store.fact("design"));
  add("repeats asked for", format_count(record.repeats));
  add("shard", record.shard);
  add("SimGrid", store.fact("simgrid") + "  " + store.fact("simgrid_settings"));
  add("constants", store.fact("calibration"));
  Table inputs;
  inputs.caption = "Inputs";
  inputs.columns = {{"file", Table::Kind::Code}, {"SHA-256", Table::Kind::Code}};
  for (const auto& [path, sha256] : record.inputs)
    inputs.rows.push_back({{path, ""}, {sha256, ""}});
  Section section{"origin", "Scenario and provenance", {std::move(facts), std::move(inputs)}};
  if (const auto sweep = store.fact("sweep"); !sweep.empty())
    section.blocks.emplace_back(Listing{"What was varied, as the sweep's table", sweep});
  std::string name;
  if (const auto text = resolved(store, name); !text.empty())
    section.blocks.emplace_back(Listing{name, text});
  return section;
}

}  // namespace

Page sweep_page(const StoreReader& store, std::vector<std::string> metrics) {
  if (metrics.empty()) metrics = default_metrics(store);
  const auto o = overview(store, std::move(metrics));
  Page page;
  page.title = store.fact("title").empty() ? store.fact("scenario") : store.fact("title");
  std::string axes;
  for (const auto& axis : o.axes) axes += (axes.empty() ? "" : ", ") + axis.axis.name;
  page.subtitle = fmt::format("Sweep over {} · {} · seed {}", axes.empty() ? "repeats" : axes,
                              store.fact("design"), store.fact("seed"));
  if (!store.record().shard.empty()) page.subtitle += " · shard " + store.record().shard;
  page.sections = {answer(store, o)};
  if (auto charts = sweep_drawings(store, o); !charts.blocks.empty())
    page.sections.push_back(std::move(charts));
  page.sections.push_back(combinations(store, varying(o)));
  if (o.n_failed > 0) page.sections.push_back(failures(store, o));
  page.sections.push_back(origin(store));
  page.footer = page_footer();
  return page;
}

}  // namespace longhaul::report
