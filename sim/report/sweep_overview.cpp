#include "report/sweep_overview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "report/export.hpp"
#include "report/sweep_charts.hpp"

namespace longhaul::report {

namespace {

using experiment::Cell;
using experiment::StoreReader;

bool is_nothing(const Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

std::optional<double> number_in(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

/// Takes in the values of an axis one by one.
class Values {
 public:
  void add(const Cell& cell) {
    if (is_nothing(cell)) {
      gaps_ = true;
    } else if (!known_.contains(cell)) {
      if (in_order_.size() == most_axis_values) {
        many_ = true;
        return;
      }
      known_.insert(cell);
      in_order_.push_back(cell);
    }
  }

  void finish(SweptAxis& axis) && {
    axis.gaps = gaps_;
    axis.many = many_;
    axis.numeric = !in_order_.empty() && std::all_of(in_order_.begin(), in_order_.end(),
                                                     [](const auto& c) { return number_in(c); });
    if (axis.numeric) {
      std::sort(in_order_.begin(), in_order_.end(),
                [](const auto& a, const auto& b) { return *number_in(a) < *number_in(b); });
      axis.unit = fitting_unit(axis.axis.unit, std::max(std::abs(*number_in(in_order_.front())),
                                                        std::abs(*number_in(in_order_.back()))));
    }
    axis.values = std::move(in_order_);
  }

 private:
  std::vector<Cell> in_order_;
  std::set<Cell> known_;
  bool gaps_ = false, many_ = false;
};

/// Which axes another one determines: [earlier][later].
using Determined = std::vector<std::vector<bool>>;

Determined determined(const StoreReader& store, const SweepOverview& overview,
                      const std::vector<std::size_t>& axes) {
  const auto n = axes.size();
  Determined result(n, std::vector<bool>(n, true));
  std::vector<std::vector<std::map<Cell, Cell>>> seen(n, std::vector<std::map<Cell, Cell>>(n));
  for_each_combination(store, {}, 0.95, [&](const CombinationStatistics& c) {
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = a + 1; b < n; ++b) {
        if (!result[a][b]) continue;
        const auto [known, fresh] = seen[a][b].try_emplace(c.axes[axes[a]], c.axes[axes[b]]);
        if (!fresh && known->second != c.axes[axes[b]]) {
          result[a][b] = false;
          seen[a][b].clear();
        }
      }
  });
  // Samples that never meet again determine everything and nothing.
  for (std::size_t a = 0; a < n; ++a)
    if (static_cast<std::int64_t>(overview.axes[axes[a]].values.size()) == overview.n_combinations)
      for (std::size_t b = a + 1; b < n; ++b)
        result[a][b] = result[a][b] &&
                       overview.axes[axes[b]].values.size() == overview.axes[axes[a]].values.size();
  return result;
}

}  // namespace

std::string short_number(double value) {
  constexpr double most = 1e12;
  constexpr double long_from = 1e4;
  if (std::abs(value) < most && (value == std::round(value) || std::abs(value) >= long_from))
    return format_count(std::llround(value));
  return fmt::format("{:.5g}", value);
}

std::string SweptAxis::label() const {
  return unit.name.empty() ? axis.name : fmt::format("{} [{}]", axis.name, unit.name);
}

double SweptAxis::shown(const Cell& value) const {
  const auto number = number_in(value);
  return number ? *number / unit.factor : std::numeric_limits<double>::quiet_NaN();
}

std::string SweptAxis::text(const Cell& value) const {
  if (is_nothing(value)) return "as in the scenario";
  return number_in(value) ? short_number(shown(value)) : cell_text(value);
}

std::string SweptAxis::with_unit(const Cell& value) const {
  const auto number = number_in(value);
  if (!number || axis.unit.empty()) return text(value);
  const auto fits = fitting_unit(axis.unit, *number);
  return fmt::format("{:.4g} {}", *number / fits.factor, fits.name);
}

std::optional<std::size_t> SweptAxis::find(const Cell& value) const {
  const auto found = numeric ? std::lower_bound(values.begin(), values.end(), value,
                                                [](const auto& a, const auto& b) {
                                                  return number_in(a).value_or(INFINITY) <
                                                         number_in(b).value_or(INFINITY);
                                                })
                             : std::find(values.begin(), values.end(), value);
  if (found == values.end() || (numeric ? number_in(*found) != number_in(value) : *found != value))
    return std::nullopt;
  return static_cast<std::size_t>(found - values.begin());
}

bool less_is_better(const std::string& metric) {
  for (const std::string_view prefix :
       {"interruptions.", "lost_s", "redone_", "step_terms", "energy_", "peak_power_", "memory",
        "checkpoint_write_s", "checkpoint_bytes", "wall_s"})
    if (metric.starts_with(prefix)) return true;
  return metric.ends_with("step_s");
}

SweepOverview overview(const StoreReader& store, std::vector<std::string> metrics) {
  SweepOverview o;
  for (auto& metric : metrics)
    if (std::find(o.metrics.begin(), o.metrics.end(), metric) == o.metrics.end())
      o.metrics.push_back(std::move(metric));
  const auto inputs = "," + store.fact("inputs") + ",";
  for (const auto& axis : store.record().axes)
    o.axes.push_back({axis,
                      inputs.find("," + axis.key + ",") != std::string::npos,
                      false,
                      false,
                      false,
                      {},
                      {axis.unit, 1}});
  const auto laid_out = store.fact("combinations");
  std::from_chars(laid_out.data(), laid_out.data() + laid_out.size(), o.n_laid_out);
  o.best.resize(o.metrics.size());
  std::vector<Values> values(o.axes.size());
  std::vector<std::pair<double, double>> spread(o.metrics.size(), {INFINITY, -INFINITY});
  for_each_combination(store, o.metrics, 0.95, [&](const CombinationStatistics& c) {
    o.least_repeats = o.n_combinations == 0 ? c.n_points : std::min(o.least_repeats, c.n_points);
    o.most_repeats = std::max(o.most_repeats, c.n_points);
    ++o.n_combinations;
    o.n_points += c.n_points;
    o.n_failed += c.n_failed;
    for (std::size_t i = 0; i < values.size(); ++i) values[i].add(c.axes[i]);
    for (std::size_t m = 0; m < o.metrics.size(); ++m) {
      const auto& s = c.metrics[m];
      if (s.interval) o.intervals = true;
      if (s.n == 0) continue;
      spread[m] = {std::min(spread[m].first, s.minimum), std::max(spread[m].second, s.maximum)};
      auto& best = o.best[m];
      if (!best || (less_is_better(o.metrics[m]) ? s.mean < best->statistics.mean
                                                 : s.mean > best->statistics.mean))
        best = Best{c.combination, c.axes, s};
    }
  });
  for (std::size_t i = 0; i < values.size(); ++i) std::move(values[i]).finish(o.axes[i]);
  for (const auto& [least, most] : spread)
    o.constant.push_back(o.n_points - o.n_failed > 1 && least == most ? std::optional(least)
                                                                      : std::nullopt);
  return o;
}

SweepOverview varying(SweepOverview o) {
  for (auto m = o.metrics.size(); m-- > 0;) {
    if (!o.constant[m]) continue;
    const auto at = static_cast<std::ptrdiff_t>(m);
    o.metrics.erase(o.metrics.begin() + at);
    o.constant.erase(o.constant.begin() + at);
    o.best.erase(o.best.begin() + at);
  }
  return o;
}

DrawnAxes drawn_axes(const StoreReader& store, const SweepOverview& o) {
  std::vector<std::size_t> varied;
  for (std::size_t i = 0; i < o.axes.size(); ++i)
    if (o.axes[i].input && o.axes[i].values.size() + (o.axes[i].gaps ? 1 : 0) > 1)
      varied.push_back(i);
  const auto by = determined(store, o, varied);
  std::vector<std::size_t> free;
  for (std::size_t b = 0; b < varied.size(); ++b) {
    bool is_free = true;
    for (std::size_t a = 0; a < b; ++a) is_free = is_free && !by[a][b];
    if (is_free) free.push_back(varied[b]);
  }
  DrawnAxes drawn;
  const auto numeric = std::find_if(free.begin(), free.end(), [&](std::size_t i) {
    return o.axes[i].numeric && o.axes[i].values.size() > 1;
  });
  if (free.empty()) return drawn;
  drawn.x = numeric == free.end() ? free.front() : *numeric;
  for (const auto i : free) {
    const auto n = o.axes[i].values.size() + (o.axes[i].gaps ? 1 : 0);
    if (i == *drawn.x) continue;
    if (!drawn.curve && n <= most_curves)
      drawn.curve = i;
    else
      drawn.choices.push_back(i);
  }
  return drawn;
}

}  // namespace longhaul::report
