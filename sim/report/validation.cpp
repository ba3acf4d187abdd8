#include "report/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;
using training::Score;

/// Sources in the order of their first row.
std::vector<std::string> sources(const training::Validation& validation) {
  std::vector<std::string> names;
  for (const auto& step : validation.steps)
    if (std::find(names.begin(), names.end(), step.row.source) == names.end())
      names.push_back(step.row.source);
  return names;
}

std::string score_line(const std::string& name, const Score& s) {
  return fmt::format(
      "{:<58.58} {:3} rows  mean {:5.2f} %  median {:5.2f} %  p90 {:5.2f} %  bias {:+6.2f} %  "
      "{:+5.2f} % a doubling\n",
      name, s.rows, 100 * s.mape, 100 * s.median_ape, 100 * s.p90_ape, 100 * s.bias,
      100 * s.slope_per_doubling);
}

std::string row_line(const training::ScoredStep& step) {
  const auto& plan = step.modelled.plan;
  return fmt::format(
      "{:<40.40} {:<16.16} {:<15.15} {:>6} {:>11.3f} {:>11.3f} {:>+6.1f} %  tp {} pp {} dp {} cp "
      "{} ep {} v {} mb {}{}{}\n",
      step.row.source, step.row.model_name, step.row.chip, gpus(plan), step.row.measured.value(),
      step.modelled.step.total.value(), 100 * step.error, plan.tensor, plan.pipeline, plan.data,
      plan.context, plan.expert, plan.virtual_stages, plan.microbatch,
      step.modelled.valid ? "" : "; rounded up, as it does not divide evenly",
      step.modelled.fits ? "" : "; does not fit memory as modelled");
}

constexpr std::size_t n_worst = 10;

/// The rows with the largest errors, the worst first. There must be at least `n_worst`.
std::vector<const training::ScoredStep*> worst_steps(const training::Validation& validation) {
  std::vector<const training::ScoredStep*> steps;
  for (const auto& step : validation.steps) steps.push_back(&step);
  std::partial_sort(steps.begin(), steps.begin() + n_worst, steps.end(),
                    [](const training::ScoredStep* a, const training::ScoredStep* b) {
                      return std::abs(a->error) > std::abs(b->error);
                    });
  steps.resize(n_worst);
  return steps;
}

void put_score(Json& json, const Score& s) {
  json["n_rows"] = s.rows;
  json["mape"] = s.mape;
  json["median_ape"] = s.median_ape;
  json["p90_ape"] = s.p90_ape;
  json["bias"] = s.bias;
  json["slope_per_doubling"] = s.slope_per_doubling;
}

}  // namespace

std::string validation_table(const training::Validation& validation) {
  std::string text = fmt::format("{:<40} {:<16} {:<15} {:>6} {:>11} {:>11} {:>8}  plan\n", "source",
                                 "model", "chip", "GPUs", "measured s", "modelled s", "error");
  for (const auto& step : validation.steps) text += row_line(step);
  text += "\nabsolute error of seconds per iteration\n";
  for (const auto& name : sources(validation))
    text += score_line(name, training::score(validation.steps, name));
  text += score_line("all", training::score(validation.steps));
  if (validation.steps.size() > n_worst) {
    text += fmt::format("\nthe {} largest errors\n", n_worst);
    for (const auto* step : worst_steps(validation)) text += row_line(*step);
  }
  if (!validation.skipped.empty()) text += "\nskipped\n";
  for (const auto& row : validation.skipped)
    text += fmt::format("{:<40.40} {:<16.16} {}\n", row.source, row.model_name, row.reason);
  return text;
}

std::string validation_json(const training::Validation& validation) {
  Json json;
  json["rows"] = Json::array();
  for (const auto& step : validation.steps)
    json["rows"].push_back({{"source", step.row.source},
                            {"model", step.row.model_name},
                            {"gpus", gpus(step.modelled.plan)},
                            {"measured_s", step.row.measured.value()},
                            {"modelled_s", step.modelled.step.total.value()},
                            {"error", step.error},
                            {"calibration", step.set},
                            {"divides", step.modelled.valid},
                            {"fits", step.modelled.fits}});
  put_score(json, training::score(validation.steps));
  for (const auto& name : sources(validation)) {
    Json one;
    put_score(one, training::score(validation.steps, name));
    json["by_source"][name] = one;
  }
  json["skipped"] = Json::array();
  for (const auto& row : validation.skipped)
    json["skipped"].push_back(
        {{"source", row.source}, {"model", row.model_name}, {"reason", row.reason}});
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
