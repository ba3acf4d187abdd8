// Who sends what to whom: collectives as rounds of messages between ranks.
//
// A round starts when the one before has ended everywhere (bulk-synchronous). Rounds that repeat
// are written once with a count, so that who runs them can simulate one and multiply.
// Payloads are whole bytes, as in closed_form.hpp. Every function throws std::invalid_argument
// when ranks < 1 or n < 0; one rank has no rounds, and messages of no bytes are left out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::collectives {

struct Message {
  std::int64_t src = 0;  ///< rank
  std::int64_t dst = 0;  ///< rank
  Bytes size;            ///< [B], whole

  bool operator==(const Message&) const = default;
};

struct Round {
  std::vector<Message> messages;
  std::int64_t repeats = 1;
};

struct Schedule {
  std::int64_t ranks = 0;
  std::vector<Round> rounds;
};

/// N-1 equal rounds of ceil(n/N) bytes from each rank to the next.
Schedule ring_reduce_scatter_schedule(Bytes n, std::int64_t ranks);
Schedule ring_all_gather_schedule(Bytes n, std::int64_t ranks);
/// 2(N-1) of the same.
Schedule ring_all_reduce_schedule(Bytes n, std::int64_t ranks);

/// Both directions at once, ceil(n/2N) bytes each.
Schedule bidirectional_ring_all_reduce_schedule(Bytes n, std::int64_t ranks);

/// Rank 0 is the root; in round i of ceil(lg N) the first 2^i ranks send to the next 2^i.
Schedule binomial_broadcast_schedule(Bytes n, std::int64_t ranks);
/// The same backwards, towards rank 0.
Schedule binomial_reduce_schedule(Bytes n, std::int64_t ranks);
/// Reduce to rank 0, then broadcast from it.
Schedule reduce_broadcast_all_reduce_schedule(Bytes n, std::int64_t ranks);

/// Whole buffers between ranks 1, 2, 4, .. apart. Ranks beyond the largest power of two p hand
/// their buffer to rank - p first and get the result from it last.
Schedule recursive_doubling_all_reduce_schedule(Bytes n, std::int64_t ranks);

/// As recursive doubling, on halves: ceil(n/2), ceil(n/4), .. and back.
Schedule halving_doubling_all_reduce_schedule(Bytes n, std::int64_t ranks);

/// Reduce, then broadcast, of half of the buffer in `chunks` pieces over each of two binary trees,
/// piece after piece: at most 4(ceil(lg N) + c - 1) rounds of ceil(n/2c) bytes, in which no rank
/// sends or receives twice. Throws also unless chunks >= 1. [Sanders, Speck & Traeff, ParCo 35(12),
/// 2009]; the trees are NCCL's.
Schedule double_binary_tree_all_reduce_schedule(Bytes n, std::int64_t ranks, std::int64_t chunks);

/// Rank r is rank r % G of node r / G: ring reduce-scatter in the nodes, ring all-reduce over
/// the nodes on every rail at once, ring all-gather in the nodes.
Schedule hierarchical_all_reduce_schedule(Bytes n, std::int64_t ranks_per_node, std::int64_t nodes);

/// Rank r stands at the coordinates of r in the torus, the first dimension fastest: ring all-reduce
/// along each dimension on the shard that the ones before leave, then back. Throws also without a
/// dimension.
Schedule bucket_all_reduce_schedule(Bytes n, std::span<const std::int64_t> torus);

/// The same in 2D parts at once, each with a dimension and direction of its own to start from.
Schedule all_port_bucket_all_reduce_schedule(Bytes n, std::span<const std::int64_t> torus);

/// N-1 rounds: in round i every rank sends m bytes to the one i further. Throws also for more ranks
/// than `most_all_to_all_ranks`.
Schedule direct_all_to_all_schedule(Bytes bytes_per_pair, std::int64_t ranks);
/// All of these at once.
Schedule concurrent_all_to_all_schedule(Bytes bytes_per_pair, std::int64_t ranks);
inline constexpr std::int64_t most_all_to_all_ranks = 1024;  // a million messages

/// What one rank has for the one w further goes the ones of w in binary, shortest first: in round i
/// of ceil(lg N) every rank sends to the one 2^i further all that it has with bit i set, m bytes
/// for each such w below N. [Bruck+, TPDS 8(11), 1997]
Schedule bruck_all_to_all_schedule(Bytes bytes_per_pair, std::int64_t ranks);

}  // namespace longhaul::collectives
