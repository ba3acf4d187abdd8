#include "collectives/closed_form.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>

namespace longhaul::collectives {
namespace {

void require(bool true_of_the_arguments, const char* otherwise) {
  if (!true_of_the_arguments) throw std::invalid_argument(otherwise);
}

void check(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  require(ranks >= 1, "a collective needs at least one rank");
  require(n.value() >= 0.0, "a collective cannot move a negative number of bytes");
  require(link.alpha.value() >= 0.0, "the latency of a message cannot be negative");
  require(link.bandwidth.value() > 0.0, "the bandwidth of a link must be positive");
}

std::int64_t floor_lg(std::int64_t n) { return std::bit_width(static_cast<std::uint64_t>(n)) - 1; }

std::int64_t ceil_lg(std::int64_t n) {
  return n <= 1 ? 0 : std::bit_width(static_cast<std::uint64_t>(n - 1));
}

double count(std::int64_t n) { return static_cast<double>(n); }

Seconds rounds_of(std::int64_t rounds, Bytes message, const AlphaBeta& link) {
  return count(rounds) * (link.alpha + message / link.bandwidth);
}

}  // namespace

Bytes whole_share(Bytes n, std::int64_t parts) {
  require(parts >= 1, "a buffer must be shared among at least one part");
  return bytes(std::ceil(n.value() / count(parts)));
}

Seconds point_to_point(Bytes n, const AlphaBeta& link) {
  check(n, 2, link);
  return link.alpha + whole_share(n, 1) / link.bandwidth;
}

Seconds binomial_broadcast(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  check(n, ranks, link);
  return rounds_of(ceil_lg(ranks), whole_share(n, 1), link);
}

Seconds binomial_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  return binomial_broadcast(n, ranks, link);
}

Seconds ring_reduce_scatter(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  check(n, ranks, link);
  return rounds_of(ranks - 1, whole_share(n, ranks), link);
}

Seconds ring_all_gather(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  return ring_reduce_scatter(n, ranks, link);
}

Seconds ring_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  return 2.0 * ring_reduce_scatter(n, ranks, link);
}

Seconds bidirectional_ring_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  check(n, ranks, link);
  return rounds_of(2 * (ranks - 1), whole_share(n, 2 * ranks), link);
}

Seconds recursive_doubling_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  check(n, ranks, link);
  const std::int64_t fold = std::has_single_bit(static_cast<std::uint64_t>(ranks)) ? 0 : 2;
  return rounds_of(floor_lg(ranks) + fold, whole_share(n, 1), link);
}

Seconds halving_doubling_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  check(n, ranks, link);
  const std::int64_t fold = std::has_single_bit(static_cast<std::uint64_t>(ranks)) ? 0 : 2;
  Seconds time = rounds_of(fold, whole_share(n, 1), link);
  Bytes half = n;
  for (std::int64_t round = 0; round < floor_lg(ranks); ++round) {
    half = whole_share(half, 2);
    time += rounds_of(2, half, link);  // once on the way down, once on the way up
  }
  return time;
}

Seconds reduce_broadcast_all_reduce(Bytes n, std::int64_t ranks, const AlphaBeta& link) {
  return binomial_reduce(n, ranks, link) + binomial_broadcast(n, ranks, link);
}

Seconds double_binary_tree_all_reduce(Bytes n, std::int64_t ranks, std::int64_t chunks,
                                      const AlphaBeta& link) {
  check(n, ranks, link);
  require(chunks >= 1, "a pipelined tree needs at least one chunk");
  if (ranks == 1) return seconds(0);
  return rounds_of(4 * (ceil_lg(ranks) + chunks - 1), whole_share(n, 2 * chunks), link);
}

Seconds direct_all_to_all(Bytes bytes_per_pair, std::int64_t ranks, const AlphaBeta& link) {
  check(bytes_per_pair, ranks, link);
  return rounds_of(ranks - 1, whole_share(bytes_per_pair, 1), link);
}

Seconds bruck_all_to_all(Bytes bytes_per_pair, std::int64_t ranks, const AlphaBeta& link) {
  check(bytes_per_pair, ranks, link);
  return rounds_of(ceil_lg(ranks), whole_share(count(ranks) * bytes_per_pair, 2), link);
}

Seconds hierarchical_all_reduce(Bytes n, std::int64_t ranks_per_node, std::int64_t nodes,
                                const AlphaBeta& in_node, const AlphaBeta& across_nodes) {
  return ring_reduce_scatter(n, ranks_per_node, in_node) +
         ring_all_reduce(whole_share(n, ranks_per_node), nodes, across_nodes) +
         ring_all_gather(n, ranks_per_node, in_node);
}

Seconds bucket_all_reduce(Bytes n, std::span<const std::int64_t> torus, const AlphaBeta& link) {
  require(!torus.empty(), "a torus needs at least one dimension");
  Seconds time = seconds(0);
  Bytes shard = n;
  for (const std::int64_t size : torus) {
    time += ring_all_reduce(shard, size, link);
    shard = whole_share(shard, size);
  }
  return time;
}

Seconds all_port_bucket_all_reduce(Bytes n, std::span<const std::int64_t> torus,
                                   const AlphaBeta& link) {
  require(!torus.empty(), "a torus needs at least one dimension");
  return bucket_all_reduce(whole_share(n, 2 * std::ssize(torus)), torus, link);
}

Seconds in_network_all_reduce(Bytes n, std::int64_t ranks, std::int64_t height,
                              const AlphaBeta& hop) {
  check(n, ranks, hop);
  require(height >= 1, "a tree of switches is at least one hop high");
  if (ranks == 1) return seconds(0);
  return count(2 * height) * hop.alpha + whole_share(n, 1) / hop.bandwidth;
}

Seconds across_sites_all_reduce(Bytes n, std::int64_t ranks_per_site, std::int64_t sites,
                                const AlphaBeta& in_site, const AlphaBeta& wan,
                                SitePattern pattern) {
  if (pattern == SitePattern::Ring)
    return hierarchical_all_reduce(n, ranks_per_site, sites, in_site, wan);
  check(n, sites, wan);
  Seconds time = ring_reduce_scatter(n, ranks_per_site, in_site);
  const Bytes shard = whole_share(n, ranks_per_site);
  if (sites > 1) time += 2.0 * (wan.alpha + count(sites - 1) * shard / wan.bandwidth);
  return time + ring_all_gather(n, ranks_per_site, in_site);
}

BytesPerSecond all_reduce_bus_bandwidth(Bytes n, std::int64_t ranks, Seconds time) {
  require(ranks >= 1, "a collective needs at least one rank");
  require(time.value() > 0.0, "bandwidth needs a positive time");
  return 2.0 * count(ranks - 1) / count(ranks) * n / time;
}

}  // namespace longhaul::collectives
