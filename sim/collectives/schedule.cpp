#include "collectives/schedule.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "collectives/closed_form.hpp"

namespace longhaul::collectives {
namespace {

void check(Bytes n, std::int64_t ranks) {
  if (ranks < 1) throw std::invalid_argument("a collective needs at least one rank");
  if (n.value() < 0.0)
    throw std::invalid_argument("a collective cannot move a negative number of bytes");
}

void add_round(Schedule& schedule, Round round) {
  std::erase_if(round.messages, [](const Message& m) { return m.size.value() == 0.0; });
  if (!round.messages.empty() && round.repeats > 0) schedule.rounds.push_back(std::move(round));
}

void append(Schedule& schedule, const Schedule& next) {
  schedule.rounds.insert(schedule.rounds.end(), next.rounds.begin(), next.rounds.end());
}

/// `group` ranks, `stride` apart, the first of them `first`: one message from each to the next.
void add_ring(Round& round, std::int64_t first, std::int64_t stride, std::int64_t group,
              Bytes size) {
  for (std::int64_t i = 0; i < group; ++i)
    round.messages.push_back({first + i * stride, first + (i + 1) % group * stride, size});
}

Schedule ring(Bytes n, std::int64_t ranks, std::int64_t repeats) {
  check(n, ranks);
  Schedule schedule{ranks, {}};
  Round round;
  round.repeats = repeats;
  if (ranks > 1) add_ring(round, 0, 1, ranks, whole_share(n, ranks));
  add_round(schedule, std::move(round));
  return schedule;
}

std::int64_t largest_power_of_two(std::int64_t ranks) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(ranks)));
}

/// Ranks of the first `power` exchange `size` with the one `distance` away.
Round exchange(std::int64_t power, std::int64_t distance, Bytes size) {
  Round round;
  for (std::int64_t rank = 0; rank < power; ++rank)
    round.messages.push_back({rank, rank ^ distance, size});
  return round;
}

enum class Fold { In, Out };

/// Ranks beyond the power of two and their partners below it.
void add_fold(Schedule& schedule, std::int64_t power, Bytes n, Fold fold) {
  Round round;
  for (std::int64_t rank = power; rank < schedule.ranks; ++rank)
    round.messages.push_back(fold == Fold::In ? Message{rank, rank - power, n}
                                              : Message{rank - power, rank, n});
  add_round(schedule, std::move(round));
}

}  // namespace

Schedule ring_reduce_scatter_schedule(Bytes n, std::int64_t ranks) {
  return ring(n, ranks, ranks - 1);
}

Schedule ring_all_gather_schedule(Bytes n, std::int64_t ranks) { return ring(n, ranks, ranks - 1); }

Schedule ring_all_reduce_schedule(Bytes n, std::int64_t ranks) {
  return ring(n, ranks, 2 * (ranks - 1));
}

Schedule bidirectional_ring_all_reduce_schedule(Bytes n, std::int64_t ranks) {
  check(n, ranks);
  Schedule schedule{ranks, {}};
  if (ranks == 1) return schedule;
  Round round;
  round.repeats = 2 * (ranks - 1);
  const Bytes share = whole_share(n, 2 * ranks);
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    round.messages.push_back({rank, (rank + 1) % ranks, share});
    round.messages.push_back({rank, (rank + ranks - 1) % ranks, share});
  }
  add_round(schedule, std::move(round));
  return schedule;
}

Schedule binomial_broadcast_schedule(Bytes n, std::int64_t ranks) {
  check(n, ranks);
  Schedule schedule{ranks, {}};
  for (std::int64_t have = 1; have < ranks; have *= 2) {
    Round round;
    for (std::int64_t rank = 0; rank < have && rank + have < ranks; ++rank)
      round.messages.push_back({rank, rank + have, whole_share(n, 1)});
    add_round(schedule, std::move(round));
  }
  return schedule;
}

Schedule binomial_reduce_schedule(Bytes n, std::int64_t ranks) {
  Schedule schedule = binomial_broadcast_schedule(n, ranks);
  std::ranges::reverse(schedule.rounds);
  for (Round& round : schedule.rounds)
    for (Message& message : round.messages) std::swap(message.src, message.dst);
  return schedule;
}

Schedule reduce_broadcast_all_reduce_schedule(Bytes n, std::int64_t ranks) {
  Schedule schedule = binomial_reduce_schedule(n, ranks);
  append(schedule, binomial_broadcast_schedule(n, ranks));
  return schedule;
}

Schedule recursive_doubling_all_reduce_schedule(Bytes n, std::int64_t ranks) {
  check(n, ranks);
  Schedule schedule{ranks, {}};
  const std::int64_t power = largest_power_of_two(ranks);
  const Bytes whole = whole_share(n, 1);
  add_fold(schedule, power, whole, Fold::In);
  for (std::int64_t distance = 1; distance < power; distance *= 2)
    add_round(schedule, exchange(power, distance, whole));
  add_fold(schedule, power, whole, Fold::Out);
  return schedule;
}

Schedule halving_doubling_all_reduce_schedule(Bytes n, std::int64_t ranks) {
  check(n, ranks);
  Schedule schedule{ranks, {}};
  const std::int64_t power = largest_power_of_two(ranks);
  std::vector<Round> halving;
  Bytes half = n;
  for (std::int64_t distance = power / 2; distance >= 1; distance /= 2) {
    half = whole_share(half, 2);
    halving.push_back(exchange(power, distance, half));
  }
  add_fold(schedule, power, whole_share(n, 1), Fold::In);
  for (const Round& round : halving) add_round(schedule, round);
  std::ranges::reverse(halving);
  for (const Round& round : halving) add_round(schedule, round);
  add_fold(schedule, power, whole_share(n, 1), Fold::Out);
  return schedule;
}

