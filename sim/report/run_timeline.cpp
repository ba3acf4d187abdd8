#include "report/run_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/charts.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

constexpr double minute_s = 60;

double milliseconds(const RunFiles& run, double time_s) {
  return std::round(1e3 * (static_cast<double>(run.start.unix_s) + time_s));
}

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

Span span_of(const RunFiles& run) {
  return {milliseconds(run, 0), milliseconds(run, run.summary.simulated_s)};
}

std::vector<Mark> marks_of(const RunFiles& run, const std::vector<Stop>& stops) {
  std::vector<Mark> marks;
  marks.reserve(stops.size());
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
  stairs.reserve(windows.size());
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

std::string mean_note(const std::vector<Window>& windows) {
  return has_mean(windows.size()) ? " The line is the mean of several." : "";
}

Chart goodput_chart(const RunFiles& run, const std::vector<Window>& windows,
                    const std::vector<Mark>& marks, const std::string& each) {
  const auto stairs = stairs_of(run, windows, [](const Window& w) { return w.goodput; });
  return {"Goodput, and when the run stopped", share_spec(span_of(run), "goodput", stairs, marks),
          fmt::format("Steps kept x undisturbed step time, over the time of each window of {}.{} A "
                      "tick at the foot for each stop. A failure takes the steps since the last "
                      "checkpoint from the window that it falls in.",
                      each, mean_note(windows))};
}

Chart power_chart(const RunFiles& run, const std::vector<Window>& windows,
                  const std::string& each) {
  double highest = 0;
  for (const auto& w : windows) highest = std::max(highest, w.power_w);
  const auto unit = scale_of(highest, {{1, "W"}, {1e3, "kW"}, {1e6, "MW"}, {1e9, "GW"}});
  const auto stairs =
      stairs_of(run, windows, [&](const Window& w) { return w.power_w / unit.one; });
  return {"Power", stair_spec(span_of(run), unit.name, stairs),
          fmt::format("Mean of each window of {}.{}", each, mean_note(windows))};
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

}  // namespace

std::string moment(const RunFiles& run, double time_s) {
  auto text = format_date(after(run.start, seconds(time_s)));
  if (const auto at = text.find('T'); at != std::string::npos) return text.replace(at, 1, " ");
  return text + " 00:00:00";
}

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

Section timeline_section(const RunFiles& run) {
  Section section{"timeline", "Timeline", {}};
  std::size_t rows_each = 1;
  const auto windows = windows_of(run, rows_each);
  const auto marks = marks_of(run, shown_stops(run));
  if (windows.empty()) {
    section.blocks.emplace_back(Paragraph{
        "The run wrote no timeline (output.timeline), so nothing is drawn over time but stops."});
  } else {
    const auto each = format_quantity(seconds(windows.front().end_s - windows.front().begin_s));
    section.blocks.emplace_back(Paragraph{
        fmt::format("UTC. {} rows of timeline.csv are drawn in windows of {}, {} in all. Drag to "
                    "move, Ctrl and wheel to zoom, double click for the whole span; or "
                    "take the buttons.",
                    format_count(static_cast<std::int64_t>(run.timeline.size())), each,
                    format_count(static_cast<std::int64_t>(windows.size())))});
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

}  // namespace longhaul::report
