// Times of collective operations in closed form (alpha-beta model).
//
// n is the whole buffer of one rank: what all-reduce sums, what all-gather ends with, what
// reduce-scatter starts from. Payloads are whole bytes: a chunk n/N is rounded up, here and in the
// flows of the engine alike. Every function throws std::invalid_argument when ranks < 1, n < 0,
// alpha < 0 or the bandwidth is not positive; one rank always costs nothing.
// N is the number of ranks, a the latency of a message, b seconds a byte, lg the logarithm to 2.
// Sources: Thakur, Rabenseifner & Gropp, IJHPCA 19(1), 2005; Chan et al., CCPE 19(13), 2007.
#pragma once

#include <cstdint>
#include <span>

#include "units/quantity.hpp"

namespace longhaul::collectives {

/// How one message moves: a latency a message (software and route) and a bandwidth.
struct AlphaBeta {
  Seconds alpha;             ///< [s] a message
  BytesPerSecond bandwidth;  ///< [B/s] one way
};

/// The larger whole number of bytes that one of `parts` equal shares of n takes [B].
Bytes whole_share(Bytes n, std::int64_t parts);

/// a + n b
Seconds point_to_point(Bytes n, const AlphaBeta& link);

/// ceil(lg N)(a + n b)
Seconds binomial_broadcast(Bytes n, std::int64_t ranks, const AlphaBeta& link);
Seconds binomial_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// (N-1)(a + ceil(n/N) b)
Seconds ring_reduce_scatter(Bytes n, std::int64_t ranks, const AlphaBeta& link);
Seconds ring_all_gather(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// 2(N-1)(a + ceil(n/N) b)
Seconds ring_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// Half of the buffer each way round: 2(N-1)(a + ceil(n/2N) b)
Seconds bidirectional_ring_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// Every round exchanges the whole buffer: lg N (a + n b).
/// Where N is not a power of two, the ranks beyond the largest one fold in and out: lg of that
/// power, and 2(a + n b) more.
Seconds recursive_doubling_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// Recursive halving, then doubling: 2 lg N a + 2 (N-1)/N n b, as the sum of its rounds of
/// ceil(n/2), ceil(n/4), ... bytes. Other than powers of two as recursive doubling.
Seconds halving_doubling_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// Binomial reduce, then binomial broadcast: 2 ceil(lg N)(a + n b)
Seconds reduce_broadcast_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link);

/// Two complementary binary trees, each with half of the buffer in `chunks` pieces:
/// up, then down, 4(ceil(lg N) + c - 1)(a + ceil(n/2c) b) at the most: a rank sends and receives a
/// piece of one tree, then of the other. [Sanders, Speck & Traeff, ParCo 35(12), 2009]
/// Throws std::invalid_argument unless chunks >= 1.
Seconds double_binary_tree_all_reduce(Bytes n, std::int64_t ranks, std::int64_t chunks,
                                      const AlphaBeta& link);

/// Every rank sends m bytes to every other, one after the other: (N-1)(a + m b)
Seconds direct_all_to_all(Bytes bytes_per_pair, std::int64_t ranks, const AlphaBeta& link);

/// ceil(lg N)(a + ceil(N m/2) b): fewer messages, more bytes. [Bruck+, TPDS 8(11), 1997]
Seconds bruck_all_to_all(Bytes bytes_per_pair, std::int64_t ranks, const AlphaBeta& link);

/// Ring reduce-scatter in the node of G ranks, ring all-reduce of n/G over M nodes on each of G
/// rails at once, ring all-gather in the node:
///   2(G-1)(a1 + ceil(n/G) b1) + 2(M-1)(a2 + ceil(n/GM) b2)
Seconds hierarchical_all_reduce(Bytes n, std::int64_t ranks_per_node, std::int64_t nodes,
                                const AlphaBeta& in_node, const AlphaBeta& across_nodes);

/// Rings along one dimension of a torus k1 x .. x kD after the other, each on the shard that the
/// one before left: 2 sum(ki-1) a + 2 (N-1)/N n b. Throws also when there is no dimension.
Seconds bucket_all_reduce(Bytes n, std::span<const std::int64_t> torus, const AlphaBeta& link);

/// The same in 2D parts that start with different ports: 2 sum(ki-1) a + 2 (N-1)/N n b/(2D)
Seconds all_port_bucket_all_reduce(Bytes n, std::span<const std::int64_t> torus,
                                   const AlphaBeta& link);

/// The switches sum (SHARP, NVLS): up and down a tree of `height` hops, 2 h a_hop + n b.
/// `hop.alpha` is the latency of one hop [s]. Throws also unless height >= 1.
Seconds in_network_all_reduce(Bytes n, std::int64_t ranks, std::int64_t height,
                              const AlphaBeta& hop);

/// How sites exchange: around a ring, or through one of them.
enum class SitePattern { Ring, Star };

/// Ring reduce-scatter in each site of G ranks, exchange of n/G over S sites, ring all-gather in
/// the site. `wan` is what one rank gets of the wide-area link. Ring: 2(S-1)(a + ceil(n/GS) b);
/// star: 2(a + (S-1) ceil(n/G) b), the hub's link being the bottleneck.
Seconds across_sites_all_reduce(Bytes n, std::int64_t ranks_per_site, std::int64_t sites,
                                const AlphaBeta& in_site, const AlphaBeta& wan,
                                SitePattern pattern);

/// What nccl-tests call busbw: 2(N-1)/N n/T [B/s]. Throws unless the time is positive.
BytesPerSecond all_reduce_bus_bandwidth(Bytes n, std::int64_t ranks, Seconds time);

}  // namespace longhaul::collectives