Schedule hierarchical_all_reduce_schedule(Bytes n, std::int64_t ranks_per_node,
                                          std::int64_t nodes) {
  check(n, ranks_per_node);
  check(n, nodes);
  const std::int64_t per_node = ranks_per_node;
  Schedule schedule{per_node * nodes, {}};
  const Bytes share = whole_share(n, per_node);
  Round in_node, across;
  in_node.repeats = per_node - 1;
  across.repeats = 2 * (nodes - 1);
  for (std::int64_t node = 0; node < nodes && per_node > 1; ++node)
    add_ring(in_node, node * per_node, 1, per_node, share);
  for (std::int64_t rail = 0; rail < per_node && nodes > 1; ++rail)
    add_ring(across, rail, per_node, nodes, whole_share(share, nodes));
  add_round(schedule, in_node);
  add_round(schedule, std::move(across));
  add_round(schedule, std::move(in_node));
  return schedule;
}

namespace {

/// A pass along dimension `d` of all rings at once: one message a rank, `forward` or back.
void add_torus_ring(Round& round, std::span<const std::int64_t> torus, std::size_t d, bool forward,
                    Bytes size) {
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < d; ++i) stride *= torus[i];
  std::int64_t ranks = 1;
  for (const std::int64_t k : torus) ranks *= k;
  const std::int64_t k = torus[d];
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    const std::int64_t at = rank / stride % k;
    const std::int64_t to = (at + (forward ? 1 : k - 1)) % k;
    round.messages.push_back({rank, rank + (to - at) * stride, size});
  }
}

std::int64_t check_torus(Bytes n, std::span<const std::int64_t> torus) {
  if (torus.empty()) throw std::invalid_argument("a torus needs at least one dimension");
  std::int64_t ranks = 1;
  for (const std::int64_t k : torus) {
    check(n, k);
    ranks *= k;
  }
  return ranks;
}

}  // namespace

Schedule bucket_all_reduce_schedule(Bytes n, std::span<const std::int64_t> torus) {
  Schedule schedule{check_torus(n, torus), {}};
  Bytes shard = n;
  std::vector<Round> rounds;
  for (std::size_t d = 0; d < torus.size(); ++d) {
    Round round;
    round.repeats = torus[d] - 1;
    shard = whole_share(shard, torus[d]);
    if (torus[d] > 1) add_torus_ring(round, torus, d, true, shard);
    rounds.push_back(std::move(round));
  }
  for (const Round& round : rounds) add_round(schedule, round);
  std::ranges::reverse(rounds);
  for (Round& round : rounds) add_round(schedule, std::move(round));
  return schedule;
}

Schedule all_port_bucket_all_reduce_schedule(Bytes n, std::span<const std::int64_t> torus) {
  Schedule schedule{check_torus(n, torus), {}};
  const std::size_t dims = torus.size();
  if (std::ranges::any_of(torus, [&](std::int64_t k) { return k != torus[0]; }))
    throw std::invalid_argument("buckets on all ports need dimensions of one size");
  // Part p goes through the dimensions from p on, so each step has a ring in every one.
  Bytes shard = whole_share(n, 2 * static_cast<std::int64_t>(dims));
  std::vector<Round> rounds;
  for (std::size_t step = 0; step < dims && torus[0] > 1; ++step) {
    Round round;
    round.repeats = torus[0] - 1;
    shard = whole_share(shard, torus[0]);
    for (std::size_t d = 0; d < dims; ++d)
      for (const bool forward : {true, false}) add_torus_ring(round, torus, d, forward, shard);
    rounds.push_back(std::move(round));
  }
  for (const Round& round : rounds) add_round(schedule, round);
  std::ranges::reverse(rounds);
  for (Round& round : rounds) add_round(schedule, std::move(round));
  return schedule;
}

Schedule concurrent_all_to_all_schedule(Bytes bytes_per_pair, std::int64_t ranks) {
  Schedule schedule{ranks, {}};
  Round all;
  for (Round& round : direct_all_to_all_schedule(bytes_per_pair, ranks).rounds)
    all.messages.insert(all.messages.end(), round.messages.begin(), round.messages.end());
  add_round(schedule, std::move(all));
  return schedule;
}

Schedule direct_all_to_all_schedule(Bytes bytes_per_pair, std::int64_t ranks) {
  check(bytes_per_pair, ranks);
  if (ranks > most_all_to_all_ranks)
    throw std::invalid_argument(
        "an all-to-all of more than 1,024 ranks has too many messages to time one by one; take "
        "fewer, or bruck");
  Schedule schedule{ranks, {}};
  for (std::int64_t shift = 1; shift < ranks; ++shift) {
    Round round;
    for (std::int64_t rank = 0; rank < ranks; ++rank)
      round.messages.push_back({rank, (rank + shift) % ranks, whole_share(bytes_per_pair, 1)});
    add_round(schedule, std::move(round));
  }
  return schedule;
}

Schedule bruck_all_to_all_schedule(Bytes bytes_per_pair, std::int64_t ranks) {
  check(bytes_per_pair, ranks);
  Schedule schedule{ranks, {}};
  for (std::int64_t distance = 1; distance < ranks; distance *= 2) {
    std::int64_t n_blocks = 0;
    for (std::int64_t way = distance; way < ranks; ++way) n_blocks += (way & distance) != 0 ? 1 : 0;
    const Bytes size = static_cast<double>(n_blocks) * whole_share(bytes_per_pair, 1);
    Round round;
    for (std::int64_t rank = 0; rank < ranks; ++rank)
      round.messages.push_back({rank, (rank + distance) % ranks, size});
    add_round(schedule, std::move(round));
  }
  return schedule;
}

}  // namespace longhaul::collectives
