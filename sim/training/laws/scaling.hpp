// The loss of a run of N parameters and D tokens, and how compute is divided between the two.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "units/quantity.hpp"

namespace longhaul::training {

/// What a run's compute is spent on.
struct Allocation {
  double n_parameters = 0;
  Tokens data{};  ///< tokens seen
};

/// FLOP of training, C = 6 N D [Kaplan 2020]: two a parameter and token forward, four backward.
Flop training_compute(const Allocation& run);
/// D/N.
Tokens tokens_per_parameter(const Allocation& run);

/// L = E + A/N^alpha + B/D^beta, in nats a token.
struct ScalingLaw {
  std::string name;
  double irreducible = 0;          ///< E
  double parameters_factor = 0;    ///< A
  double data_factor = 0;          ///< B
  double parameters_exponent = 0;  ///< alpha
  double data_exponent = 0;        ///< beta
  std::string source;
};

/// The published fits. None is a default: they differ by a factor of two in N at Gopher's compute.
std::span<const ScalingLaw> scaling_laws();
std::optional<ScalingLaw> find_scaling_law(std::string_view name);

/// All functions below take positive parameters, tokens, compute and factors, and throw
/// std::invalid_argument on others.

double loss(const ScalingLaw& law, const Allocation& run);

/// The N and D of least loss at this compute: N = G (C/6)^(beta/(alpha+beta)) and D = C/(6N), where
/// G = (alpha A/(beta B))^(1/(alpha+beta)) [Hoffmann 2022] eq. 4.
Allocation compute_optimal(const ScalingLaw& law, Flop compute);

/// The same compute with `factor` times the tokens a parameter: N/sqrt(factor), D sqrt(factor).
/// A factor below 1 under-trains.
Allocation over_trained(const Allocation& run, double factor);

/// Loss of the compute-optimal run over-trained by `factor`, less that of the optimum.
double over_training_loss(const ScalingLaw& law, Flop compute, double factor);

/// The compute whose optimum has the loss of this run: at most what the run itself takes. In closed
/// form, as the optimum's loss is E + (A/G^alpha + B G^beta) (C/6)^(-alpha beta/(alpha+beta)).
Flop equivalent_compute(const ScalingLaw& law, const Allocation& run);

/// The rule of thumb D = 20 N [Hoffmann 2022] as a law.
struct TokensPerParameter {
  Tokens ratio = tokens(20.0);
};

/// N = sqrt(C/(6 ratio)), D = ratio N.
Allocation compute_optimal(const TokensPerParameter& rule, Flop compute);
/// The run of a model of this size.
Allocation run_of(const TokensPerParameter& rule, double n_parameters);

}  // namespace longhaul::training
