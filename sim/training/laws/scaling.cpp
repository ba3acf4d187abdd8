#include "training/laws/scaling.hpp"

#include <array>
#include <cmath>
#include <stdexcept>

#include "training/laws/named.hpp"

namespace longhaul::training {
namespace {

constexpr double flop_per_parameter_and_token = 6.0;

void require_positive(double value, const char* otherwise) {
  if (!(value > 0.0)) throw std::invalid_argument(otherwise);
}
void require_run(const Allocation& run) {
  require_positive(run.n_parameters, "a run needs a positive number of parameters");
  require_positive(run.data.value(), "a run needs a positive number of tokens");
}

/// C/6, the product of parameters and tokens that this compute pays for.
double parameter_tokens(Flop compute) {
  require_positive(compute.value(), "a run needs a positive compute");
  return compute.value() / flop_per_parameter_and_token;
}

double exponent_sum(const ScalingLaw& law) { return law.parameters_exponent + law.data_exponent; }

/// G of compute_optimal.
double balance(const ScalingLaw& law) {
  return std::pow(
      law.parameters_exponent * law.parameters_factor / (law.data_exponent * law.data_factor),
      1.0 / exponent_sum(law));
}

}  // namespace

Flop training_compute(const Allocation& run) {
  return flop(flop_per_parameter_and_token * run.n_parameters * run.data.value());
}

Tokens tokens_per_parameter(const Allocation& run) { return run.data / run.n_parameters; }

std::span<const ScalingLaw> scaling_laws() {
  static const std::array<ScalingLaw, 2> laws{{
      {"hoffmann-2022", 1.69, 406.4, 410.7, 0.34, 0.28,
       "Hoffmann+ 2022, arXiv 2203.15556, approach 3"},
      {"besiroglu-2024", 1.8172, 482.01, 2085.43, 0.3478, 0.3658,
       "Besiroglu+ 2024, arXiv 2404.10102, refit of approach 3"},
  }};
  return laws;
}

std::optional<ScalingLaw> find_scaling_law(std::string_view name) {
  return find_named(scaling_laws(), name);
}

double loss(const ScalingLaw& law, const Allocation& run) {
  require_run(run);
  return law.irreducible +
         law.parameters_factor / std::pow(run.n_parameters, law.parameters_exponent) +
         law.data_factor / std::pow(run.data.value(), law.data_exponent);
}

Allocation compute_optimal(const ScalingLaw& law, Flop compute) {
  const double product = parameter_tokens(compute);
  const double n = balance(law) * std::pow(product, law.data_exponent / exponent_sum(law));
  return {n, tokens(product / n)};
}

Allocation over_trained(const Allocation& run, double factor) {
  require_positive(factor, "a run is over-trained by a positive factor; 1 leaves it as it is");
  return {run.n_parameters / std::sqrt(factor), run.data * std::sqrt(factor)};
}

double over_training_loss(const ScalingLaw& law, Flop compute, double factor) {
  const Allocation optimum = compute_optimal(law, compute);
  return loss(law, over_trained(optimum, factor)) - loss(law, optimum);
}

Flop equivalent_compute(const ScalingLaw& law, const Allocation& run) {
  const double reducible = loss(law, run) - law.irreducible;
  const double g = balance(law);
  const double alpha = law.parameters_exponent;
  const double beta = law.data_exponent;
  const double at_one =
      law.parameters_factor * std::pow(g, -alpha) + law.data_factor * std::pow(g, beta);
  return flop(flop_per_parameter_and_token *
              std::pow(at_one / reducible, (alpha + beta) / (alpha * beta)));
}

Allocation compute_optimal(const TokensPerParameter& rule, Flop compute) {
  require_positive(rule.ratio.value(), "a run needs a positive number of tokens a parameter");
  return run_of(rule, std::sqrt(parameter_tokens(compute) / rule.ratio.value()));
}

Allocation run_of(const TokensPerParameter& rule, double n_parameters) {
  return {n_parameters, rule.ratio * n_parameters};
}

}  // namespace longhaul::training
