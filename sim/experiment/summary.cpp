#include "experiment/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiment/step_terms.hpp"
#include "units/format.hpp"

namespace longhaul::experiment {

namespace {

using operations::Spending;

/// The list as it is filled, group by group.
class Metrics {
 public:
  void add(std::string key, double value) { list_.push_back({{std::move(key)}, value}); }
  void add(std::string key, std::int64_t value) { list_.push_back({{std::move(key)}, value}); }
  template <class T>
  void add(const std::vector<std::string>& group,
           const std::vector<std::pair<std::string, T>>& rows) {
    for (const auto& [key, value] : rows) {
      auto path = group;
      path.push_back(key);
      list_.push_back({std::move(path), value});
    }
  }
  std::vector<Metric> take() { return std::move(list_); }

 private:
  std::vector<Metric> list_;
};

void add_step(Metrics& list, const Setup& setup) {
  list.add("analytic_step_s", setup.analytic_step.value());
  if (setup.step) {
    list.add({"step_terms"}, step_values(*setup.step));
    list.add("tokens_per_s_per_gpu", setup.step->tokens_per_s_per_gpu);
  }
  if (setup.memory) list.add({"memory"}, memory_values(*setup.memory));
  if (setup.network) {
    list.add("network_cost_usd", setup.network->dollars.value());
    list.add("network_power_w", setup.network->watts.value());
  }
}

void add_power(Summary& s, const scenario::Scenario& scenario,
               const operations::RunTotals& totals) {
  s.energy_j = totals.energy.value();
  s.peak_power_w = totals.peak_power.value();
  for (std::size_t i = 0; i < totals.sites.size(); ++i) {
    const auto& site = totals.sites[i];
    s.energy_cost_usd += site.cost.value();
    s.co2_kg += site.co2_kg;
    if (i < scenario.power.sites.size())
      s.sites.push_back({scenario.power.sites[i].name, site.energy.value(), site.peak.value(),
                         site.cost.value(), site.co2_kg});
  }
}

/// By what GPUs of the run were spent on and by what the others were doing: all there are x time.
/// The node time of the run over that of its planned nodes.
double growth(const Setup& setup, const operations::RunTotals& totals) {
  Seconds of_run;
  for (std::size_t i = 0; i < operations::n_spendings; ++i)
    of_run += totals.ledger.node_time(static_cast<Spending>(i));
  return of_run / (setup.units[operations::Strikes::Node] * totals.simulated);
}

void add_gpu_hours(Summary& s, const scenario::Scenario& scenario, const Setup& setup,
                   const operations::Ledger& ledger) {
  const double gpus_per_node =
      static_cast<double>(scenario.run.gpus) / setup.units[operations::Strikes::Node];
  const auto add = [&](std::string_view key, Seconds node_time) {
    s.gpu_hours.emplace_back(key, gpus_per_node * (node_time / hours(1)));
  };
  for (std::size_t i = 0; i < operations::n_spendings; ++i)
    add(key_of(static_cast<Spending>(i)), ledger.node_time(static_cast<Spending>(i)));
  for (std::size_t i = 0; i < operations::n_node_states; ++i) {
    const auto state = static_cast<operations::NodeState>(i);
    if (state != operations::NodeState::Run) add(key_of(state), ledger.held(state));
  }
  add("total", ledger.node_total());
}

}  // namespace

std::string why_stuck(const operations::RunTotals& totals) {
  if (!totals.stuck) return "";
  const auto when = fmt::format("after {} steps, at {},", format_count(totals.steps),
                                format_quantity(totals.simulated));
  if (*totals.stuck == operations::Standstill::TooFewNodes)
    return fmt::format(
        "{} the run stands still for ever: {} of its nodes are barred, and nothing "
        "that is to come brings enough others; give it spares or a higher "
        "repair.bar_after, or a duration at which to end",
        when, format_count(totals.nodes_barred));
  return fmt::format(
      "{} the run has got no further for ten years; give it the power or the time "
      "between failures that its steps take, or a duration at which to end",
      when);
}

Summary summarise(const scenario::Scenario& scenario, const Setup& setup,
                  const operations::RunTotals& totals) {
  Summary s;
  const double simulated_s = totals.simulated.value();
  s.simulated_s = simulated_s;
  s.step_s = totals.step.value();
  if (setup.step) {
    s.mfu = setup.step->mfu;
    s.hfu = setup.step->hfu;
  }
  // In steps of the first recipe.
  double kept = 0, redone = 0;
  for (std::size_t i = 0; i < setup.batch_scale.size(); ++i) {
    kept += setup.batch_scale[i] * static_cast<double>(totals.steps_by_recipe[i]);
    redone += setup.batch_scale[i] * static_cast<double>(totals.redone_by_recipe[i]);
  }
  s.steps = totals.steps;
  s.tokens = kept * setup.tokens_per_step.value();
  s.flop = kept * setup.flop_per_step.value();
  s.redone_steps = totals.redone_steps;
  s.redone_tokens = redone * setup.tokens_per_step.value();
  s.redone_flop = redone * setup.flop_per_step.value();
  if (simulated_s > 0) {
    const auto in_kept_steps =
        totals.ledger.spent(Spending::Useful) + totals.ledger.spent(Spending::Stragglers) +
        totals.ledger.spent(Spending::Resized) + totals.ledger.spent(Spending::Capped);
    s.ettr = in_kept_steps.value() / simulated_s;
    s.goodput = totals.ledger.spent(Spending::Useful).value() / simulated_s;
    s.run_mfu = s.mfu * kept * s.step_s / simulated_s / std::max(1.0, growth(setup, totals));
  }
  if (scenario.failures.causes) {
    const auto& causes = scenario.failures.causes->causes;
    for (std::size_t i = 0; i < causes.size(); ++i) {
      const auto n = totals.interruptions_by_cause[i];
      s.by_cause.emplace_back(causes[i].name, n);
      s.lost_by_cause_s.emplace_back(causes[i].name, totals.lost_by_cause[i].value());
      if (causes[i].slows > 1 || causes[i].corrupts || causes[i].degrades)
        s.faults.emplace_back(causes[i].name, totals.faults_by_cause[i]);
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
  s.by_lemons = totals.interruptions_by_lemons;
  s.nodes_barred = totals.nodes_barred;
  add_gpu_hours(s, scenario, setup, totals.ledger);
  s.checkpoints = totals.checkpoints;
  add_power(s, scenario, totals);
  s.events = totals.events;
  return s;
}

std::string Metric::name() const {
  std::string joined = path.front();
  for (std::size_t i = 1; i < path.size(); ++i) joined += "." + path[i];
  return joined;
}

std::vector<Metric> metrics(const scenario::Scenario& scenario, const Setup& setup,
                            const Summary& s) {
  Metrics list;
  list.add("simulated_s", s.simulated_s);
  list.add("step_s", s.step_s);
  list.add("mfu", s.mfu);
  list.add("hfu", s.hfu);
  list.add("run_mfu", s.run_mfu);
  list.add("steps", s.steps);
  list.add("tokens", s.tokens);
  list.add("flop", s.flop);
  list.add("redone_steps", s.redone_steps);
  list.add("redone_tokens", s.redone_tokens);
  list.add("redone_flop", s.redone_flop);
  list.add("ettr", s.ettr);
  list.add("goodput", s.goodput);
  list.add<std::int64_t>(
      {"interruptions"},
      {{"total", s.interruptions}, {"unexpected", s.unexpected}, {"planned", s.planned}});
  list.add({"interruptions", "by_cause"}, s.by_cause);
  list.add({"interruptions", "by_group"}, s.by_group);
  list.add("mtbi_s", s.mtbi_s);
  list.add({"lost_s"}, s.lost_s);
  list.add({"lost_by_cause_s"}, s.lost_by_cause_s);
  list.add({"faults"}, s.faults);
  list.add("interruptions_by_lemons", s.by_lemons);
  list.add("nodes_barred", s.nodes_barred);
  list.add({"gpu_hours"}, s.gpu_hours);
  list.add("checkpoints", s.checkpoints);
  list.add("checkpoint_bytes", setup.checkpoint_size.value());
  list.add("checkpoint_write_s", setup.checkpoint_write.value());
  list.add("checkpoint_steps", setup.checkpoint_steps);
  list.add("energy_j", s.energy_j);
  list.add("peak_power_w", s.peak_power_w);
  list.add("energy_cost_usd", s.energy_cost_usd);
  list.add("co2_kg", s.co2_kg);
  for (const auto& site : s.sites)
    list.add<double>({"sites", site.name}, {{"energy_j", site.energy_j},
                                            {"peak_w", site.peak_w},
                                            {"cost_usd", site.cost_usd},
                                            {"co2_kg", site.co2_kg}});
  list.add("gpus", scenario.run.gpus);
  add_step(list, setup);
  return list.take();
}

std::vector<Metric> step_metrics(const scenario::Scenario& scenario, const Setup& setup) {
  Metrics list;
  list.add("step_s", setup.step_time.value());
  if (setup.step) {
    list.add("mfu", setup.step->mfu);
    list.add("hfu", setup.step->hfu);
  }
  list.add("tokens_per_step", setup.tokens_per_step.value());
  list.add("flop_per_step", setup.flop_per_step.value());
  list.add("gpus", scenario.run.gpus);
  add_step(list, setup);
  return list.take();
}

}  // namespace longhaul::experiment
