#include "report/forecast_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "report/text_table.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

using experiment::ConstraintForecast;
using experiment::Spread;
using Json = nlohmann::ordered_json;

/// The constraints and the least of them.
struct Row {
  std::string name;
  Spread flop;
  std::optional<double> binds;
};

std::vector<Row> rows_of(const ConstraintForecast& forecast) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < experiment::n_constraints; ++i)
    rows.push_back({experiment::constraint_name(static_cast<experiment::Constraint>(i)),
                    forecast.bounds[i].flop, forecast.bounds[i].binds});
  rows.push_back({"least", forecast.least_flop, std::nullopt});
  return rows;
}

Spread in_gpt4(const Spread& flop_spread, const ConstraintForecast& forecast) {
  const double gpt4 = forecast.gpt4_compute.value();
  return {flop_spread.p10 / gpt4, flop_spread.p50 / gpt4, flop_spread.p90 / gpt4};
}

std::string multiple(double n) {
  if (n < 1e3 || n >= 1e6) return format_large(n);
  const double tens = n < 1e4 ? 10 : 100;  // to two or three digits
  return format_count(static_cast<std::int64_t>(std::llround(n / tens) * std::llround(tens)));
}

/// With the unit that the key ends in.
std::string detail_text(const std::string& key, double value) {
  if (key.ends_with("_flop")) return fmt::format("{:.1e}", value);
  if (key.ends_with("_w")) return format_quantity(watts(value));
  if (key.ends_with("_s")) return format_quantity(seconds(value));
  return format_large(value);
}

Json spread_json(const Spread& spread, const std::string& unit) {
  return {{"p10_" + unit, spread.p10}, {"p50_" + unit, spread.p50}, {"p90_" + unit, spread.p90}};
}

Json row_json(const Row& row, const ConstraintForecast& forecast) {
  auto json = spread_json(row.flop, "flop");
  json.update(spread_json(in_gpt4(row.flop, forecast), "gpt4"));
  if (row.binds) json["binds"] = *row.binds;
  return json;
}

/// "campus_flop" as "campus" and "flop".
std::pair<std::string, std::string> name_and_unit(const std::string& key) {
  const auto last = key.rfind('_');
  return {key.substr(0, last), key.substr(last + 1)};
}

}  // namespace

std::string forecast_screen(const std::string& title, const ConstraintForecast& forecast,
                            const Provenance& provenance) {
  TextTable bounds{{"", "p10 [FLOP]", "p50", "p90", "p10 [GPT-4]", "p50", "p90", "least of four"}};
  for (const auto& row : rows_of(forecast)) {
    const auto times = in_gpt4(row.flop, forecast);
    bounds.push_back({row.name, fmt::format("{:.1e}", row.flop.p10),
                      fmt::format("{:.1e}", row.flop.p50), fmt::format("{:.1e}", row.flop.p90),
                      multiple(times.p10), multiple(times.p50), multiple(times.p90),
                      row.binds ? fmt::format("{:.1f} %", 100 * *row.binds) : ""});
  }
  TextTable details{{"", "p10", "p50", "p90"}};
  for (const auto& detail : forecast.details)
    details.push_back({detail.what, detail_text(detail.key, detail.spread.p10),
                       detail_text(detail.key, detail.spread.p50),
                       detail_text(detail.key, detail.spread.p90)});
  return fmt::format(
      "{}\n\n{}\n{}\n{} samples, seed {}; GPT-4 is {:.3g} FLOP; percentiles of the draws\n"
      "longhaul {} ({})\n",
      title, aligned(bounds, true), aligned(details, true), format_count(forecast.n_samples),
      forecast.seed, forecast.gpt4_compute.value(), provenance.version, provenance.revision);
}

std::string forecast_json(const std::string& title, const ConstraintForecast& forecast,
                          const Provenance& provenance) {
  Json json;
  json["title"] = title;
  json["seed"] = forecast.seed;
  json["samples"] = forecast.n_samples;
  json["gpt4_flop"] = forecast.gpt4_compute.value();
  for (const auto& row : rows_of(forecast)) {
    auto& at = row.binds ? json["constraints"][row.name] : json[row.name];
    at = row_json(row, forecast);
  }
  for (const auto& detail : forecast.details) {
    const auto [name, unit] = name_and_unit(detail.key);
    json["details"][name] = spread_json(detail.spread, unit);
  }
  json["version"] = provenance.version;
  json["revision"] = provenance.revision;
  for (const auto& input : provenance.inputs)
    json["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  return json.dump(2) + "\n";
}

std::string forecast_csv(const ConstraintForecast& forecast) {
  std::string text = "constraint,p10_flop,p50_flop,p90_flop,p10_gpt4,p50_gpt4,p90_gpt4,binds\n";
  for (const auto& row : rows_of(forecast)) {
    const auto times = in_gpt4(row.flop, forecast);
    text += fmt::format("{},{},{},{},{},{},{},{}\n", row.name, row.flop.p10, row.flop.p50,
                        row.flop.p90, times.p10, times.p50, times.p90,
                        row.binds ? fmt::format("{}", *row.binds) : "");
  }
  return text;
}

}  // namespace longhaul::report
