#include "report/years_forecast.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <variant>

#include "experiment/statistics.hpp"
#include "report/text_table.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

struct Spread {
  std::string metric;
  double mean = 0, p10 = 0, p50 = 0, p90 = 0;
};

std::vector<Spread> spreads(const experiment::StoreReader& store) {
  const auto& metrics = store.metrics();
  std::vector<std::vector<double>> values(metrics.size());
  store.for_each(metrics, [&](const experiment::StoreReader::Row& row) {
    if (!row.error.empty()) return;
    for (std::size_t m = 0; m < metrics.size(); ++m)
      std::visit(
          [&](const auto& value) {
            if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>)
              values[m].push_back(static_cast<double>(value));
          },
          row.metrics[m]);
  });
  constexpr std::array shares{0.1, 0.5, 0.9};
  std::vector<Spread> all;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (values[m].empty()) continue;
    const auto p = experiment::percentiles(values[m], shares);
    all.push_back({metrics[m],
                   std::accumulate(values[m].begin(), values[m].end(), 0.0) /
                       static_cast<double>(values[m].size()),
                   p[0], p[1], p[2]});
  }
  return all;
}

}  // namespace

std::string years_forecast_screen(const std::string& title, const experiment::StoreReader& store,
                                  const Provenance& provenance) {
  TextTable table{{"", "p10", "p50", "p90", "mean"}};
  for (const auto& s : spreads(store)) {
    if (s.p10 == s.p90 && s.mean == s.p50) continue;
    const auto text = [](double value) { return fmt::format("{:.4g}", value); };
    table.push_back({s.metric, text(s.p10), text(s.p50), text(s.p90), text(s.mean)});
  }
  std::string text = fmt::format("{} · seed {} · {} draws\n", title, provenance.seed,
                                 format_count(store.n_points()));
  const auto failed = store.n_failed();
  if (table.size() > 1)
    text += aligned(table, true);
  else if (failed < store.n_points())
    text += "nothing is random in this scenario: all draws are alike\n";
  if (failed > 0)
    text +=
        fmt::format("{} draws failed; the first: {}\n", format_count(failed), store.first_error());
  return text + fmt::format("made by    longhaul {} ({})\n{}\n", provenance.version,
                            provenance.revision, store.path());
}

std::string years_forecast_json(const std::string& title, const experiment::StoreReader& store,
                                const Provenance& provenance) {
  nlohmann::ordered_json json;
  json["title"] = title;
  json["seed"] = provenance.seed;
  json["samples"] = store.n_points();
  json["failed"] = store.n_failed();
  if (store.n_failed() > 0) json["first_error"] = store.first_error();
  json["metrics"] = nlohmann::ordered_json::object();
  for (const auto& s : spreads(store))
    json["metrics"][s.metric] = {{"mean", s.mean}, {"p10", s.p10}, {"p50", s.p50}, {"p90", s.p90}};
  json["version"] = provenance.version;
  json["revision"] = provenance.revision;
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
