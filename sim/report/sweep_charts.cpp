#include "report/sweep_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/chart_parts.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t px_per_row = 26;

bool log_spaced(const std::vector<double>& values) {
  constexpr double least_ratio = 3;
  constexpr double clearly = 1.5;
  if (values.size() < 3 || values.front() <= 0 || values.back() < least_ratio * values.front())
    return false;
  const auto unevenness = [&](auto&& place) {
    double least = INFINITY;
    double most = 0;
    for (std::size_t i = 1; i < values.size(); ++i) {
      const double gap = place(values[i]) - place(values[i - 1]);
      least = std::min(least, gap);
      most = std::max(most, gap);
    }
    return most / least;
  };
  return clearly * unevenness([](double x) { return std::log(x); }) <=
         unevenness([](double x) { return x; });
}

/// 1, 2 and 5 times powers of ten between two numbers above zero.
std::vector<double> round_numbers(double from, double to) {
  std::vector<double> numbers;
  for (int power = static_cast<int>(std::floor(std::log10(from))); std::pow(10, power) <= to;
       ++power)
    for (const double digit : {1, 2, 5})
      if (const double x = digit * std::pow(10, power); x >= from && x <= to) numbers.push_back(x);
  return numbers;
}

Json x_of(const NumberAxis& axis) {
  const double largest =
      axis.ticks.empty() ? 1 : std::max(std::abs(axis.ticks.front()), std::abs(axis.ticks.back()));
  Json x = {{"field", "x"}, {"type", "quantitative"}};
  x["axis"] = {{"title", axis.title},
               {"grid", false},
               {"labelOverlap", true},
               {"format", tick_format(largest)},
               {"tickCount", {{"expr", "max(2, floor(width / 70))"}}}};
  if (!axis.ticks.empty()) x["axis"]["values"] = axis.ticks;
  x["scale"] = {{"type", axis.log ? "log" : "linear"}, {"nice", false}, {"padding", 12}};
  if (!axis.log) x["scale"]["zero"] = false;
  return x;
}

double largest_mean(const MeanMarks& marks) {
  double largest = 0;
  for (const auto& mark : marks.marks) largest = std::max(largest, std::abs(mark.mean));
  return largest;
}

Json data_of(const MeanMarks& marks) {
  Json data = Json::array();
  for (const auto& mark : marks.marks) {
    Json row = {{"v", mark.mean}, {"n", mark.n}};
    if (mark.word.empty())
      row["x"] = mark.x;
    else
      row["x"] = mark.word;
    if (std::isfinite(mark.low)) {
      row["lo"] = mark.low;
      row["hi"] = mark.high;
    }
    if (marks.curves.size() > 1) row["k"] = marks.curves.at(mark.curve);
    for (std::size_t i = 0; i < mark.choices.size(); ++i)
      row[fmt::format("c{}", i)] = mark.choices[i];
    data.push_back(std::move(row));
  }
  return data;
}

bool has_intervals(const MeanMarks& marks) {
  return std::any_of(marks.marks.begin(), marks.marks.end(),
                     [](const auto& mark) { return std::isfinite(mark.low); });
}

/// Boxes to pick from, and what they leave.
void add_choices(Json& spec, const std::vector<Choice>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    Json options = Json::array();
    for (std::size_t k = 0; k < choices[i].values.size(); ++k) options.push_back(k);
    spec["params"].push_back({{"name", fmt::format("pick{}", i)},
                              {"value", choices[i].first},
                              {"bind",
                               {{"input", "select"},
                                {"name", choices[i].name},
                                {"options", options},
                                {"labels", choices[i].values}}}});
    spec["transform"].push_back({{"filter", fmt::format("datum.c{0} == pick{0}", i)}});
  }
}

Json tooltip_of(const MeanMarks& marks) {
  Json tooltip = Json::array();
  const bool words = !marks.marks.empty() && !marks.marks.front().word.empty();
  tooltip.push_back(
      {{"field", "x"}, {"type", words ? "nominal" : "quantitative"}, {"title", marks.x.title}});
  if (!words) tooltip.back()["format"] = ",.6~r";
  if (marks.curves.size() > 1)
    tooltip.push_back({{"field", "k"}, {"type", "nominal"}, {"title", marks.curve_name}});
  const auto number = [&](const char* field, const std::string& title) {
    tooltip.push_back(
        {{"field", field}, {"type", "quantitative"}, {"title", title}, {"format", ".5~g"}});
  };
  number("v", marks.metric);
  if (has_intervals(marks)) {
    number("lo", "95 % from");
    number("hi", "to");
  }
  tooltip.push_back({{"field", "n"}, {"type", "quantitative"}, {"title", "repeats"}});
  return tooltip;
}

