// Data-parallel replicas that go at different speeds, as those on different chips do.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// How they share the batch of a step, at whose end all wait for the slowest.
enum class BatchSplit {
  Equal,    ///< as many sequences each
  BySpeed,  ///< so that they end together, as nearly as whole microbatches let them
};

/// The replica (0 .. data-1) that a rank of the plan belongs to.
std::int64_t replica_of_rank(const Plan& plan, std::int64_t rank);

/// Replicas that are alike.
struct ReplicaGroup {
  std::int64_t replicas = 1;
  /// A step with so many microbatches each: longer with more; infinite where they cannot have as
  /// many.
  std::function<Seconds(std::int64_t microbatches)> step;
};

/// Microbatches that a replica may have: `least` and whole `stride`s more. Interleaved 1F1B takes
/// multiples of the pipeline, DualPipe even numbers from twice the pipeline on.
struct MicrobatchGrid {
  std::int64_t least = 1;
  std::int64_t stride = 1;
};
MicrobatchGrid microbatch_grid(const Plan& plan);

/// Microbatches of each replica of each group, at least `all` in all, so that the slowest ends as
/// early as it can; empty where they cannot take as many. No replica is left without.
std::vector<std::int64_t> share_microbatches(const std::vector<ReplicaGroup>& groups,
                                             std::int64_t all, const MicrobatchGrid& grid);

}  // namespace longhaul::training
