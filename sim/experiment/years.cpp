#include "experiment/years.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "diagnostics/key_error.hpp"
#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "formulas/expression.hpp"
#include "operations/renewal.hpp"
#include "random/stream.hpp"
#include "training/laws/scaling.hpp"

namespace longhaul::experiment {

namespace {

operations::Units units_of(const scenario::Scenario& s, double chips) {
  using operations::Strikes;
  const double nodes = chips / static_cast<double>(s.nodes.gpus_per_node);
  operations::Units units;
  units[Strikes::Gpu] = chips;
  units[Strikes::Node] = nodes;
  units[Strikes::Rack] = nodes / static_cast<double>(s.nodes.per_rack);
  units[Strikes::Job] = 1;
  units[Strikes::Site] =
      s.nodes.per_site > 0 ? std::max(1.0, nodes / static_cast<double>(s.nodes.per_site)) : 1;
  return units;
}

Seconds interval_of(const operations::CheckpointConfig& checkpoint, Seconds write, Seconds mtbf) {
  using operations::IntervalPolicy;
  if (checkpoint.policy == IntervalPolicy::Fixed) return checkpoint.interval;
  if (checkpoint.policy == IntervalPolicy::Young) return operations::young_interval(write, mtbf);
  return operations::daly_interval(write, mtbf);
}

void add_lab(std::vector<Metric>& list, const std::vector<std::string>& group,
             const lab::LabConfig& lab, const lab::LabTotals& t, const training::ScalingLaw& law) {
  const auto add = [&](const char* key, std::variant<std::int64_t, double> value) {
    auto path = group;
    path.emplace_back(key);
    list.push_back({std::move(path), value});
  };
  add("runs", t.runs);
  add("best_effective_flop", t.best_effective.value());
  add("best_flop", t.best_compute.value());
  add("best_loss", loss_of(law, t.best_effective));
  add("best_length_s", t.best_length.value());
  add("best_at_s", t.best_at.value());
  if (lab.reported && lab.strategy == lab::StrategyKind::FixedCompute)
    add("unspent_s", (*lab.reported - t.best_length).value());
  add("leading_s", t.leading.value());
  add("useful_flop", t.useful.value());
  add("lost_flop", t.lost.value());
  add("idle_flop", t.idle.value());
  add("experiments_flop", t.experiments.value());
  add("serving_flop", t.serving.value());
  add("cost_usd", t.cost.value());
  add("runs_cost_usd", t.runs_cost.value());
  add("usd_per_effective_flop",
      t.best_effective > flop(0) ? (t.cost / t.best_effective).value() : 0.0);
  add("revenue_usd", t.revenue.value());
  add("energy_j", t.energy.value());
  add("runs_energy_j", t.runs_energy.value());
  for (std::size_t i = 0; i < lab::n_bounds; ++i) {
    auto path = group;
    path.emplace_back("bound_by");
    path.emplace_back(key_of(static_cast<lab::Bound>(i)));
    list.push_back({std::move(path), t.bound_by[i]});
  }
  for (std::size_t i = 0; i < lab::n_bounds; ++i) {
    auto path = group;
    path.emplace_back("bound_since_s");
    path.emplace_back(key_of(static_cast<lab::Bound>(i)));
    list.push_back({std::move(path), t.bound_since[i].value()});
  }
  add("end_chips", t.cluster.chips);
  add("end_flop_per_s", t.cluster.peak.value());
  add("end_power_w", t.cluster.power.value());
}

/// Goodput of a run of months: `request` holds its chips, its length [s] and its number. Nodes are
/// not told apart, so that none has to be waited for.
std::string simulate_months(const scenario::Scenario& years, const std::string& request) {
  const auto values = engine::values_of<double>(request);
  auto one = years;
  one.world.reset();
  one.lab.reset();
  one.rival.reset();
  one.platform.reset();
  one.nodes.count = 0;
  one.run.gpus = std::max<std::int64_t>(
      1, std::llround(values[0] / static_cast<double>(one.nodes.gpus_per_node)) *
             one.nodes.gpus_per_node);
  one.duration = seconds(values[1]);
  if (!one.run.step_time) one.run.step_time = seconds(5);
  one.output.timeline = Seconds();
  Simulation simulation(one);
  const auto totals =
      simulation.run(random::stream_seed(static_cast<std::uint64_t>(years.seed),
                                         "lab/months/" + std::to_string(std::llround(values[2]))),
                     {});
  const double kept = static_cast<double>(totals.steps) * totals.step / totals.simulated;
  return engine::bytes_of<double>({kept});
}

double goodput_of_months(engine::ForkedServer& months, const world::Cluster& cluster,
                         Seconds length, std::int64_t n) {
  try {
    return engine::values_of<double>(months.ask(
        engine::bytes_of<double>({cluster.chips, length.value(), static_cast<double>(n)})))[0];
  } catch (const engine::ChildEnded&) {
    throw;
  } catch (const std::runtime_error& problem) {  // what the months said
    throw std::invalid_argument(problem.what());
  }
}

/// MFU by the step model; nothing where the phase has no platform.
std::optional<double> simulated_utilisation(const scenario::Scenario& s, LabSteps& steps,
                                            const lab::LabConfig& lab, std::int64_t phase,
                                            double chips, Seconds length) {
  const auto index = static_cast<std::size_t>(phase);
  if (index >= s.lab_platforms.size() || !s.lab_platforms[index] || !(chips > 0)) return {};
  const auto rule = tokens_per_parameter(lab);
  const FlopPerSecond peak = chips * s.world->phases[index].chip.flops;
  const auto size_at = [&](double utilisation) {
    return training::compute_optimal(rule, utilisation * peak * length).n_parameters;
  };
  // The utilisation makes the size of the model, and that the utilisation.
  double n = size_at(0.4);
  double utilisation = steps.utilisation(index, chips, n, lab.over_training);
  for (int i = 0; i < 2 && utilisation > 0; ++i) {
    n = size_at(utilisation);
    utilisation = steps.utilisation(index, chips, n, lab.over_training);
  }
  // A model that fits on no plan is made smaller, and sees more tokens.
  constexpr int most_halvings = 12;
  for (int i = 0; i < most_halvings && utilisation == 0; ++i)
    utilisation = steps.utilisation(index, chips, n /= 2, lab.over_training);
  return utilisation;
}

std::function<Dollars(const lab::Market&)> revenue_of(const std::string& formula) {
  auto expressions = std::make_shared<formulas::Expressions>(
      std::vector<std::string>(world::revenue_names.begin(), world::revenue_names.end()));
  const auto number = expressions->add(formula);
  return [expressions, number, formula](const lab::Market& m) {
    const auto earned = formulas::number_of(
        expressions->evaluate(number, {m.years, m.years_since_release, m.effective.value(),
                                       m.physical.value(), m.loss, m.rival.value()}));
    if (earned && std::isfinite(*earned)) return dollars(*earned);
    throw KeyError("world.revenue.formula",
                   fmt::format("'{}' gives no number of dollars after {:.4g} years with "
                               "a model of {:.3g} effective FLOP",
                               formula, m.years, m.effective.value()));
  };
}

}  // namespace

double expected_goodput(const scenario::Scenario& s, double chips) {
  if (!s.failures.causes || !s.failures.random) return 1;
  const auto& card = *s.failures.causes;
  const auto units = units_of(s, chips);
  const auto& checkpoint = s.run.checkpoint;
  const Seconds write = checkpoint.write.value_or(Seconds());
  PerSecond unexpected, planned;
  for (const auto& cause : card.causes)
    (cause.planned ? planned : unexpected) += rate(card, cause, units);
  double share = 1 / (1 + double(planned * (write + s.recovery.maintenance.mean())));
  if (unexpected > per_second(0)) {
    const Seconds mtbf = 1.0 / unexpected;
    const Seconds restart =
        s.recovery.detect.mean() + s.recovery.restart.mean() + checkpoint.read.value_or(Seconds());
    const Seconds interval = interval_of(checkpoint, write, mtbf);
    share *= double(interval /
                    operations::expected_wall_time(interval, interval, {write, restart, mtbf}));
  }
  return std::isfinite(share) ? share : 0;
}

lab::YearsInputs years_inputs(const scenario::Scenario& s) {
  return years_inputs(s, std::make_shared<LabSteps>(s));
}

lab::YearsInputs years_inputs(const scenario::Scenario& s, std::shared_ptr<LabSteps> steps) {
  lab::YearsInputs in;
  in.seed = static_cast<std::uint64_t>(s.seed);
  in.start = s.start;
  in.duration = *s.duration;
  in.world = *s.world;
  in.labs.push_back(*s.lab);
  if (s.rival) in.labs.push_back(*s.rival);
  in.scaling = *training::find_scaling_law(s.world->scaling);
  in.timeline_every = s.output.years;
  if (s.world->revenue) in.revenue = revenue_of(s.world->revenue->formula);
  // Forked before the years begin, as the engine has one clock and theirs has to wait.
  std::shared_ptr<engine::ForkedServer> months;
  if (s.lab->months || (s.rival && s.rival->months))
    months = std::make_shared<engine::ForkedServer>(
        [&s](const std::string& request) { return simulate_months(s, request); });
  if (std::ranges::any_of(s.lab_platforms, [](const auto& one) { return one.has_value(); }))
    in.utilisation = [&s, steps = std::move(steps)](const lab::LabConfig& lab, std::int64_t phase,
                                                    double chips, Seconds length) {
      return simulated_utilisation(s, *steps, lab, phase, chips, length);
    };
  in.goodput = [&s, months](const lab::LabConfig& lab, const world::Cluster& cluster,
                            Seconds length, std::int64_t n) {
    return lab.months ? goodput_of_months(*months, cluster, length, n)
                      : expected_goodput(s, cluster.chips);
  };
  return in;
}

std::vector<Metric> years_metrics(const scenario::Scenario& s, const lab::YearsTotals& totals) {
  const auto law = *training::find_scaling_law(s.world->scaling);
  std::vector<Metric> list;
  list.push_back({{"simulated_s"}, totals.simulated.value()});
  list.push_back({{"algorithms_oom"}, totals.log_worth / std::log(10)});
  list.push_back({{"jumps"}, totals.jumps});
  add_lab(list, {}, *s.lab, totals.labs.front(), law);
  if (totals.labs.size() > 1) add_lab(list, {"rival"}, *s.rival, totals.labs[1], law);
  return list;
}

double loss_of(const training::ScalingLaw& law, Flop effective) {
  if (!(effective > flop(0))) return 0;
  return training::loss(law, training::compute_optimal(law, effective));
}

}  // namespace longhaul::experiment
