#include "report/charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "report/chart_parts.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) {
  constexpr double digits = 1e4;
  return std::round(value * digits) / digits;
}

Json over_time(const Span& span) {
  auto spec = Json::parse(R"json({
    "width": "container", "height": 150,
    "params": [{"name": "from"}, {"name": "to"}],
    "encoding": {
      "x": {
        "field": "t", "type": "temporal",
        "scale": {"type": "utc", "nice": false,
                  "domainMin": {"expr": "from"}, "domainMax": {"expr": "to"}},
        "axis": {"title": null, "grid": false, "labelOverlap": true,
                 "format": {"year": "%Y", "quarter": "%b %d", "month": "%b %d", "week": "%b %d",
                            "date": "%b %d", "hours": "%H:%M", "minutes": "%H:%M",
                            "seconds": "%H:%M:%S"},
                 "tickCount": {"expr": "max(2, floor(width / 90))"}}
      }
    },
    "layer": []
  })json");
  spec["params"][0]["value"] = span.from_ms;
  spec["params"][1]["value"] = span.to_ms;
  return spec;
}

Json value_channel(const std::string& name) {
  auto y = Json::parse(R"json({
    "field": "v", "type": "quantitative",
    "axis": {"minExtent": 44, "maxExtent": 44, "tickCount": 4}
  })json");
  y["axis"]["title"] = name;
  return y;
}

Json data_of(const std::vector<Mark>& marks) {
  constexpr double digits = 100;
  Json data = Json::array();
  for (const auto& mark : marks)
    data.push_back({{"t", mark.time_ms},
                    {"at", mark.date},
                    {"c", mark.cause},
                    {"k", mark.planned ? "planned" : "unexpected"},
                    {"v", std::round(digits * mark.down_min) / digits},
                    {"r", mark.redone}});
  return data;
}

Json layer_of_marks(const std::vector<Mark>& marks) {
  auto layer = Json::parse(R"json({
    "encoding": {
      "color": {
        "field": "k", "type": "nominal",
        "scale": {"domain": ["unexpected", "planned"], "range": ["var(--ink)", "var(--second)"]},
        "legend": {"orient": "top", "title": null}
      },
      "tooltip": [
        {"field": "at", "title": "stop at (UTC)"},
        {"field": "c", "title": "cause"},
        {"field": "v", "title": "minutes down"},
        {"field": "r", "title": "steps redone"}
      ]
    }
  })json");
  layer["data"]["values"] = data_of(marks);
  return layer;
}

/// Adds stairs, where they are many their mean over some of them, and rectangles to point at.
void add_stairs(Json& spec, const std::vector<Stair>& stairs, const Json& y, const char* format) {
  Json data = Json::array();
  for (const auto& stair : stairs)
    data.push_back({{"t", stair.from_ms},
                    {"e", stair.to_ms},
                    {"at", stair.date},
                    {"v", rounded(stair.value)}});
  if (!stairs.empty())  // the last is as wide as its window
    data.push_back({{"t", stairs.back().to_ms}, {"v", rounded(stairs.back().value)}});
  spec["data"]["values"] = std::move(data);
  auto drawn = Json::parse(R"json({
    "mark": {"type": "area", "clip": true, "interpolate": "step-after", "color": "var(--first)",
             "fillOpacity": 0.28}
  })json");
  if (!has_mean(stairs.size()))
    drawn["mark"]["line"] = {{"clip", true}, {"color", "var(--first)"}, {"strokeWidth", 1.5}};
  drawn["encoding"]["y"] = y;
  auto mean = Json::parse(R"json({
    "transform": [
      {"filter": "isValid(datum.e)"},
      {"window": [{"op": "mean", "field": "v", "as": "m"}]},
      {"calculate": "(datum.t + datum.e) / 2", "as": "t"}
    ],
    "mark": {"type": "line", "clip": true, "color": "var(--first)", "strokeWidth": 2}
  })json");
  const auto reach_of_mean = static_cast<std::int64_t>(stairs.size() / parts_of_mean / 2);
  mean["transform"][1]["frame"] = {-reach_of_mean, reach_of_mean};
  mean["encoding"]["y"] = y;
  mean["encoding"]["y"]["field"] = "m";
  auto reach = Json::parse(R"json({
    "params": [{"name": "pointed",
                "select": {"type": "point", "on": "pointerover", "clear": "pointerout"}}],
    "transform": [{"filter": "isValid(datum.e)"}],
    "mark": {"type": "rect", "clip": true, "fill": "var(--ink)"},
    "encoding": {
      "x2": {"field": "e"},
      "fillOpacity": {"condition": {"param": "pointed", "empty": false, "value": 0.12}, "value": 0},
      "tooltip": [{"field": "at", "title": "from (UTC)"}, {"field": "v", "type": "quantitative"}]
    }
  })json");
  auto& value = reach["encoding"]["tooltip"][1];
  value["title"] = y["axis"]["title"];
  value["format"] = format;
  spec["layer"].push_back(std::move(drawn));
  if (has_mean(stairs.size())) spec["layer"].push_back(std::move(mean));
  spec["layer"].push_back(std::move(reach));
}

