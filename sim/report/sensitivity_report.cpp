#include "report/sensitivity_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <variant>

#include "diagnostics/diagnostic.hpp"
#include "experiment/sensitivity.hpp"
#include "report/export.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

using experiment::StoreReader;
using Json = nlohmann::ordered_json;

struct Inputs {
  std::vector<experiment::StoredAxis> axes;
  std::vector<double> outputs;  // by combination; NaN where it failed
};

Location at(const StoreReader& store) { return {store.path(), 0, 0}; }

enum class Design { OneAtATime, Saltelli, Other };

Design design_of(const StoreReader& store) {
  const auto design = store.fact("design");
  if (design == "saltelli") return Design::Saltelli;
  return design == "one-at-a-time" ? Design::OneAtATime : Design::Other;
}

/// Combinations of the whole sweep. Throws InputError unless the design lays out so many.
std::int64_t laid_out(const StoreReader& store, std::size_t n_axes) {
  constexpr std::int64_t most = 10'000'000;
  const auto k = static_cast<std::int64_t>(n_axes);
  std::int64_t n = 0;
  const auto text = store.fact("combinations");
  std::from_chars(text.data(), text.data() + text.size(), n);
  const bool fits =
      design_of(store) == Design::OneAtATime ? n == 1 + 2 * k : k > 0 && n > 0 && n % (k + 2) == 0;
  if (!fits || n > most)
    throw InputError(
        at(store),
        fmt::format("is damaged: {} combinations of {} axes are no design of sensitivity",
                    text.empty() ? "no" : text, k));
  return n;
}

/// The axes the design varies and the mean output of every combination.
Inputs inputs_of(const StoreReader& store, const std::string& metric) {
  Inputs result;
  const auto varied = "," + store.fact("inputs") + ",";
  for (const auto& axis : store.record().axes)
    if (varied.find("," + axis.key + ",") != std::string::npos) result.axes.push_back(axis);
  const auto n = laid_out(store, result.axes.size());
  if (n <= store.n_points())
    result.outputs.assign(static_cast<std::size_t>(n), std::numeric_limits<double>::quiet_NaN());
  std::int64_t found = 0;
  for_each_combination(store, {metric}, 0.95, [&](const CombinationStatistics& c) {
    if (c.combination < 0 || c.combination >= n)
      throw InputError(at(store),
                       fmt::format("is damaged: it holds combination {}, but has only {}",
                                   c.combination, format_count(n)));
    ++found;
    if (!result.outputs.empty())
      result.outputs[static_cast<std::size_t>(c.combination)] = c.metrics.front().mean;
  });
  if (found < n)
    throw InputError(at(store), fmt::format("{} of {} points are missing; run the sweep again",
                                            format_count(n - found), format_count(n)));
  return result;
}

std::string label(const experiment::StoredAxis& axis) {
  return axis.unit.empty() ? axis.name : fmt::format("{} [{}]", axis.name, axis.unit);
}

std::size_t widest(const Sensitivity& found) {
  std::size_t n = 0;
  for (const auto& axis : found.axes) n = std::max(n, label(axis).size());
  return n;
}

/// Values of an axis at the two rows of its bar: 1 + 2 i and 2 + 2 i.
std::vector<experiment::Cell> ends_of(const StoreReader& store, std::size_t n_axes) {
  std::vector<experiment::Cell> ends(2 * n_axes);
  store.for_each({}, [&](const StoreReader::Row& row) {
    if (row.combination < 1 || row.repeat != 0) return;
    const auto place = static_cast<std::size_t>(row.combination - 1);
    if (place >= ends.size()) return;
    for (const auto& value : row.axes)
      if (!std::holds_alternative<std::monostate>(value)) ends[place] = value;
  });
  return ends;
}

std::string short_text(const experiment::Cell& cell) {
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{:.4g}", *real);
  return cell_text(cell);
}

/// "-" where there is none.
std::string shown(double value, int digits = 5) {
  return std::isfinite(value) ? fmt::format("{:.{}g}", value, digits) : std::string("-");
}

/// A bar of up to `length` letters between the ends of the widest swing; none where an end is
/// missing.
std::string bar(double from, double to, double low, double high) {
  constexpr double length = 40;
  if (!std::isfinite(from) || !std::isfinite(to)) return {};
  const auto place = [&](double x) {
    const double share = (x - low) / (high - low);
    return std::isfinite(share) ? static_cast<std::size_t>(std::lround(share * length)) : 0;
  };
  const auto begin = place(std::min(from, to));
  const auto end = std::max(place(std::max(from, to)), begin + 1);
  std::string text(begin, ' ');
  for (auto i = begin; i < end; ++i) text += "█";
  return text;
}