/// A channel by which curves are told apart; all of a chart share one legend.
Json curves_on(const MeanMarks& marks, const char* range) {
  Json channel = {{"field", "k"}, {"type", "nominal"}};
  channel["scale"]["domain"] = marks.curves;
  channel["scale"]["range"] = Json::parse(range);
  channel["legend"] = {{"orient", "top"},
                       {"title", marks.curve_name},
                       {"titleOrient", "left"},
                       {"columns", {{"expr", "max(1, floor((width - 60) / 100))"}}}};
  return channel;
}

constexpr const char* colours = R"json(["var(--curve-1)", "var(--curve-2)", "var(--curve-3)",
  "var(--curve-4)", "var(--curve-5)", "var(--curve-6)", "var(--curve-7)", "var(--curve-8)"])json";
constexpr const char* dashes = R"json([[1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 3],
  [2, 4], [9, 2, 2, 2, 2, 2]])json";
constexpr const char* shapes = R"json(["circle", "square", "triangle-up", "diamond", "cross",
  "triangle-down", "triangle-right", "triangle-left"])json";

/// Sets colour (and another channel) by curve, or the first colour where there is one curve.
void set_colour(Json& layer, const MeanMarks& marks, const char* channel = nullptr,
                const char* range = nullptr) {
  if (marks.curves.size() < 2) {
    layer["mark"]["color"] = "var(--first)";
    return;
  }
  layer["encoding"]["color"] = curves_on(marks, colours);
  if (channel != nullptr) layer["encoding"][channel] = curves_on(marks, range);
}

/// A layer of the means along `channel`, with `position` as its encoding.
void add_points(Json& spec, const MeanMarks& marks, const char* channel, const Json& position,
                int size_px2) {
  Json points;
  points["mark"] = {{"type", "point"}, {"filled", true}, {"size", size_px2}, {"opacity", 1}};
  points["encoding"][channel] = position;
  points["encoding"]["tooltip"] = tooltip_of(marks);
  set_colour(points, marks, "shape", shapes);
  spec["layer"].push_back(std::move(points));
}

/// A layer of their confidence intervals, where there are any.
void add_intervals(Json& spec, const MeanMarks& marks, const std::string& channel, Json position,
                   Json mark) {
  Json intervals;
  intervals["mark"] = std::move(mark);
  intervals["transform"] = Json::parse(R"json([{"filter": "isValid(datum.lo)"}])json");
  position["field"] = "lo";
  intervals["encoding"][channel] = std::move(position);
  intervals["encoding"][channel + "2"] = {{"field", "hi"}};
  set_colour(intervals, marks);
  spec["layer"].push_back(std::move(intervals));
}

}  // namespace

NumberAxis number_axis(const std::string& title, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  constexpr std::size_t few = 16;
  NumberAxis axis{title, false, {}};
  if (values.size() <= few) {
    axis.log = log_spaced(values);
  } else {  // samples: by their quartiles
    std::vector<double> quartiles;
    for (std::size_t i = 0; i <= 4; ++i) quartiles.push_back(values[i * (values.size() - 1) / 4]);
    axis.log = log_spaced(quartiles);
  }
  const bool short_ones = std::all_of(values.begin(), values.end(), [](double x) {
    return std::abs(x - std::stod(fmt::format("{:.3g}", x))) <= 1e-9 * std::abs(x) ||
           x == std::round(x);
  });
  if (!values.empty() && values.size() <= few && short_ones)
    axis.ticks = values;
  else if (axis.log)
    axis.ticks = round_numbers(values.front(), values.back());
  return axis;
}

std::string mean_lines_spec(const MeanMarks& marks) {
  auto spec = Json::parse(R"json({"width": "container", "height": 280, "layer": []})json");
  spec["data"]["values"] = data_of(marks);
  add_choices(spec, marks.choices);
  spec["encoding"]["x"] = x_of(marks.x);
  const Json y = {{"field", "v"},
                  {"type", "quantitative"},
                  {"axis", value_axis<Json>(marks.metric, largest_mean(marks))},
                  {"scale", {{"zero", false}}}};
  const bool one = marks.curves.size() < 2;
  if (has_intervals(marks)) {
    add_intervals(spec, marks, "y", y,
                  one ? Json{{"type", "area"}, {"fillOpacity", 0.2}}
                      : Json{{"type", "rule"}, {"strokeWidth", 1.5}, {"opacity", 0.8}});
  }
  Json line;
  line["mark"] = {{"type", "line"}, {"strokeWidth", 1.75}};
  line["encoding"]["y"] = y;
  set_colour(line, marks, "strokeDash", dashes);
  spec["layer"].push_back(std::move(line));
  add_points(spec, marks, "y", y, 48);
  return text_of(spec);
}

