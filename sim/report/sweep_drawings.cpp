#include "report/sweep_drawings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "diagnostics/diagnostic.hpp"
#include "report/export.hpp"
#include "report/sensitivity_charts.hpp"
#include "report/sensitivity_report.hpp"
#include "report/sweep_charts.hpp"

namespace longhaul::report {

namespace {

using experiment::Cell;
using experiment::StoreReader;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string intervals_note(const SweepOverview& o, const char* drawn_as) {
  return o.intervals ? fmt::format(" {} 95 % confidence interval.", drawn_as)
                     : std::string(" One repeat each: there is no interval.");
}

/// Index of a value; behind all of them where the field keeps the scenario's.
std::size_t place(const SweptAxis& axis, const Cell& value) {
  return axis.find(value).value_or(axis.values.size());
}

std::vector<std::string> names_of(const SweptAxis& axis) {
  std::vector<std::string> names;
  for (const auto& value : axis.values) names.push_back(axis.with_unit(value));
  if (axis.gaps) names.push_back(axis.text({}));
  return names;
}

MeanMark mark_of(const experiment::Statistics& s) {
  MeanMark mark;
  mark.mean = s.mean;
  mark.low = s.interval ? s.interval->low : nan;
  mark.high = s.interval ? s.interval->high : nan;
  mark.n = s.n;
  return mark;
}

/// Means over the axes of a grid, a chart a metric.
class Grid {
 public:
  Grid(const StoreReader& store, const SweepOverview& o)
      : o_(o), axes_(drawn_axes(store, o)), charts_(o.metrics.size()) {
    prepare();
    for_each_combination(store, o.metrics, 0.95, [&](const auto& c) { add(c); });
  }

  Section section() {
    Section section{"charts", "What came out", {}};
    for (auto& chart : charts_) {
      if (chart.marks.empty()) continue;
      for (std::size_t i = 0; i < chart.choices.size(); ++i) leave_drawn(chart, i);
      section.blocks.emplace_back(drawn(chart));
    }
    return section;
  }

 private:
  using Slice = std::vector<std::size_t>;

  const SweptAxis& x() const { return o_.axes[*axes_.x]; }

  Slice slice_of(const std::vector<Cell>& values) const {
    Slice slice;
    for (const auto i : axes_.choices) slice.push_back(place(o_.axes[i], values[i]));
    return slice;
  }

  void prepare() {
    MeanMarks all;
    std::vector<double> numbers;
    if (x().numeric)
      for (const auto& value : x().values) numbers.push_back(x().shown(value));
    all.x = x().numeric ? number_axis(x().label(), numbers) : NumberAxis{x().label(), false, {}};
    if (axes_.curve) {
      all.curve_name = o_.axes[*axes_.curve].axis.name;
      all.curves = names_of(o_.axes[*axes_.curve]);
    }
    for (const auto i : axes_.choices)
      all.choices.push_back({o_.axes[i].axis.name, names_of(o_.axes[i]), 0});
    for (std::size_t m = 0; m < charts_.size(); ++m) {
      charts_[m] = all;
      charts_[m].metric = o_.metrics[m];
      if (!o_.best[m]) continue;
      const auto slice = slice_of(o_.best[m]->axes);
      slices_.insert(slice);
      for (std::size_t i = 0; i < slice.size(); ++i) charts_[m].choices[i].first = slice[i];
    }
    const auto per_slice =
        std::max<std::size_t>(1, x().values.size()) * std::max<std::size_t>(1, all.curves.size());
    most_slices_ = std::max<std::size_t>(1, most_means / per_slice);
  }

  void add(const CombinationStatistics& c) {
    const auto slice = slice_of(c.axes);
    if (!slices_.contains(slice)) {
      if (slices_.size() >= most_slices_) {
        ++n_left_out_;
        return;
      }
      slices_.insert(slice);
    }
    const auto& value = c.axes[*axes_.x];
    if (x().numeric && std::holds_alternative<std::monostate>(value)) {
      ++n_off_axis_;
      return;
    }
    if (n_drawn_ == most_means) {
      ++n_left_out_;
      return;
    }
    ++n_drawn_;
    for (std::size_t m = 0; m < charts_.size(); ++m) {
      if (c.metrics[m].n == 0) continue;
      auto mark = mark_of(c.metrics[m]);
      if (x().numeric)
        mark.x = x().shown(value);
      else
        mark.word = x().text(value);
      if (axes_.curve) mark.curve = place(o_.axes[*axes_.curve], c.axes[*axes_.curve]);
      mark.choices = slice;
      charts_[m].marks.push_back(std::move(mark));
    }
  }

  /// Takes values that have no mark out of a box.
  static void leave_drawn(MeanMarks& chart, std::size_t i) {
    std::map<std::size_t, std::size_t> places;
    for (const auto& mark : chart.marks) places[mark.choices[i]] = 0;
    auto& choice = chart.choices[i];
    std::vector<std::string> values;
    for (auto& [before, now] : places) {
      now = values.size();
      values.push_back(choice.values[before]);
    }
    choice.values = std::move(values);
    const auto first = places.find(choice.first);
    choice.first = first == places.end() ? 0 : first->second;
    for (auto& mark : chart.marks) mark.choices[i] = places.at(mark.choices[i]);
  }

