#include "report/years_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/charts.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

constexpr double ms_per_s = 1e3;

double milliseconds(const Date& date) { return ms_per_s * static_cast<double>(date.unix_s); }

Span span_of(const YearsFiles& years) {
  const double from_ms = milliseconds(years.start);
  return {from_ms, std::round(from_ms + ms_per_s * years.simulated_s)};
}

/// Every n-th of too many points, the last always.
std::vector<Curve::At> thinned(const std::vector<Curve::At>& points, bool& left_out) {
  if (points.size() <= most_points) return points;
  left_out = true;
  const std::size_t each = (points.size() - 1) / most_points + 1;
  std::vector<Curve::At> some;
  for (std::size_t i = 0; i + 1 < points.size(); i += each) some.push_back(points[i]);
  some.push_back(points.back());
  return some;
}

/// A curve a lab through what `value` makes of its rows.
template <class Rows, class Point>
std::vector<Curve> curves_of(const YearsFiles& years, const Rows& rows, Point point,
                             bool& left_out) {
  std::vector<Curve> curves;
  for (std::size_t i = 0; i < years.labs.size(); ++i) {
    Curve curve{years.labs[i].name, {}};
    for (const auto& row : rows)
      if (row.lab == i) point(row, curve.points);
    curve.points = thinned(curve.points, left_out);
    curves.push_back(std::move(curve));
  }
  return curves;
}

bool any_above_zero(const std::vector<Curve>& curves) {
  return std::ranges::any_of(curves, [](const Curve& curve) {
    return std::ranges::any_of(curve.points, [](const Curve::At& at) { return at.value > 0; });
  });
}

bool any_zero(const std::vector<Curve>& curves) {
  return std::ranges::any_of(curves, [](const Curve& curve) {
    return std::ranges::any_of(curve.points, [](const Curve::At& at) { return at.value <= 0; });
  });
}

/// What is said of any curve: its scale, and what of it is not drawn.
std::string note_of(const Curves& all, bool left_out) {
  std::string note;
  if (all.log) note += " The scale is logarithmic.";
  if (all.log && any_zero(all.curves)) note += " It has no place for 0, which is left out.";
  if (left_out)
    note += fmt::format(" Of more than {} points a lab every n-th is drawn, and the last.",
                        format_count(most_points));
  return note;
}

/// The record of a lab, from release to release.
void add_best_chart(Section& section, const YearsFiles& years, const char* title, const char* what,
                    double LabRunRow::*value) {
  bool left_out = false;
  Curves all{"FLOP", "lab", {}, false, true, true};
  all.curves = curves_of(
      years, years.runs,
      [value](const LabRunRow& run, std::vector<Curve::At>& points) {
        const double flop = run.*value;
        if (run.ending == lab::Ending::Released && flop > 0 &&
            (points.empty() || flop > points.back().value))
          points.push_back({milliseconds(run.end), day_text(run.end), flop});
      },
      left_out);
  if (!any_above_zero(all.curves)) return;
  all.log = spans_decades(all.curves);
  section.blocks.emplace_back(Chart{
      title, curves_spec(span_of(years), all),
      fmt::format("{} A dot for each release that beat the lab's own before. Nothing is drawn "
                  "before the first.{}",
                  what, note_of(all, left_out))});
}

/// A column of years.csv.
std::vector<Curve> sampled(const YearsFiles& years, double YearsRow::*value, double unit,
                           bool& left_out) {
  return curves_of(
      years, years.years,
      [&](const YearsRow& row, std::vector<Curve::At>& points) {
        points.push_back({milliseconds(row.date), day_text(row.date), row.*value / unit});
      },
      left_out);
}

/// One line where both labs have the same, which is said.
std::string unite(std::vector<Curve>& curves) {
  const auto same = [](const Curve::At& a, const Curve::At& b) {
    return a.time_ms == b.time_ms && a.value == b.value;
  };
  if (curves.size() < 2 || !std::ranges::equal(curves[0].points, curves[1].points, same)) return "";
  curves.resize(1);
  curves[0].name = "both";
  return " Both labs have the same.";
}

