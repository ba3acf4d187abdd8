// State that changes hands when a run changes its number of data-parallel replicas.
#pragma once

#include <cstdint>

#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// The rank of a plan that is the `shard`-th of a replica (0 .. tensor x pipeline x context - 1).
std::int64_t rank_of_replica(const Plan& plan, std::int64_t replica, std::int64_t shard);

/// What the rank receives that receives most when replicas that hold their state go on as another
/// number of them. The plans differ in `data` alone.
///
/// What ZeRO divides is one buffer, cut evenly among the context ranks of all replicas in their
/// order (the flat buffers of Megatron-Core's distributed optimizer and of PyTorch FSDP): the j-th
/// of N goes from [j/N, (j+1)/N) to [j/N', (j+1)/N') and lacks what of it does not overlap. A new
/// replica lacks all of that, and what is not divided whole. Weights are 2 B a parameter, master
/// weights and moments 12 B. So without ZeRO nothing moves as replicas are given up.
Bytes most_received(const ModelShape& model, const Plan& before, const Plan& after);

/// The replica of `before` from which a replica of `after` takes it: the one whose part the middle
/// of the new part lies in.
std::int64_t source_replica(const Plan& before, const Plan& after, std::int64_t replica);

}  // namespace longhaul::training