std::string mean_words_spec(const MeanMarks& marks) {
  auto spec = Json::parse(R"json({
    "width": "container", "layer": [],
    "encoding": {
      "y": {"field": "x", "type": "nominal", "sort": null,
            "axis": {"domain": false, "ticks": false, "labelLimit": 150, "labelPadding": 8,
                     "title": null, "grid": true}}
    }
  })json");
  spec["data"]["values"] = data_of(marks);
  add_choices(spec, marks.choices);
  const bool one = marks.curves.size() < 2;
  std::vector<std::string> words;
  for (const auto& mark : marks.marks)
    if (std::find(words.begin(), words.end(), mark.word) == words.end()) words.push_back(mark.word);
  constexpr std::size_t px_per_curve = 14;
  spec["height"] = words.size() * (one ? px_per_row : px_per_curve * (marks.curves.size() + 1));
  if (!one) {
    spec["encoding"]["yOffset"] = {{"field", "k"}, {"type", "nominal"}};
    spec["encoding"]["yOffset"]["scale"]["domain"] = marks.curves;
  }
  const Json x = {{"field", "v"},
                  {"type", "quantitative"},
                  {"axis", value_axis<Json>(marks.metric, largest_mean(marks))},
                  {"scale", {{"zero", false}, {"padding", 12}}}};
  if (has_intervals(marks)) {
    add_intervals(spec, marks, "x", x, {{"type", "rule"}, {"strokeWidth", 1.5}});
  }
  add_points(spec, marks, "x", x, 60);
  return text_of(spec);
}

std::string scatter_spec(const MeanMarks& marks) {
  auto spec = Json::parse(R"json({
    "width": "container", "height": 190,
    "mark": {"type": "point", "filled": true, "size": 18, "opacity": 0.65}
  })json");
  spec["data"]["values"] = data_of(marks);
  spec["encoding"]["x"] = x_of(marks.x);
  spec["encoding"]["y"] = {{"field", "v"},
                           {"type", "quantitative"},
                           {"axis", value_axis<Json>(marks.metric, largest_mean(marks))},
                           {"scale", {{"zero", false}}}};
  spec["encoding"]["tooltip"] = tooltip_of(marks);
  set_colour(spec, marks, "shape", shapes);
  return text_of(spec);
}

std::vector<Bin> bins_of(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  constexpr double most_bins = 40;
  const double wanted =
      std::clamp(std::ceil(std::sqrt(static_cast<double>(values.size()))), 1.0, most_bins);
  const double range = *most - *least;
  if (!(range > 0)) return {{*least, *least, static_cast<std::int64_t>(values.size())}};
  // The least of 1, 2, 5 x 10^k that is no finer than wanted.
  const double power = std::pow(10, std::floor(std::log10(range / wanted)));
  double width = 10 * power;
  for (const double digit : {5, 2, 1})
    if (digit * power >= range / wanted) width = digit * power;
  const double first = std::floor(*least / width);
  std::vector<Bin> bins(static_cast<std::size_t>(std::floor(*most / width) - first) + 1);
  for (std::size_t i = 0; i < bins.size(); ++i)
    bins[i] = {(first + static_cast<double>(i)) * width,
               (first + static_cast<double>(i) + 1) * width, 0};
  for (const double value : values) {
    const auto at = static_cast<std::size_t>(std::floor(value / width) - first);
    ++bins[std::min(at, bins.size() - 1)].n;
  }
  return bins;
}

std::string histogram_spec(const std::string& metric, const std::vector<Bin>& bins, double mean) {
  auto spec = Json::parse(R"json({
    "width": "container", "height": 220,
    "layer": [
      {
        "mark": {"type": "bar", "color": "var(--first)", "fillOpacity": 0.75, "binSpacing": 1},
        "encoding": {
          "x": {"field": "x", "type": "quantitative", "bin": {"binned": true}}, "x2": {"field": "e"},
          "y": {"field": "n", "type": "quantitative", "axis": {"title": "repeats", "tickMinStep": 1,
                "tickCount": 5}},
          "tooltip": [
            {"field": "x", "type": "quantitative", "title": "from", "format": ".6~g"},
            {"field": "e", "type": "quantitative", "title": "to", "format": ".6~g"},
            {"field": "n", "type": "quantitative", "title": "repeats"}
          ]
        }
      },
      {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": "var(--second)", "strokeWidth": 2, "strokeDash": [5, 3]},
        "encoding": {"x": {}}
      }
    ]
  })json");
  Json data = Json::array();
  for (const auto& bin : bins) data.push_back({{"x", bin.from}, {"e", bin.to}, {"n", bin.n}});
  spec["data"]["values"] = std::move(data);
  auto& x = spec["layer"][0]["encoding"]["x"];
  x["axis"] = {
      {"title", metric},
      {"grid", false},
      {"format", tick_format(std::max(std::abs(bins.front().from), std::abs(bins.back().to)))},
      {"labelOverlap", true},
      {"tickCount", {{"expr", "max(2, floor(width / 90))"}}}};
  x["scale"] = {{"zero", false}, {"nice", false}, {"padding", 8}};
  spec["layer"][1]["encoding"]["x"] = {{"datum", mean}, {"type", "quantitative"}};
  return text_of(spec);
}

}  // namespace longhaul::report
