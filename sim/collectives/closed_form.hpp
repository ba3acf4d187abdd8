// Times of collective operations in closed form (alpha-beta model).
//
// n is the whole buffer of one rank: what all-reduce sums, what all-gather ends with, what
// reduce-scatter starts from. Payloads are whole bytes: a chunk n/N is rounded up, here and in the
// flows of the engine alike. Every function throws std::invalid_argument when ranks < 1, n < 0 or
// the bandwidth is not positive; one rank always costs nothing.
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace longhaul::collectives {

/// How one message moves: a latency a message (software and route) and a bandwidth.
struct AlphaBeta {
  Seconds alpha;             ///< [s] a message
  BytesPerSecond bandwidth;  ///< [B/s] one way
};

/// a + n b
Seconds point_to_point(Bytes n, const AlphaBeta& link);

/// (N-1)(a + ceil(n/N) b)
Seconds ring_reduce_scatter(Bytes n, std::int64_t ranks, const AlphaBeta& link);
Seconds ring_all_gather(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// 2(N-1)(a + ceil(n/N) b)
Seconds ring_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

}  // namespace longhaul::collectives
