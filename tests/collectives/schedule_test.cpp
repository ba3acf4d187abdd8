#include "collectives/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <stdexcept>
#include <vector>

#include "collectives/closed_form.hpp"

using namespace longhaul;
using namespace longhaul::collectives;

namespace {

const AlphaBeta wire{seconds(5e-6), bytes_per_second(50e9)};

/// Every round costs a + its largest message; on an uncontended network that is all there is.
Seconds time_of(const Schedule& schedule) {
  Seconds time = seconds(0);
  for (const Round& round : schedule.rounds) {
    Bytes largest = bytes(0);
    for (const Message& message : round.messages)
      if (message.size > largest) largest = message.size;
    time += static_cast<double>(round.repeats) * point_to_point(largest, wire);
  }
  return time;
}

void check_same(const Schedule& schedule, Seconds closed_form) {
  CHECK(time_of(schedule).value() == doctest::Approx(closed_form.value()).epsilon(1e-12));
}

}  // namespace

TEST_CASE(
    "double binary trees: no rank sends or receives twice at once, and none sends above 2 n") {
  for (std::int64_t ranks = 2; ranks < 140; ++ranks)
    for (const std::int64_t chunks : {1, 2, 5}) {
      CAPTURE(ranks);
      CAPTURE(chunks);
      const auto schedule = double_binary_tree_all_reduce_schedule(bytes(1e6), ranks, chunks);
      const auto lg = std::bit_width(static_cast<std::uint64_t>(ranks - 1));
      CHECK(std::ssize(schedule.rounds) <= 4 * (lg + chunks - 1));
      std::int64_t n_messages = 0;
      std::vector<std::int64_t> sent(static_cast<std::size_t>(ranks), 0);
      for (const Round& round : schedule.rounds) {
        std::set<std::int64_t> sending, receiving;
        for (const Message& message : round.messages) {
          CHECK(sending.insert(message.src).second);
          CHECK(receiving.insert(message.dst).second);
          ++sent[static_cast<std::size_t>(message.src)];
          ++n_messages;
        }
      }
      // Every piece crosses each of the N - 1 cables of its tree up and down.
      CHECK(n_messages == 2 * 2 * chunks * (ranks - 1));
      CHECK(*std::ranges::max_element(sent) <= 4 * chunks);  // of n/2c bytes
    }
  check_same(double_binary_tree_all_reduce_schedule(bytes(1'000'003), 64, 5),
             double_binary_tree_all_reduce(bytes(1'000'003), 64, 5, wire));
  CHECK_THROWS_AS(double_binary_tree_all_reduce_schedule(bytes(1), 4, 0), std::invalid_argument);
}

TEST_CASE("a single piece goes up a binary tree with what all ranks have, and then down to all") {
  for (const std::int64_t ranks : {2, 3, 6, 7, 8, 13, 64}) {
    CAPTURE(ranks);
    const auto schedule = double_binary_tree_all_reduce_schedule(bytes(2), ranks, 1);
    // Whose shares a rank has, of either half.
    std::vector<std::set<std::int64_t>> has(static_cast<std::size_t>(ranks));
    for (std::int64_t rank = 0; rank < ranks; ++rank) has[static_cast<std::size_t>(rank)] = {rank};
    for (const Round& round : schedule.rounds) {
      const auto before = has;
      for (const Message& message : round.messages) {
        const auto& shares = before[static_cast<std::size_t>(message.src)];
        has[static_cast<std::size_t>(message.dst)].insert(shares.begin(), shares.end());
      }
    }
    for (const auto& shares : has) CHECK(std::ssize(shares) == ranks);
  }
}

TEST_CASE("Bruck's all-to-all brings every block to its rank, and sends no byte more") {
  for (const std::int64_t ranks : {1, 2, 3, 5, 8, 12, 17}) {
    CAPTURE(ranks);
    const auto schedule = bruck_all_to_all_schedule(bytes(10), ranks);
    // Where the blocks of a rank are that have to go w further: w ranks further in the end.
    std::vector<std::int64_t> moved(static_cast<std::size_t>(ranks), 0);
    std::int64_t distance = 1;
    for (const Round& round : schedule.rounds) {
      double n_blocks = 0;
      for (std::int64_t w = 1; w < ranks; ++w) {
        if (w / distance % 2 == 0) continue;
        moved[static_cast<std::size_t>(w)] += distance;
        ++n_blocks;
      }
      REQUIRE(std::ssize(round.messages) == ranks);
      for (const Message& message : round.messages) {
        CHECK(message.dst == (message.src + distance) % ranks);
        CHECK(message.size.value() == 10 * n_blocks);
      }
      distance *= 2;
    }
    CHECK(distance >= ranks);
    for (std::int64_t w = 0; w < ranks; ++w) CHECK(moved[static_cast<std::size_t>(w)] == w);
  }
  // Half of the ranks have any one bit set where there are a power of two.
  check_same(bruck_all_to_all_schedule(bytes(1'000'003), 64),
             bruck_all_to_all(bytes(1'000'003), 64, wire));
}

