#include "report/summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/step_terms.hpp"

namespace longhaul::report {

namespace {

using operations::Spending;
using Json = nlohmann::ordered_json;

template <class T>
Json object_of(const std::vector<std::pair<std::string, T>>& rows) {
  Json json = Json::object();
  for (const auto& [key, value] : rows) json[key] = value;
  return json;
}

}  // namespace

Summary summarise(const scenario::Scenario& scenario, const experiment::Setup& setup,
                  const operations::RunTotals& totals) {
  Summary s;
  const double simulated_s = totals.simulated.value();
  s.simulated_s = simulated_s;
  s.step_s = totals.step.value();
  if (setup.step) {
    s.mfu = setup.step->mfu;
    s.hfu = setup.step->hfu;
  }
  const auto kept = static_cast<double>(totals.steps);
  const auto redone = static_cast<double>(totals.redone_steps);
  s.steps = totals.steps;
  s.tokens = kept * setup.tokens_per_step.value();
  s.flop = kept * setup.flop_per_step.value();
  s.redone_steps = totals.redone_steps;
  s.redone_tokens = redone * setup.tokens_per_step.value();
  s.redone_flop = redone * setup.flop_per_step.value();
  if (simulated_s > 0) {
    const auto in_kept_steps =
        totals.ledger.spent(Spending::Useful) + totals.ledger.spent(Spending::Stragglers);
    s.ettr = in_kept_steps.value() / simulated_s;
    s.goodput = kept * s.step_s / simulated_s;
    s.run_mfu = s.mfu * s.goodput;
  }
  if (scenario.failures.causes) {
    const auto& causes = scenario.failures.causes->causes;
    for (std::size_t i = 0; i < causes.size(); ++i) {
      const auto n = totals.interruptions_by_cause[i];
      s.by_cause.emplace_back(causes[i].name, n);
      s.interruptions += n;
      (causes[i].planned ? s.planned : s.unexpected) += n;
      auto group = std::find_if(s.by_group.begin(), s.by_group.end(),
                                [&](const auto& g) { return g.first == causes[i].group; });
      if (group == s.by_group.end()) group = s.by_group.insert(group, {causes[i].group, 0});
      group->second += n;
    }
  }
  if (s.unexpected > 0) s.mtbi_s = simulated_s / static_cast<double>(s.unexpected);
  for (std::size_t i = 0; i < operations::n_spendings; ++i) {
    const auto spending = static_cast<Spending>(i);
    if (spending == Spending::Useful) continue;
    s.lost_s.emplace_back(key_of(spending), totals.ledger.spent(spending).value());
  }
  s.checkpoints = totals.checkpoints;
  s.energy_j = totals.energy.value();
  s.peak_power_w = totals.peak_power.value();
  s.events = totals.events;
  return s;
}

std::string summary_json(const scenario::Scenario& scenario, const experiment::Setup& setup,
                         const Summary& s, double wall_s) {
  Json json;
  json["title"] = scenario.title;
  json["seed"] = scenario.seed;
  json["simulated_s"] = s.simulated_s;
  json["step_s"] = s.step_s;
  json["mfu"] = s.mfu;
  json["hfu"] = s.hfu;
  json["run_mfu"] = s.run_mfu;
  json["steps"] = s.steps;
  json["tokens"] = s.tokens;
  json["flop"] = s.flop;
  json["redone_steps"] = s.redone_steps;
  json["redone_tokens"] = s.redone_tokens;
  json["redone_flop"] = s.redone_flop;
  json["ettr"] = s.ettr;
  json["goodput"] = s.goodput;
  json["interruptions"] = {{"total", s.interruptions},
                           {"unexpected", s.unexpected},
                           {"planned", s.planned},
                           {"by_cause", object_of(s.by_cause)},
                           {"by_group", object_of(s.by_group)}};
  json["mtbi_s"] = s.mtbi_s;
  json["lost_s"] = object_of(s.lost_s);
  json["checkpoints"] = s.checkpoints;
  json["checkpoint_bytes"] = setup.checkpoint_size.value();
  json["checkpoint_write_s"] = setup.checkpoint_write.value();
  json["checkpoint_steps"] = setup.checkpoint_steps;
  json["energy_j"] = s.energy_j;
  json["peak_power_w"] = s.peak_power_w;
  json["gpus"] = scenario.run.gpus;
  json["analytic_step_s"] = setup.analytic_step.value();
  if (setup.step) {
    json["step_terms"] = object_of(step_values(*setup.step));
    json["tokens_per_s_per_gpu"] = setup.step->tokens_per_s_per_gpu;
  }
  if (setup.memory) json["memory"] = object_of(memory_values(*setup.memory));
  json["events"] = s.events;
  json["wall_s"] = wall_s;
  return json.dump(2) + "\n";
}

}  // namespace longhaul::report
