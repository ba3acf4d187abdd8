// Collectives among the GPUs of a fabric: which algorithms it offers, and how long a schedule takes
// in closed form with the links' loads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "collectives/schedule.hpp"
#include "fabric/router.hpp"
#include "units/quantity.hpp"

namespace longhaul::collectives {

enum class Operation { AllReduce, ReduceScatter, AllGather, AllToAll, Broadcast };

struct Algorithm {
  std::string name;  ///< "ring", "hierarchical", ..
  Schedule schedule;
};

/// Every algorithm of an operation on the first `ranks` GPUs (of a torus, places), rank r on the
/// r-th; n is a rank's whole buffer [B]. Hierarchical where there are scale-up domains, buckets
/// where all of a torus takes part, halving, doubling and trees up to 4,096 ranks, double binary
/// trees up to 1,024 in at most 64 pieces of each half, of 1 MiB or more, an all-to-all at once up
/// to 64, message by message up to 1,024, Bruck's up to 4,096. Throws std::invalid_argument when
/// there are fewer GPUs, or for an all-to-all of more ranks.
std::vector<Algorithm> algorithms(Operation operation, Bytes n, const fabric::Fabric& fabric,
                                  std::int64_t ranks);

/// Sum over the rounds: each takes its slowest message, latency of the route and bytes over the
/// max-min fair bandwidth when all messages of the round run at once. Throws fabric::NoPath
/// when no path is left, std::invalid_argument unless there is a GPU for every rank.
Seconds schedule_time(const Schedule& schedule, const fabric::Router& router,
                      std::span<const fabric::VertexIndex> gpus);

/// What all GPUs together send in the ring part of a hierarchical all-reduce, one ring over the
/// nodes for each of their GPUs: as many times as there are GPUs the rate of the slowest [B/s]. Of
/// a torus, nodes in the order of places; boards that stand by take no part.
BytesPerSecond rail_rings_rate(const fabric::Router& router);

/// What nccl-tests call busbw [B/s]: n/T times 2(N-1)/N for an all-reduce, (N-1)/N for reduce-
/// scatter, all-gather and all-to-all, 1 for a broadcast. Throws unless the time is positive.
BytesPerSecond bus_bandwidth(Operation operation, Bytes n, std::int64_t ranks, Seconds time);

}  // namespace longhaul::collectives