TEST_CASE("schedules take the time of their closed forms, powers of two or not") {
  const Bytes n = bytes(1'000'003);  // nothing divides it
  for (const std::int64_t ranks : {1, 2, 3, 4, 7, 8, 12, 64, 65}) {
    CAPTURE(ranks);
    check_same(ring_all_reduce_schedule(n, ranks), ring_all_reduce(n, ranks, wire));
    check_same(ring_reduce_scatter_schedule(n, ranks), ring_reduce_scatter(n, ranks, wire));
    check_same(ring_all_gather_schedule(n, ranks), ring_all_gather(n, ranks, wire));
    check_same(bidirectional_ring_all_reduce_schedule(n, ranks),
               bidirectional_ring_all_reduce(n, ranks, wire));
    check_same(binomial_broadcast_schedule(n, ranks), binomial_broadcast(n, ranks, wire));
    check_same(reduce_broadcast_all_reduce_schedule(n, ranks),
               reduce_broadcast_all_reduce(n, ranks, wire));
    check_same(recursive_doubling_all_reduce_schedule(n, ranks),
               recursive_doubling_all_reduce(n, ranks, wire));
    check_same(halving_doubling_all_reduce_schedule(n, ranks),
               halving_doubling_all_reduce(n, ranks, wire));
    check_same(hierarchical_all_reduce_schedule(n, 4, ranks),
               hierarchical_all_reduce(n, 4, ranks, wire, wire));
  }
}

TEST_CASE("a broadcast reaches every rank once, from one that already has it") {
  std::vector<bool> has(13, false);
  has[0] = true;
  for (const Round& round : binomial_broadcast_schedule(bytes(8), 13).rounds) {
    const std::vector<bool> before = has;
    for (const Message& message : round.messages) {
      CHECK(before[static_cast<std::size_t>(message.src)]);
      CHECK_FALSE(has[static_cast<std::size_t>(message.dst)]);
      has[static_cast<std::size_t>(message.dst)] = true;
    }
  }
  for (const bool rank_has : has) CHECK(rank_has);
}

TEST_CASE("a reduce takes in every rank: each sends once, after all that sent to it") {
  std::vector<bool> sent(13, false);
  for (const Round& round : binomial_reduce_schedule(bytes(8), 13).rounds) {
    for (const Message& message : round.messages) {
      CHECK_FALSE(sent[static_cast<std::size_t>(message.dst)]);
      CHECK_FALSE(sent[static_cast<std::size_t>(message.src)]);
    }
    for (const Message& message : round.messages)
      sent[static_cast<std::size_t>(message.src)] = true;
  }
  for (std::size_t rank = 0; rank < 13; ++rank) CHECK(sent[rank] == (rank != 0));
}

TEST_CASE("recursive doubling lets every rank hear of every other") {
  const std::int64_t ranks = 11;
  std::vector<std::vector<bool>> heard(11, std::vector<bool>(11, false));
  for (std::size_t rank = 0; rank < 11; ++rank) heard[rank][rank] = true;
  for (const Round& round : recursive_doubling_all_reduce_schedule(bytes(8), ranks).rounds) {
    const auto before = heard;
    for (const Message& message : round.messages)
      for (std::size_t of = 0; of < 11; ++of)
        if (before[static_cast<std::size_t>(message.src)][of])
          heard[static_cast<std::size_t>(message.dst)][of] = true;
  }
  for (const auto& of_one : heard)
    for (const bool known : of_one) CHECK(known);
}

TEST_CASE("a ring is one round with a count, so that it is simulated once") {
  const Schedule ring = ring_all_reduce_schedule(bytes(64), 16);
  REQUIRE(ring.rounds.size() == 1);
  CHECK(ring.rounds[0].repeats == 30);
  CHECK(ring.rounds[0].messages.size() == 16);
  CHECK(ring.rounds[0].messages[15].dst == 0);
  CHECK(ring.rounds[0].messages[15].size.value() == 4);
}

TEST_CASE("the middle of a hierarchical all-reduce stays on its rail") {
  const Schedule schedule = hierarchical_all_reduce_schedule(bytes(1 << 20), 8, 4);
  REQUIRE(schedule.rounds.size() == 3);
  for (const Message& m : schedule.rounds[0].messages) CHECK(m.src / 8 == m.dst / 8);
  for (const Message& m : schedule.rounds[1].messages) CHECK(m.src % 8 == m.dst % 8);
}

TEST_CASE("nothing to send, or nobody to send it to, is no round") {
  CHECK(ring_all_reduce_schedule(bytes(0), 8).rounds.empty());
  CHECK(recursive_doubling_all_reduce_schedule(bytes(9), 1).rounds.empty());
  CHECK_THROWS_AS(ring_all_reduce_schedule(bytes(9), 0), std::invalid_argument);
  CHECK_THROWS_AS(binomial_reduce_schedule(bytes(-9), 4), std::invalid_argument);
}