void add_sampled_charts(Section& section, const YearsFiles& years) {
  const auto span = span_of(years);
  bool left_out = false;
  Curves worth{"OOM", "lab", sampled(years, &YearsRow::worth_oom, 1, left_out)};
  const auto same_worth = unite(worth.curves);
  section.blocks.emplace_back(
      Chart{"What a FLOP of the day's recipe is worth", curves_spec(span, worth),
            "Orders of magnitude (OOM, decimal logarithm) over a FLOP of the start's recipe." +
                same_worth + note_of(worth, left_out)});
  left_out = false;
  Curves chips{"chips", "lab", sampled(years, &YearsRow::chips, 1, left_out)};
  const auto same_chips = unite(chips.curves);
  chips.stairs = true;
  chips.log = spans_decades(chips.curves);
  if (any_above_zero(chips.curves))
    section.blocks.emplace_back(
        Chart{"Chips of the largest cluster", curves_spec(span, chips),
              "That a run could have on the day, whether one goes on or not." + same_chips +
                  note_of(chips, left_out)});
  double highest_w = 0;
  for (const auto& row : years.years) highest_w = std::max(highest_w, row.power_w);
  if (!(highest_w > 0)) return;
  const auto unit = fitting_unit("W", highest_w);
  left_out = false;
  Curves power{unit.name, "lab", sampled(years, &YearsRow::power_w, unit.factor, left_out)};
  const auto same_power = unite(power.curves);
  power.stairs = true;
  power.log = spans_decades(power.curves);
  section.blocks.emplace_back(
      Chart{"Power of the largest cluster", curves_spec(span, power),
            "With all its chips at work." + same_power + note_of(power, left_out)});
}

Chart runs_chart(const YearsFiles& years, const std::vector<LabRunRow>& shown, std::size_t lab) {
  Stretches all;
  all.kinds = {"released", "abandoned", "cut by the deadline"};
  all.facts = {"start (UTC)", "end (UTC)", "ending", "bound by", "chips", "FLOP", "effective FLOP"};
  all.second = lab == 1;
  std::array<bool, lab::n_bounds> occurs{};
  for (const auto& run : shown) {
    if (run.lab != lab) continue;
    const std::string bound(key_of(run.bound));
    occurs[static_cast<std::size_t>(run.bound)] = true;
    all.stretches.push_back(
        {milliseconds(run.start),
         milliseconds(run.end),
         bound,
         static_cast<std::size_t>(run.ending),
         {day_text(run.start), day_text(run.end), std::string(key_of(run.ending)), bound,
          count_text(run.chips), fmt::format("{:.3g}", run.flop),
          fmt::format("{:.3g}", run.effective_flop)}});
  }
  for (std::size_t i = 0; i < lab::n_bounds; ++i)
    if (occurs[i]) all.rows.emplace_back(key_of(static_cast<lab::Bound>(i)));
  auto note = std::string(
      "A bar for each run, from its start to its end, in the row of what kept it from being "
      "larger.");
  if (shown.size() < years.runs.size())
    note += fmt::format(" The {} longest runs are drawn.", format_count(most_lab_runs));
  return {years.labs.size() > 1 ? "Runs of " + years.labs[lab].name : "Runs",
          stretches_spec(span_of(years), all), note};
}

}  // namespace

std::string day_text(const Date& date) {
  return format_date(date).substr(0, std::string_view("2024-10-02").size());
}

std::string count_text(double count) {
  constexpr double readable = 1e15;
  return std::abs(count) < readable ? format_count(std::llround(count))
                                    : fmt::format("{:.3g}", count);
}

std::vector<LabRunRow> shown_lab_runs(const YearsFiles& years) {
  auto runs = years.runs;
  if (runs.size() <= most_lab_runs) return runs;
  std::stable_sort(runs.begin(), runs.end(),
                   [](const LabRunRow& a, const LabRunRow& b) { return a.length_s > b.length_s; });
  runs.resize(most_lab_runs);
  std::stable_sort(runs.begin(), runs.end(), [](const LabRunRow& a, const LabRunRow& b) {
    return a.end.unix_s < b.end.unix_s;
  });
  return runs;
}

Section years_timeline_section(const YearsFiles& years) {
  Section section{"timeline", "Timeline", {}};
  if (years.runs.empty() && years.years.empty()) {
    section.blocks.emplace_back(
        Paragraph{"No run was started, and there are no samples (output.years = \"0 s\"), so there "
                  "is nothing to draw over time."});
    return section;
  }
  section.blocks.emplace_back(
      Paragraph{"UTC. Drag to move, Ctrl and wheel to zoom, double click for the whole span; or "
                "take the buttons."});
  add_best_chart(section, years, "Best model so far, in effective FLOP",
                 "Physical compute x worth of its recipe and data.", &LabRunRow::effective_flop);
  add_best_chart(section, years, "Most physical compute of a released model",
                 "What the chips did for it.", &LabRunRow::flop);
  const auto shown = shown_lab_runs(years);
  for (std::size_t i = 0; i < years.labs.size(); ++i)
    if (std::ranges::any_of(shown, [i](const LabRunRow& run) { return run.lab == i; }))
      section.blocks.emplace_back(runs_chart(years, shown, i));
  if (years.years.empty())
    section.blocks.emplace_back(Paragraph{
        "There are no samples of years.csv (output.years = \"0 s\"), so algorithms, chips "
        "and power are not drawn."});
  else
    add_sampled_charts(section, years);
  return section;
}

}  // namespace longhaul::report
