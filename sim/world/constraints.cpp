#include "world/constraints.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "training/laws/depth.hpp"

namespace longhaul::world {

namespace {

double years(Seconds time) { return time.value() / seconds_per_year; }

/// A growth over the whole horizon.
double grown(const ConstraintDraw& draw, double a_year) {
  return std::pow(a_year, years(draw.horizon));
}

training::TokensPerParameter rule(const ConstraintDraw& draw) {
  return {draw.tokens_per_parameter};
}

/// C = 6 N D of the model of this size.
Flop compute_of_model(const ConstraintDraw& draw, double n_parameters) {
  return training::training_compute(training::run_of(rule(draw), n_parameters));
}

/// Integral of a_year^t over t in years.
double integral(double a_year, double from, double to) {
  const double rate = std::log(a_year);
  const double span = to - from;
  const double relative = rate * span;
  return std::pow(a_year, from) * (relative == 0 ? span : span * std::expm1(relative) / relative);
}

/// Collectives of one layer [Sevilla+ 2024, appendix on the latency wall, and its text].
struct LayerCollectives {
  double n_matmuls;         ///< one after the other
  bool with_kernel;         ///< whether each waits for its kernel's launch too
  double n_scale_up_steps;  ///< in a pod, each way
  double gpus_of_pod;       ///< in the dimension that is reduced over
};

LayerCollectives collectives_of(LatencyForm form) {
  switch (form) {
    case LatencyForm::Appendix:
      return {4, false, 3, 8};
    case LatencyForm::Text:
      return {8, true, 2.75, 2.75};
  }
  throw std::logic_error("a latency wall of no form");
}

}  // namespace

Flop compute_of_power(const ConstraintDraw& draw, Watts power) {
  return power / draw.gpu_power * grown(draw, draw.gpu_efficiency_growth) * draw.gpu_peak *
         draw.utilisation * draw.run_duration;
}

Watts distributed_power(const ConstraintDraw& draw) {
  const Watts all = draw.datacentre_power * grown(draw, draw.datacentre_growth);
  const Watts others = std::max(draw.datacentre_power - draw.ai_power, Watts()) *
                       grown(draw, std::min<double>(draw.non_ai_growth, draw.datacentre_growth));
  return std::max(all - others, Watts()) * draw.run_share;
}

Flop campus_bound(const ConstraintDraw& draw) { return compute_of_power(draw, draw.campus_power); }

Flop bandwidth_bound(const ConstraintDraw& draw) {
  // An update takes 2 N g/F + 2 t_L, and a run D/B of them: with D = ratio N a quadratic in N,
  // a N^2 + 2 b N = 1, whose root is written so that nothing cancels.
  const BytesPerSecond bandwidth = draw.site_bandwidth * grown(draw, draw.site_bandwidth_growth);
  const Seconds round = draw.loop_length * draw.fibre_delay;
  const double updates_a_parameter = draw.tokens_per_parameter / draw.batch;
  const double a = 2 * updates_a_parameter * (draw.gradient_size / bandwidth / draw.run_duration);
  const double b = updates_a_parameter * (round / draw.run_duration);
  return compute_of_model(draw, 1 / (b + std::sqrt(b * b + a)));
}

Flop power_bound(const ConstraintDraw& draw) {
  const Flop distributed = compute_of_power(draw, distributed_power(draw));
  return std::max(campus_bound(draw), std::min(distributed, bandwidth_bound(draw)));
}

double run_chips(const ConstraintDraw& draw) {
  const double span = years(draw.horizon);
  const double demand = draw.gpu_production.value() * seconds_per_year;
  const double cap = draw.wafers.value() * seconds_per_year * draw.dies_per_wafer;
  const double cap_growth = 1 + (draw.capex_growth - 1) * draw.volume_per_capex;
  // Two exponentials cross once at most: one is the lesser before, the other after.
  const double relative_growth = std::log(draw.gpu_production_growth / cap_growth);
  double crossing = 0;
  if (relative_growth != 0)
    crossing = std::clamp(std::log(cap / demand) / relative_growth, 0.0, span);
  const auto made = [&](double from, double to) {
    const double middle = (from + to) / 2;
    const bool capped =
        demand * std::pow(draw.gpu_production_growth, middle) > cap * std::pow(cap_growth, middle);
    const double growth = capped ? cap_growth : double(draw.gpu_production_growth);
    return (capped ? cap : demand) * integral(growth * draw.gpu_performance_growth, from, to);
  };
  return (draw.gpu_stock + made(0, crossing) + made(crossing, span)) * draw.run_share;
}

Flop chips_bound(const ConstraintDraw& draw) {
  return run_chips(draw) * draw.gpu_peak * draw.utilisation * draw.run_duration;
}

Tokens run_tokens(const ConstraintDraw& draw) {
  const double pictures = draw.images + draw.video / seconds(1);
  const Tokens stock =
      draw.text + pictures * draw.tokens_per_image + draw.audio * draw.tokens_per_audio;
  return stock * grown(draw, draw.data_growth) * draw.data_quality * draw.epochs;
}

Flop data_bound(const ConstraintDraw& draw) {
  return compute_of_model(draw, run_tokens(draw) / draw.tokens_per_parameter);
}

double run_gpus(const ConstraintDraw& draw, Flop compute) {
  const FlopPerSecond gpu = draw.gpu_peak * grown(draw, draw.gpu_performance_growth);
  return compute / (draw.run_duration * gpu * draw.utilisation);
}

Tokens batch_of(const ConstraintDraw& draw, double n_parameters) {
  if (draw.batch_growth == BatchGrowth::Fixed) return draw.batch;
  return draw.batch * std::pow(n_parameters / draw.batch_parameters, draw.batch_exponent);
}

Seconds layer_latency(const ConstraintDraw& draw, double n_parameters) {
  const auto layer = collectives_of(draw.latency_form);
  const double gpus = run_gpus(draw, compute_of_model(draw, n_parameters));
  const double tensor =
      std::max(1.0, std::sqrt(gpus * (draw.least_minibatch / batch_of(draw, n_parameters))));
  const double doublings = std::max(0.0, std::log2(tensor / layer.gpus_of_pod));
  const Seconds kernel = layer.with_kernel ? draw.kernel_latency : Seconds();
  return layer.n_matmuls * (kernel + draw.base_latency +
                            2.0 * (layer.n_scale_up_steps * draw.scale_up_latency +
                                   doublings * draw.scale_out_latency));
}

Flop latency_bound(const ConstraintDraw& draw) {
  const auto depth = training::turned_depth_law(draw.layer_exponent);
  if (draw.batch_growth == BatchGrowth::WithParameters &&
      draw.batch_exponent >= 1 + draw.layer_exponent)
    return flop(std::numeric_limits<double>::infinity());
  // Of the serial time over the run's duration; rises with N.
  const auto excess = [&](double log_n) {
    const double n = std::exp(log_n);
    const double steps = training::run_of(rule(draw), n).data / batch_of(draw, n);
    return std::log(steps * training::depth(depth, n) *
                    (layer_latency(draw, n) / draw.run_duration));
  };
  // Between models of 1 and of 1e60 parameters: beyond them inputs are no forecast.
  const double low = 0;
  const double high = std::log(1e60);
  const double at_low = excess(low);
  const double at_high = excess(high);
  if (std::isnan(at_low) || std::isnan(at_high)) return flop(at_low + at_high);
  if (at_low > 0) return compute_of_model(draw, 1);
  if (at_high < 0) return flop(std::numeric_limits<double>::infinity());
  constexpr int bits = 40;
  std::uintmax_t most_steps = 200;
  const auto bracket = boost::math::tools::toms748_solve(
      excess, low, high, at_low, at_high, boost::math::tools::eps_tolerance<double>(bits),
      most_steps);
  return compute_of_model(draw, std::exp((bracket.first + bracket.second) / 2));
}

ConstraintBounds constraint_bounds(const ConstraintDraw& draw) {
  ConstraintBounds bounds;
  bounds.campus = campus_bound(draw);
  bounds.bandwidth = bandwidth_bound(draw);
  bounds.power = power_bound(draw);
  bounds.chips = chips_bound(draw);
  bounds.data = data_bound(draw);
  bounds.latency = latency_bound(draw);
  bounds.distributed_power = distributed_power(draw);
  bounds.run_chips = run_chips(draw);
  bounds.tokens = run_tokens(draw);
  return bounds;
}

}  // namespace longhaul::world