/// A logarithmic scale over whole decades, a tick at each of them or, of many, at every n-th.
void set_powers_of_ten(Json& y, double least, double most) {
  constexpr int most_ticks = 5;
  const int first = static_cast<int>(std::floor(std::log10(least)));
  const int last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(most))));
  const int each = (last - first) / most_ticks + 1;
  y["scale"] = {
      {"type", "log"}, {"nice", false}, {"domain", {std::pow(10, first), std::pow(10, last)}}};
  y["axis"].erase("tickCount");  // it would thin the ticks once more
  for (int power = first; power <= last; power += each)
    y["axis"]["values"].push_back(std::pow(10, power));
}

/// Columns of a label: bytes of UTF-8 that begin a character.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string bar_spec(const Bars& bars) {
  Json data = Json::array();
  std::size_t longest = 0;
  for (const auto& row : bars.rows) {
    data.push_back({{"name", row.name},
                    {"v", row.value},
                    {"label", row.label},
                    {"k", bars.kinds.at(row.kind)}});
    longest = std::max(longest, columns(row.label));
  }
  auto spec = Json::parse(R"json({
    "width": "container",
    "encoding": {
      "y": {
        "field": "name", "type": "nominal", "sort": null,
        "axis": {"title": null, "domain": false, "ticks": false, "labelLimit": 150,
                 "labelPadding": 8}
      },
      "tooltip": [{"field": "name"}, {"field": "label", "title": "is"}]
    },
    "layer": [
      {
        "mark": {"type": "bar", "height": {"band": 0.68}, "cornerRadiusEnd": 2},
        "encoding": {
          "x": {"field": "v", "type": "quantitative", "axis": null, "scale": {"nice": false}},
          "color": {
            "field": "k", "type": "nominal", "legend": null,
            "scale": {"range": ["var(--first)", "var(--second)"]}
          }
        }
      },
      {
        "mark": {"type": "text", "align": "right", "baseline": "middle"},
        "encoding": {"x": {"value": {"expr": "width"}}, "text": {"field": "label"}}
      }
    ]
  })json");
  constexpr std::size_t px_per_row = 26;
  spec["height"] = px_per_row * bars.rows.size();
  spec["data"]["values"] = std::move(data);
  spec["encoding"]["tooltip"][0]["title"] = bars.what;
  auto& encoding = spec["layer"][0]["encoding"];
  constexpr std::size_t px_per_column = 7;
  const auto px = px_per_column * longest + 10;
  encoding["x"]["scale"]["range"] = {0, {{"expr", fmt::format("max(20, width - {})", px)}}};
  encoding["color"]["scale"]["domain"] = bars.kinds;
  if (bars.kinds.size() > 1) encoding["color"]["legend"] = {{"orient", "top"}, {"title", nullptr}};
  if (!bars.only.empty()) {
    spec["params"] =
        Json::parse(R"json([{"name": "only", "value": false, "bind": {"input": "checkbox"}}])json");
    spec["params"][0]["bind"]["name"] = bars.only;
    spec["transform"] = Json::array();
    spec["transform"].push_back(
        {{"filter", fmt::format("!only || datum.k == {}", Json(bars.kinds.at(1)).dump())}});
  }
  return text_of(spec);
}

bool has_mean(std::size_t n_stairs) { return n_stairs >= 2 * parts_of_mean; }

