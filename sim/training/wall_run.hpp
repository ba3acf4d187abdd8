// One run of given compute as a platform family can train it: the best plan that is done in time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/grown_shape.hpp"
#include "training/grown_times.hpp"
#include "training/laws/wall.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/step_time.hpp"
#include "training/wall_config.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// The laws that a scenario names. Throws std::invalid_argument, saying what would be right, where
/// the anchor is not the law's; laws must be known by their names.
GrowthLaws laws_of(const WallConfig& config);

/// Sequences of a step, and GPUs of a plan, that can be searched.
inline constexpr double most_sequences = 1e12;
inline constexpr double most_gpus = 1e17;

/// Tokens of a sequence on one rank of its context group, at least, and of which it is a multiple:
/// below, attention's kernels are no longer those that were measured.
inline constexpr std::int64_t least_context_tokens = 64;

/// Of the GPUs' peak; where no plan reaches it, a run is behind the wall.
inline constexpr double least_utilisation = 0.01;

/// All that a point of the wall follows from.
struct WallSetup {
  GrowthLaws laws;
  std::int64_t sequence = 8192;
  Seconds duration{};  ///< that a run may last
  hardware::Chip chip;
  Efficiency efficiency;
  GrownNetwork network;
  LatencyForm form = LatencyForm::Text;
  std::optional<Seconds> kernel_latency;  ///< see WallConfig
  bool split_products = true;             ///< likewise
  std::optional<TensorGrid> grid;         ///< the one division of tensor groups to try; else all
  Plan plan;  ///< its precision, attention, ZeRO stage, order and schedule
};

/// What keeps GPUs from products of matrices at the rate that large ones reach.
enum class Binding {
  Nothing,         ///< nothing does
  KernelLatency,   ///< launches, and the host that issues kernels
  DomainLatency,   ///< of collectives, inside the scale-up domain, with their software
  NetworkLatency,  ///< of collectives and transfers across the network, with their software
  Bubble,          ///< of the pipeline
  Bandwidth,       ///< of all links
  Memory,          ///< its bandwidth, in kernels that only move bytes; its size, by recomputation
  Batch,  ///< products of too few tokens to fill tiles or to share the weights that they read
};
inline constexpr std::size_t n_bindings = 8;
std::string_view binding_name(Binding binding);

/// A point of the wall.
struct WallPoint {
  Flop compute{};
  GrownRun run;  ///< with whole layers and sequences
  ModelShape shape;
  Batch batch;
  bool in_time = false;  ///< whether any plan is done in the duration
  bool fits = false;     ///< whether any plan fits memory at all
  Plan plan;             ///< the best that is done in time; else the fastest
  TensorGrid grid;
  StepTime step;
  std::int64_t gpus = 0;
  /// What is trained with, C times run.examples, over what its GPUs' peak would do in the run's
  /// time; 0 where no plan is done in time.
  double utilisation = 0;
  Binding binding = Binding::Nothing;     ///< the largest of `lost`
  std::array<double, n_bindings> lost{};  ///< share of the step, by Binding
};

/// Kernels of a layer, forward and backward, as the step model counts them.
double counted_kernels(const WallSetup& setup);

/// The plan of the highest utilisation among those that are done in the duration, of equals the
/// one on fewest GPUs: tensor degrees that divide the heads, as one dimension or a grid; stages,
/// even or not; virtual stages; replicas and context that divide the batch; microbatches to 64;
/// none, half or all recomputed; at most most_gpus. Of several numbers of replicas the fewest that
/// are in time is taken, as more of them only shorten the run. Where none is in time, the fastest.
///
/// Of tensor collectives `efficiency.tensor_overlap` hides bytes alone: products wait for the
/// latency of those before them. What is lost to latencies and bandwidth is what the step, on the
/// same plan, is shorter by without them; to the bubble, memory and the batch what the step model
/// counts, of the other stages' too while the pipeline fills; all over the step. Where no plan is
/// in time the bubble does not bind: without a pipeline the layers would follow one another all the
/// same. Causes overlap, so these need not add up to what utilisation lacks. Throws
/// std::invalid_argument as grown_run does.
WallPoint wall_point(const WallSetup& setup, Flop compute);

}  // namespace longhaul::training
