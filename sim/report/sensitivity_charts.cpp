#include "report/sensitivity_charts.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "report/chart_parts.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t px_per_bar = 16;  // of two in a row

}  // namespace

std::string indices_spec(const std::vector<IndexBar>& bars) {
  auto spec = Json::parse(R"json({
    "width": "container",
    "encoding": {
      "y": {"field": "name", "type": "nominal", "sort": null,
            "axis": {"title": null, "domain": false, "ticks": false, "labelLimit": 150,
                     "labelPadding": 8}},
      "yOffset": {"field": "k", "type": "nominal",
                  "scale": {"domain": ["first order", "total order"]}},
      "tooltip": [
        {"field": "name", "title": "axis"}, {"field": "k", "title": "index"},
        {"field": "v", "type": "quantitative", "title": "share of variance", "format": ".4f"},
        {"field": "lo", "type": "quantitative", "title": "95 % from", "format": ".4f"},
        {"field": "hi", "type": "quantitative", "title": "to", "format": ".4f"}
      ]
    },
    "layer": [
      {
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
          "x": {"field": "v", "type": "quantitative",
                "axis": {"title": "share of variance", "tickCount": 5, "format": "~g"}},
          "color": {"field": "k", "type": "nominal", "legend": {"orient": "top", "title": null},
                    "scale": {"domain": ["first order", "total order"],
                              "range": ["var(--first)", "var(--second)"]}}
        }
      },
      {
        "transform": [{"filter": "isValid(datum.lo)"}],
        "mark": {"type": "rule", "color": "var(--ink)", "strokeWidth": 1.5},
        "encoding": {"x": {"field": "lo", "type": "quantitative"}, "x2": {"field": "hi"}}
      }
    ]
  })json");
  Json data = Json::array();
  for (const auto& bar : bars)
    data.push_back({{"name", bar.axis},
                    {"k", bar.total ? "total order" : "first order"},
                    {"v", bar.value},
                    {"lo", bar.low},
                    {"hi", bar.high}});
  spec["height"] = px_per_bar * bars.size();  // two of an axis
  spec["data"]["values"] = std::move(data);
  return text_of(spec);
}

std::string tornado_spec(const std::string& metric, double baseline,
                         const std::vector<SwingBar>& bars) {
  auto spec = Json::parse(R"json({
    "width": "container",
    "encoding": {
      "y": {"field": "name", "type": "nominal", "sort": null,
            "axis": {"title": null, "domain": false, "ticks": false, "labelLimit": 150,
                     "labelPadding": 8}},
      "yOffset": {"field": "k", "type": "nominal",
                  "scale": {"domain": ["at the low end", "at the high end"]}}
    },
    "layer": [
      {
        "mark": {"type": "bar"},
        "encoding": {
          "x": {"field": "v", "type": "quantitative", "scale": {"zero": false, "padding": 12}},
          "x2": {"field": "b"},
          "color": {"field": "k", "type": "nominal", "legend": {"orient": "top", "title": null},
                    "scale": {"domain": ["at the low end", "at the high end"],
                              "range": ["var(--second)", "var(--first)"]}},
          "tooltip": [
            {"field": "name", "title": "axis"}, {"field": "at", "title": "is"},
            {"field": "v", "type": "quantitative", "format": ".5~g"}
          ]
        }
      },
      {"mark": {"type": "rule", "color": "var(--ink)"}, "data": {"values": [{}]}, "encoding": {}}
    ]
  })json");
  Json data = Json::array();
  for (const auto& bar : bars) {
    const auto add = [&](const char* end, const std::string& at, double value) {
      data.push_back({{"name", bar.axis}, {"k", end}, {"at", at}, {"v", value}, {"b", baseline}});
    };
    if (std::isfinite(bar.low)) add("at the low end", bar.low_at, bar.low);
    if (std::isfinite(bar.high)) add("at the high end", bar.high_at, bar.high);
  }
  spec["height"] = 2 * px_per_bar * bars.size();
  spec["data"]["values"] = std::move(data);
  auto& encoding = spec["layer"][0]["encoding"];
  double largest = std::abs(baseline);
  for (const auto& bar : bars)
    for (const double value : {bar.low, bar.high})
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  encoding["x"]["axis"] = value_axis<Json>(metric, largest);
  encoding["tooltip"][2]["title"] = metric;
  spec["layer"][1]["encoding"]["x"] = {{"datum", baseline}, {"type", "quantitative"}};
  for (const char* channel : {"y", "yOffset"}) spec["layer"][1]["encoding"][channel] = nullptr;
  return text_of(spec);
}

}  // namespace longhaul::report