std::string share_spec(const Span& span, const std::string& name, const std::vector<Stair>& stairs,
                       const std::vector<Mark>& marks) {
  auto spec = over_time(span);
  auto y = value_channel(name);
  y["axis"]["format"] = ".0%";
  y["scale"] = Json::parse(R"json({"domain": [0, 1], "nice": false})json");
  add_stairs(spec, stairs, y, ".1%");
  auto ticks = layer_of_marks(marks);
  ticks["mark"] = {{"type", "tick"}, {"clip", true}, {"size", 14}, {"thickness", 1.5}};
  ticks["encoding"]["y"]["value"] = 142;
  if (!marks.empty()) spec["layer"].push_back(std::move(ticks));
  return text_of(spec);
}

std::string stair_spec(const Span& span, const std::string& name,
                       const std::vector<Stair>& stairs) {
  auto spec = over_time(span);
  add_stairs(spec, stairs, value_channel(name), ".4~");
  return text_of(spec);
}

std::string lines_spec(const Span& span, const std::string& name, const Line& first,
                       const Line& second) {
  Json data = Json::array();
  for (const auto* line : {&first, &second})
    for (const auto& point : line->points)
      data.push_back({{"t", point.time_ms}, {"v", rounded(point.value)}, {"k", line->name}});
  auto spec = over_time(span);
  auto layer = Json::parse(R"json({
    "mark": {"type": "line", "clip": true, "strokeWidth": 1.75},
    "encoding": {
      "color": {"field": "k", "type": "nominal", "legend": {"orient": "top", "title": null},
                "scale": {"range": ["var(--first)", "var(--second)"]}},
      "strokeDash": {"field": "k", "type": "nominal", "scale": {"range": [[1, 0], [5, 4]]}}
    }
  })json");
  layer["data"]["values"] = std::move(data);
  layer["encoding"]["y"] = value_channel(name);
  for (const char* channel : {"color", "strokeDash"})
    layer["encoding"][channel]["scale"]["domain"] = {first.name, second.name};
  spec["layer"].push_back(std::move(layer));
  return text_of(spec);
}

bool spans_decades(const std::vector<Curve>& curves) {
  constexpr double decade = 10;
  double least = INFINITY;
  double most = 0;
  for (const auto& curve : curves)
    for (const auto& at : curve.points) {
      if (at.value > 0) least = std::min(least, at.value);
      most = std::max(most, at.value);
    }
  return most >= decade * least;
}

std::string curves_spec(const Span& span, const Curves& all) {
  Json data = Json::array();
  Json names = Json::array();
  double least = INFINITY;
  double most = 0;
  for (const auto& curve : all.curves) {
    names.push_back(curve.name);
    const auto add = [&](const Curve::At& at) {
      if (all.log && at.value <= 0) return;
      data.push_back({{"t", at.time_ms}, {"at", at.date}, {"v", at.value}, {"k", curve.name}});
      least = std::min(least, at.value);
      most = std::max(most, at.value);
    };
    for (const auto& at : curve.points) add(at);
    if (all.stairs && !curve.points.empty()) add({span.to_ms, "", curve.points.back().value});
  }
  auto spec = over_time(span);
  spec["data"]["values"] = std::move(data);
  auto& encoding = spec["encoding"];
  encoding["y"] = value_channel(all.axis);
  if (all.log && most > 0) set_powers_of_ten(encoding["y"], least, most);
  constexpr double powers_from = 1e15;
  constexpr double thousands_from = 1e4;
  auto& axis = encoding["y"]["axis"];
  if (most >= powers_from)
    axis["labelExpr"] = "datum.value == 0 ? '0' : replace(format(datum.value, '~e'), '+', '')";
  else if (most >= thousands_from)
    axis["format"] = ".4~s";
  auto told_apart = Json::parse(R"json({"field": "k", "type": "nominal", "legend": null})json");
  told_apart["scale"]["domain"] = names;
  if (all.curves.size() > 1) told_apart["legend"] = {{"orient", "top"}, {"title", nullptr}};
  const auto by_curve = [&](const char* range) {
    auto channel = told_apart;
    channel["scale"]["range"] = Json::parse(range);
    return channel;
  };
  encoding["color"] = by_curve(R"json(["var(--first)", "var(--second)"])json");
  auto line = Json::parse(R"json({
    "mark": {"type": "line", "clip": true, "strokeWidth": 1.75}
  })json");
  line["encoding"]["strokeDash"] = by_curve("[[1, 0], [5, 4]]");
  if (all.stairs) line["mark"]["interpolate"] = "step-after";
  auto points = Json::parse(R"json({
    "transform": [{"filter": "datum.at != ''"}],
    "mark": {"type": "point", "clip": true, "filled": true, "size": 36},
    "encoding": {
      "tooltip": [{"field": "at", "title": "at (UTC)"}, {"field": "k"},
                  {"field": "v", "type": "quantitative"}]
    }
  })json");
  points["encoding"]["shape"] = by_curve(R"json(["circle", "square"])json");
  points["mark"]["opacity"] = all.dots ? 1 : 0;
  points["encoding"]["tooltip"][1]["title"] = all.what;
  auto& value = points["encoding"]["tooltip"][2];
  value["title"] = all.axis;
  value["format"] = most >= powers_from ? ".3e" : ",.6~r";
  spec["layer"] = {std::move(line), std::move(points)};
  return text_of(spec);
}

