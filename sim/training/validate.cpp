#include "training/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/statistics/linear_regression.hpp>
#include <cmath>

namespace longhaul::training {
namespace {

const hardware::Chip* find_chip(std::span<const hardware::Chip> chips, const std::string& name) {
  const auto found = std::find_if(chips.begin(), chips.end(),
                                  [&](const hardware::Chip& chip) { return chip.name == name; });
  return found == chips.end() ? nullptr : &*found;
}

/// The least-squares slope of y on x; 0 where x does not vary.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  const auto [least, most] = std::minmax_element(x.begin(), x.end());
  if (least == x.end() || *least == *most) return 0.0;
  return boost::math::statistics::simple_ordinary_least_squares(x, y).second;
}

double nearest_rank(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

Validation validate(const MeasuredRows& rows, std::span<const hardware::Chip> chips,
                    std::span<const CalibrationSet> sets) {
  Validation result;
  result.skipped = rows.skipped;
  const auto skip = [&](const MeasuredStep& row, std::string reason) {
    result.skipped.push_back({row.source, row.model_name, std::move(reason)});
  };
  for (const MeasuredStep& row : rows.steps) {
    const hardware::Chip* chip = find_chip(chips, row.chip);
    if (chip == nullptr) {
      skip(row, "no card for chip " + row.chip);
      continue;
    }
    if (!(matrix_peak(*chip, row.plan.precision) > flop_per_second(0))) {
      skip(row, fmt::format("{} has no {}", row.chip, precision_name(row.plan.precision)));
      continue;
    }
    const CalibrationSet* set = find_set(sets, row.chip, row.plan.precision, row.stack);
    if (set == nullptr) {
      skip(row, "no calibration for " + row.chip + " and its precision");
      continue;
    }
    const Network network{row.domain, row.scale_up, row.scale_out};
    const PlannedStep modelled =
        fastest_step(row.model, row.plan, row.open, row.batch, *chip, network, set->efficiency);
    const double error = modelled.step.total / row.measured - 1.0;
    result.steps.push_back({row, modelled, set->name, error});
  }
  return result;
}

Score score(std::span<const ScoredStep> steps, std::string_view source_prefix) {
  std::vector<double> errors;
  std::vector<double> absolute;
  std::vector<double> doublings;
  for (const ScoredStep& step : steps) {
    if (step.row.source.compare(0, source_prefix.size(), source_prefix) != 0) continue;
    errors.push_back(step.error);
    absolute.push_back(std::abs(step.error));
    doublings.push_back(std::log2(static_cast<double>(gpus(step.row.plan))));
  }
  Score result;
  result.rows = errors.size();
  if (errors.empty()) return result;
  const auto n = static_cast<double>(errors.size());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    result.mape += absolute[i] / n;
    result.bias += errors[i] / n;
  }
  std::sort(absolute.begin(), absolute.end());
  const std::size_t half = absolute.size() / 2;
  result.median_ape =
      absolute.size() % 2 == 1 ? absolute[half] : 0.5 * (absolute[half - 1] + absolute[half]);
  result.p90_ape = nearest_rank(absolute, 0.9);
  result.slope_per_doubling = slope(doublings, errors);
  return result;
}

}  // namespace longhaul::training
