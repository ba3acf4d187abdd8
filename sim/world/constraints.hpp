// What power, chips, data and latency let the largest training run of a later year be.
//
// The four constraints of [Sevilla+ 2024, "Can AI scaling continue through 2030?", Epoch AI], each
// as a function of one draw of its inputs; equations, evidence and limits are in README.md.
#pragma once

#include <string>
#include <vector>

#include "random/distribution.hpp"
#include "training/laws/layer_latency.hpp"
#include "training/laws/scaling.hpp"
#include "units/quantity.hpp"

namespace longhaul::world {

using training::LatencyForm;

/// Whether larger models take larger batches.
enum class BatchGrowth { Fixed, WithParameters };

/// What is alike in all draws.
struct ConstraintSettings {
  Seconds horizon{};              ///< from the date of the levels to the run
  Flop gpt4_compute{};            ///< what results are also written in
  Tokens tokens_per_parameter{};  ///< of the largest run
  LatencyForm latency_form = LatencyForm::Appendix;
  BatchGrowth batch_growth = BatchGrowth::Fixed;
};

/// What the bounds follow from. `As<Quantity>` is the quantity itself in one draw, and a quantity
/// that may be random in a scenario. Growths are factors a year. H100-equivalents are counted.
template <template <class> class As>
struct ConstraintParameters : ConstraintSettings {
  As<Seconds> run_duration{};
  As<Ratio> run_share{};         ///< of all resources, for the largest run
  As<FlopPerSecond> gpu_peak{};  ///< at first
  As<Ratio> utilisation{};
  As<Ratio> gpu_performance_growth{};

  As<Watts> gpu_power{};  ///< installed, with its server and the facility
  As<Ratio> gpu_efficiency_growth{};
  As<Watts> ai_power{};          ///< of all AI data centres at first
  As<Watts> datacentre_power{};  ///< of all data centres at first
  As<Ratio> datacentre_growth{};
  As<Ratio> non_ai_growth{};  ///< of the other data centres; at most datacentre_growth
  As<Watts> campus_power{};   ///< of the largest campus at the horizon

  As<Metres> loop_length{};  ///< of fibre through all sites
  As<SecondsPerMetre> fibre_delay{};
  As<BytesPerSecond> site_bandwidth{};  ///< of a site to the others, at first
  As<Ratio> site_bandwidth_growth{};
  As<Bytes> gradient_size{};  ///< of a parameter

  As<Ratio> gpu_stock{};
  As<PerSecond> gpu_production{};
  As<Ratio> gpu_production_growth{};
  As<PerSecond> wafers{};
  As<Ratio> dies_per_wafer{};
  As<Ratio> capex_growth{};
  As<Ratio> volume_per_capex{};  ///< growth of wafers over growth of spending

  As<Tokens> text{};
  As<Ratio> images{};
  As<Seconds> video{};
  As<Seconds> audio{};
  As<Tokens> tokens_per_image{};  ///< also a second of video
  As<TokensPerSecond> tokens_per_audio{};
  As<Ratio> data_growth{};
  As<Ratio> data_quality{};
  As<Ratio> epochs{};

  As<Tokens> batch{};
  As<Ratio> batch_exponent{};    ///< of parameters, where batches grow
  As<Ratio> batch_parameters{};  ///< of the model whose batch is `batch`, likewise
  As<Tokens> least_minibatch{};  ///< that keeps a GPU of a tensor-parallel group busy
  As<Ratio> layer_exponent{};
  As<Seconds> kernel_latency{};
  As<Seconds> base_latency{};       ///< of a collective
  As<Seconds> scale_up_latency{};   ///< of a rank in a pod
  As<Seconds> scale_out_latency{};  ///< of a doubling of pods
};

using ConstraintInputs = ConstraintParameters<random::Random>;

template <class Quantity>
using Itself = Quantity;
/// All positive but for ai_power and the latencies, which may be 0.
using ConstraintDraw = ConstraintParameters<Itself>;

/// Two inputs, by their keys in a scenario, and their rank correlation.
struct TiedInputs {
  std::string input;
  std::string with;
  double rank = 0;
};

/// What a scenario says of them.
struct Constraints {
  ConstraintInputs inputs;
  std::vector<TiedInputs> correlations;  ///< pairs not given have none
};

/// Compute of a run on all GPUs that this power feeds.
Flop compute_of_power(const ConstraintDraw& draw, Watts power);
/// What AI data centres draw at the horizon, all but the growth of others, times run_share; 0 where
/// the others take all.
Watts distributed_power(const ConstraintDraw& draw);

/// The largest run on one campus.
Flop campus_bound(const ConstraintDraw& draw);
/// The largest run over sites that exchange gradients once a step.
Flop bandwidth_bound(const ConstraintDraw& draw);
/// The larger of one campus and what both distributed power and bandwidth allow.
Flop power_bound(const ConstraintDraw& draw);

/// H100-equivalents that the largest run has: its share of all that were made until the horizon.
double run_chips(const ConstraintDraw& draw);
Flop chips_bound(const ConstraintDraw& draw);

/// Tokens that can be trained on, repeats counted.
Tokens run_tokens(const ConstraintDraw& draw);
Flop data_bound(const ConstraintDraw& draw);

/// GPUs, at the horizon's performance, that do this compute in the run's duration.
double run_gpus(const ConstraintDraw& draw, Flop compute);
/// Tokens of a step of a model of this size.
Tokens batch_of(const ConstraintDraw& draw, double n_parameters);
/// Serial time of one layer, forward and backward, in the largest run of a model of this size.
Seconds layer_latency(const ConstraintDraw& draw, double n_parameters);
/// The largest run whose serial time fits its duration; infinite where batches grow as fast as the
/// serial time of a token.
Flop latency_bound(const ConstraintDraw& draw);

/// All of it.
struct ConstraintBounds {
  Flop campus{}, bandwidth{}, power{}, chips{}, data{}, latency{};
  Watts distributed_power{};
  double run_chips = 0;
  Tokens tokens{};
};
ConstraintBounds constraint_bounds(const ConstraintDraw& draw);

}  // namespace longhaul::world