  Chart drawn(const MeanMarks& chart) const {
    auto note = fmt::format("Mean over repeats at each {}{}", x().axis.name,
                            chart.curves.size() > 1 ? ", by " + chart.curve_name : "");
    if (!chart.choices.empty()) {
      note += ", where ";
      for (std::size_t i = 0; i < chart.choices.size(); ++i)
        note += (i > 0 ? " and " : "") + chart.choices[i].name;
      note += chart.choices.size() > 1 ? " are what the boxes say; at first, those of the best mean"
                                       : " is what the box says; at first, that of the best mean";
    }
    note += ".";
    const bool band = x().numeric && chart.curves.size() < 2;
    note += intervals_note(o_, band ? "The band is its" : "A bar is its");
    if (n_off_axis_ > 0)
      note += fmt::format(" {} combinations keep the scenario's {} and are not drawn.",
                          format_count(n_off_axis_), x().axis.name);
    if (n_left_out_ > 0)
      note += fmt::format(" {} of {} combinations are drawn, the others are not.",
                          format_count(static_cast<std::int64_t>(n_drawn_)),
                          format_count(o_.n_combinations));
    return {fmt::format("{} by {}", chart.metric, x().axis.name),
            x().numeric ? mean_lines_spec(chart) : mean_words_spec(chart), note};
  }