std::string table(const std::string& metric, const Sensitivity& in,
                  const experiment::Tornado& result) {
  const bool stands = std::isfinite(result.baseline);
  double low = stands ? result.baseline : std::numeric_limits<double>::infinity();
  double high = stands ? result.baseline : -low;
  for (const auto& swing : result.swings)
    for (const double x : {swing.low, swing.high})
      if (std::isfinite(x)) {
        low = std::min(low, x);
        high = std::max(high, x);
      }
  auto text = fmt::format("{} is {} as the scenario stands; with one axis at its low or high end\n",
                          metric, stands ? shown(result.baseline) : "missing");
  const auto width = widest(in);
  text += fmt::format("{:<{}}  {:>22}  {:>22}  {:>10}\n", "axis", width, "low end", "high end",
                      "swing");
  for (const auto& swing : result.swings) {
    const auto i = static_cast<std::size_t>(swing.input);
    const auto end = [&](std::size_t k, double output) {
      return fmt::format("{} at {}", shown(output), short_text(in.ends[k]));
    };
    text += fmt::format("{:<{}}  {:>22}  {:>22}  {:>10}  {}\n", label(in.axes[i]), width,
                        end(2 * i, swing.low), end(2 * i + 1, swing.high), shown(swing.size(), 4),
                        bar(swing.low, swing.high, low, high));
  }
  return text;
}

std::string table(const std::string& metric, const Sensitivity& in,
                  const experiment::VarianceShares& result) {
  auto text = fmt::format("{} over {} base samples: mean {}, standard deviation {}\n", metric,
                          format_count(result.n_used), shown(result.mean),
                          shown(std::sqrt(result.variance), 4));
  const auto width = widest(in);
  text += fmt::format("{:<{}}  {:>28}  {:>28}\n", "axis", width, "first order (95 %)",
                      "total order (95 %)");
  const auto with_interval = [](double value, const experiment::Interval& interval) {
    if (!std::isfinite(value)) return std::string("-");
    return fmt::format("{:.4f} ({:.4f} to {:.4f})", value, interval.low, interval.high);
  };
  for (std::size_t i = 0; i < in.axes.size(); ++i) {
    const auto& s = result.inputs[i];
    text += fmt::format("{:<{}}  {:>28}  {:>28}\n", label(in.axes[i]), width,
                        with_interval(s.first_order, s.first_order_interval),
                        with_interval(s.total_order, s.total_order_interval));
  }
  return text;
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

void add(Json& json, const Sensitivity& in, const experiment::Tornado& result) {
  json["axes"] = Json::array();
  json["baseline"] = number(result.baseline);
  for (const auto& swing : result.swings)
    json["axes"].push_back({{"key", in.axes[static_cast<std::size_t>(swing.input)].key},
                            {"low", number(swing.low)},
                            {"high", number(swing.high)},
                            {"swing", number(swing.size())}});
}

void add(Json& json, const Sensitivity& in, const experiment::VarianceShares& result) {
  json["axes"] = Json::array();
  json["base_samples"] = result.n_used;
  json["mean"] = number(result.mean);
  json["variance"] = number(result.variance);
  for (std::size_t i = 0; i < in.axes.size(); ++i) {
    const auto& s = result.inputs[i];
    json["axes"].push_back(
        {{"key", in.axes[i].key},
         {"first_order", number(s.first_order)},
         {"first_order_interval",
          {number(s.first_order_interval.low), number(s.first_order_interval.high)}},
         {"total_order", number(s.total_order)},
         {"total_order_interval",
          {number(s.total_order_interval.low), number(s.total_order_interval.high)}}});
  }
}

}  // namespace

bool has_sensitivity(const StoreReader& store) { return design_of(store) != Design::Other; }

Sensitivity sensitivity(const StoreReader& store, const std::string& metric) {
  const auto design = design_of(store);
  if (design == Design::Other)
    throw InputError(at(store),
                     fmt::format("its sweep.design is \"{}\"; sensitivity wants \"saltelli\" or "
                                 "\"one-at-a-time\"",
                                 store.fact("design")));
  auto [axes, outputs] = inputs_of(store, metric);
  if (design == Design::Saltelli) {
    auto indices = experiment::sobol_indices(outputs, static_cast<int>(axes.size()));
    return {std::move(axes), std::move(indices), {}};
  }
  auto ends = ends_of(store, axes.size());
  return {std::move(axes), experiment::tornado(outputs), std::move(ends)};
}

std::string sensitivity_table(const StoreReader& store, const std::string& metric) {
  const auto found = sensitivity(store, metric);
  return std::visit([&](const auto& result) { return table(metric, found, result); }, found.result);
}

std::string sensitivity_json(const StoreReader& store, const std::string& metric) {
  const auto found = sensitivity(store, metric);
  Json json;
  json["title"] = store.fact("title");
  json["metric"] = metric;
  std::visit([&](const auto& result) { add(json, found, result); }, found.result);
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