std::string stretches_spec(const Span& span, const Stretches& all) {
  Json data = Json::array();
  for (const auto& stretch : all.stretches) {
    data.push_back({{"t", stretch.from_ms},
                    {"e", stretch.to_ms},
                    {"row", stretch.row},
                    {"k", all.kinds.at(stretch.kind)}});
    for (std::size_t i = 0; i < all.facts.size(); ++i)
      data.back()[fmt::format("f{}", i)] = stretch.facts.at(i);
  }
  auto spec = over_time(span);
  auto layer = Json::parse(R"json({
    "mark": {"type": "bar", "clip": true, "height": {"band": 0.62}, "strokeWidth": 1.5,
             "fillOpacity": 0.55},
    "encoding": {
      "x2": {"field": "e"},
      "y": {
        "field": "row", "type": "nominal",
        "axis": {"title": " ", "domain": false, "ticks": false, "minExtent": 44, "maxExtent": 44}
      },
      "fill": {"field": "k", "type": "nominal", "legend": {"orient": "top", "title": null}},
      "stroke": {"field": "k", "type": "nominal", "legend": {"orient": "top", "title": null}},
      "strokeDash": {"field": "k", "type": "nominal", "scale": {"range": [[1, 0], [1, 0], [3, 3]]},
                     "legend": {"orient": "top", "title": null}},
      "tooltip": []
    }
  })json");
  constexpr std::size_t px_per_row = 34;
  spec["height"] = px_per_row * all.rows.size();
  layer["data"]["values"] = std::move(data);
  const char* colour = all.second ? "var(--second)" : "var(--first)";
  auto& encoding = layer["encoding"];
  encoding["y"]["scale"]["domain"] = all.rows;
  encoding["fill"]["scale"]["range"] = {colour, "transparent", "transparent"};
  encoding["stroke"]["scale"]["range"] = {colour, colour, colour};
  for (const char* channel : {"fill", "stroke", "strokeDash"})
    encoding[channel]["scale"]["domain"] = all.kinds;
  for (std::size_t i = 0; i < all.facts.size(); ++i)
    encoding["tooltip"].push_back({{"field", fmt::format("f{}", i)}, {"title", all.facts[i]}});
  spec["layer"].push_back(std::move(layer));
  return text_of(spec);
}

std::string marks_spec(const Span& span, const std::vector<Mark>& marks) {
  auto spec = over_time(span);
  auto layer = layer_of_marks(marks);
  layer["mark"] = {
      {"type", "point"}, {"clip", true}, {"filled", true}, {"size", 30}, {"opacity", 0.75}};
  double longest = 0;
  for (const auto& mark : marks) longest = std::max(longest, mark.down_min);
  constexpr double room_above = 1.08;  // points are wide
  auto& y = layer["encoding"]["y"] = value_channel("minutes down");
  y["scale"] = {{"domainMin", 0}, {"domainMax", room_above * longest}, {"nice", false}};
  layer["encoding"]["shape"] = Json::parse(R"json({
    "field": "k", "type": "nominal", "legend": {"orient": "top", "title": null},
    "scale": {"domain": ["unexpected", "planned"], "range": ["circle", "square"]}
  })json");
  spec["layer"].push_back(std::move(layer));
  return text_of(spec);
}

}  // namespace longhaul::report