  const SweepOverview& o_;
  DrawnAxes axes_;
  std::vector<MeanMarks> charts_;
  std::set<Slice> slices_;
  std::size_t most_slices_ = 1, n_drawn_ = 0;
  std::int64_t n_left_out_ = 0, n_off_axis_ = 0;
};

/// Axes that samples are spread over: numbers of more values than curves are told apart.
std::vector<std::size_t> sampled_axes(const StoreReader& store, const SweepOverview& o) {
  std::vector<std::size_t> axes;
  const auto design = store.fact("design");
  if (design != "random" && design != "latin-hypercube" && design != "sobol") return axes;
  for (std::size_t i = 0; i < o.axes.size(); ++i)
    if (o.axes[i].input && o.axes[i].numeric && o.axes[i].values.size() > most_curves)
      axes.push_back(i);
  return axes;
}

Section scattered(const StoreReader& store, const SweepOverview& o,
                  std::vector<std::size_t> sampled) {
  Section section{"charts", "What came out", {}};
  const auto n_sampled = sampled.size();
  if (n_sampled > most_scatters) sampled.resize(most_scatters);
  std::optional<std::size_t> curve;
  for (std::size_t i = 0; i < o.axes.size() && !curve; ++i)
    if (const auto n = o.axes[i].values.size() + (o.axes[i].gaps ? 1 : 0);
        o.axes[i].input && n > 1 && n <= most_curves)
      curve = i;
  std::vector<MeanMarks> charts(o.metrics.size() * sampled.size());
  for (std::size_t m = 0; m < o.metrics.size(); ++m)
    for (std::size_t a = 0; a < sampled.size(); ++a) {
      auto& chart = charts[m * sampled.size() + a];
      const auto& axis = o.axes[sampled[a]];
      std::vector<double> numbers;
      for (const auto& value : axis.values) numbers.push_back(axis.shown(value));
      chart.metric = o.metrics[m];
      chart.x = number_axis(axis.label(), numbers);
      if (curve) {
        chart.curve_name = o.axes[*curve].axis.name;
        chart.curves = names_of(o.axes[*curve]);
      }
    }
  const auto stride = (o.n_combinations + static_cast<std::int64_t>(most_scattered) - 1) /
                      static_cast<std::int64_t>(most_scattered);
  std::int64_t seen = 0;
  for_each_combination(store, o.metrics, 0.95, [&](const CombinationStatistics& c) {
    if (seen++ % stride != 0) return;
    for (std::size_t m = 0; m < o.metrics.size(); ++m)
      for (std::size_t a = 0; a < sampled.size(); ++a) {
        const double x = o.axes[sampled[a]].shown(c.axes[sampled[a]]);
        if (c.metrics[m].n == 0 || !std::isfinite(x)) continue;
        auto mark = mark_of(c.metrics[m]);
        mark.x = x;
        if (curve) mark.curve = place(o.axes[*curve], c.axes[*curve]);
        charts[m * sampled.size() + a].marks.push_back(std::move(mark));
      }
  });
  auto text =
      fmt::format("A point a combination{}: the mean of its repeats over each sampled axis.",
                  curve ? ", by " + o.axes[*curve].axis.name : "");
  if (stride > 1) text += fmt::format(" One in {} combinations is drawn.", format_count(stride));
  if (n_sampled > most_scatters)
    text += fmt::format(" Of {} sampled axes the first {} are drawn.", n_sampled, most_scatters);
  section.blocks.emplace_back(Paragraph{text});
  for (const auto& chart : charts)
    if (!chart.marks.empty())
      section.blocks.emplace_back(Chart{fmt::format("{} by {}", chart.metric, chart.x.title),
                                        scatter_spec(chart), "", true});
  return section;
}

Section repeats(const StoreReader& store, const SweepOverview& o) {
  Section section{"charts", "What came out", {}};
  for_each_combination(store, o.metrics, 0.95, [&](const CombinationStatistics& c) {
    for (std::size_t m = 0; m < o.metrics.size() && c.metrics[m].n > 0; ++m) {
      const auto& s = c.metrics[m];
      auto note =
          fmt::format("{} repeats, {} to {}; the dashed line is their mean, {}", format_count(s.n),
                      short_number(s.minimum), short_number(s.maximum), short_number(s.mean));
      if (s.interval)
        note += fmt::format(" (95 %: {} to {})", short_number(s.interval->low),
                            short_number(s.interval->high));
      section.blocks.emplace_back(Chart{o.metrics[m] + " over repeats",
                                        histogram_spec(o.metrics[m], bins_of(c.samples[m]), s.mean),
                                        note + ".", false});
    }
  });
  return section;
}

std::string label(const SweepOverview& o, const experiment::StoredAxis& axis) {
  for (const auto& swept : o.axes)
    if (swept.axis == axis) return axis.name;
  return axis.key;
}

std::string end_text(const SweepOverview& o, const experiment::StoredAxis& axis, const Cell& end) {
  for (const auto& swept : o.axes)
    if (swept.axis == axis) return swept.with_unit(end);
  return cell_text(end);
}

Chart drawn(const std::string& metric, const SweepOverview& o, const Sensitivity& found,
            const experiment::Tornado& result) {
  if (!std::isfinite(result.baseline))
    throw InputError(Location{"", 0, 0}, "the scenario as it stands failed");
  std::vector<SwingBar> bars;
  for (const auto& swing : result.swings) {
    const auto i = static_cast<std::size_t>(swing.input);
    bars.push_back({label(o, found.axes[i]), swing.low, swing.high,
                    end_text(o, found.axes[i], found.ends[2 * i]),
                    end_text(o, found.axes[i], found.ends[2 * i + 1])});
  }
  return {"What moves " + metric, tornado_spec(metric, result.baseline, bars),
          fmt::format("One axis at a time at its low and its high end, all others as in the "
                      "scenario: {} there is {} (the line). The widest swing is first.",
                      metric, short_number(result.baseline)),
          false};
}

Chart drawn(const std::string& metric, const SweepOverview& o, const Sensitivity& found,
            const experiment::VarianceShares& result) {
  std::vector<IndexBar> bars;
  for (std::size_t i = 0; i < found.axes.size(); ++i) {
    const auto& s = result.inputs[i];
    bars.push_back({label(o, found.axes[i]), false, s.first_order, s.first_order_interval.low,
                    s.first_order_interval.high});
    bars.push_back({label(o, found.axes[i]), true, s.total_order, s.total_order_interval.low,
                    s.total_order_interval.high});
  }
  return {"What the variance of " + metric + " comes from", indices_spec(bars),
          fmt::format("Sobol's indices over {} base samples: first order is the axis alone, total "
                      "order with all that it does together with others; thin lines are 95 % "
                      "intervals. Mean {}, standard deviation {}.",
                      format_count(result.n_used), short_number(result.mean),
                      short_number(std::sqrt(result.variance))),
          false};
}

Section sensitivities(const StoreReader& store, const SweepOverview& o) {
  Section section{"charts", "Which axes matter", {}};
  for (const auto& metric : o.metrics) {
    try {
      const auto found = sensitivity(store, metric);
      section.blocks.emplace_back(std::visit(
          [&](const auto& result) { return drawn(metric, o, found, result); }, found.result));
    } catch (const InputError& problem) {  // points are missing or failed
      section.blocks.emplace_back(Paragraph{
          fmt::format("No sensitivity of {}: {}.", metric, problem.diagnostics().front().what)});
    }
  }
  return section;
}

}  // namespace

Section sweep_drawings(const StoreReader& store, const SweepOverview& all) {
  const auto o = varying(all);
  Section section{"charts", "What came out", {}};
  if (o.n_points - o.n_failed > 1) {
    if (has_sensitivity(store)) {
      section = sensitivities(store, o);
    } else if (const auto sampled = sampled_axes(store, o); !sampled.empty()) {
      section = scattered(store, o, sampled);
    } else if (o.n_combinations == 1) {
      section = repeats(store, o);
    } else if (drawn_axes(store, o).x) {
      section = Grid(store, o).section();
    }
  }
  std::string text;
  for (std::size_t m = 0; m < all.metrics.size(); ++m)
    if (all.constant[m])
      text += fmt::format("{}{} is {} at every point.", text.empty() ? "" : " ", all.metrics[m],
                          short_number(*all.constant[m]));
  if (!text.empty()) section.blocks.emplace_back(Paragraph{text});
  return section;
}

}  // namespace longhaul::report
