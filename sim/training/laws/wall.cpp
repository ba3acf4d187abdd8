#include "training/laws/wall.hpp"

#include <algorithm>
#include <array>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "training/laws/named.hpp"

namespace longhaul::training {
namespace {

ModelLaw optimum_of(const ScalingLaw& law) { return {law.name, law, {}, law.source}; }

}  // namespace

std::span<const ModelLaw> model_laws() {
  static const std::array<ModelLaw, 3> laws{{
      {"tokens-per-parameter", std::nullopt, {}, "Hoffmann+ 2022, arXiv 2203.15556: about 20"},
      optimum_of(scaling_laws()[0]),
      optimum_of(scaling_laws()[1]),
  }};
  return laws;
}

std::optional<ModelLaw> find_model_law(std::string_view name) {
  return find_named(model_laws(), name);
}

Allocation model_and_data(const ModelLaw& law, Flop compute) {
  return law.scaling ? compute_optimal(*law.scaling, compute) : compute_optimal(law.rule, compute);
}

GrownRun grown_run(const GrowthLaws& laws, Flop compute) {
  GrownRun run;
  run.model = model_and_data(laws.model, compute);
  run.layers = depth(laws.depth, run.model.n_parameters);
  std::optional<double> reached;
  if (laws.model.scaling) reached = loss(*laws.model.scaling, run.model);
  run.critical = critical_batch(laws.batch, run.model, reached);
  run.batch = laws.batch_over_critical * run.critical;
  if (laws.trade_off) run.examples = batch_trade_off(run.batch, run.critical).examples;
  run.steps = run.examples * (run.model.data / run.batch);
  return run;
}

Seconds serial_time(const GrownRun& run, Seconds layer) { return run.steps * run.layers * layer; }

Flop wall_compute(const SerialShare& share, Flop least, Flop most) {
  // Where nothing serial takes time the logarithm would be infinite.
  constexpr double hardly_any = 1e-300;
  const auto excess = [&](double log_compute) {
    const double of_duration = share(flop(std::exp(log_compute)));
    return std::isnan(of_duration) ? of_duration : std::log(std::max(of_duration, hardly_any));
  };
  const double low = std::log(least.value());
  const double high = std::log(most.value());
  const double at_low = excess(low);
  const double at_high = excess(high);
  if (std::isnan(at_low) || std::isnan(at_high)) return flop(at_low + at_high);
  if (at_low > 0) return least;
  if (at_high < 0) return flop(std::numeric_limits<double>::infinity());
  constexpr int bits = 40;
  std::uintmax_t most_steps = 200;
  const auto bracket = boost::math::tools::toms748_solve(
      excess, low, high, at_low, at_high, boost::math::tools::eps_tolerance<double>(bits),
      most_steps);
  return flop(std::exp((bracket.first + bracket.second) / 2));
}

}  // namespace longhaul::training
