#include "world/constraints.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/laws/depth.hpp"
#include "training/laws/wall.hpp"

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
  const double gpus = run_gpus(draw, compute_of_model(draw, n_parameters));
  const double tensor =
      training::tensor_of_minibatch(gpus, draw.least_minibatch, batch_of(draw, n_parameters));
  return training::layer_latency(
      draw.latency_form,
      {draw.kernel_latency, draw.base_latency, draw.scale_up_latency, draw.scale_out_latency},
      tensor);
}

Flop latency_bound(const ConstraintDraw& draw) {
  const auto depth = training::turned_depth_law(draw.layer_exponent);
  if (draw.batch_growth == BatchGrowth::WithParameters &&
      draw.batch_exponent >= 1 + draw.layer_exponent)
    return flop(std::numeric_limits<double>::infinity());
  const auto share = [&](Flop compute) {
    const auto run = training::compute_optimal(rule(draw), compute);
    const double steps = run.data / batch_of(draw, run.n_parameters);
    return steps * training::depth(depth, run.n_parameters) *
           double(layer_latency(draw, run.n_parameters) / draw.run_duration);
  };
  // Between models of 1 and of 1e60 parameters: beyond them inputs are no forecast.
  return training::wall_compute(share, compute_of_model(draw, 1), compute_of_model(draw, 1e60));
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
