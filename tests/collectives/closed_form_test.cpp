#include "collectives/closed_form.hpp"

#include <doctest/doctest.h>

#include <array>
#include <stdexcept>

using namespace longhaul;
using namespace longhaul::collectives;

namespace {

// 64 MiB among 64 ranks, 5 us a message, 50 GB/s.
const Bytes buffer = bytes(64.0 * 1024 * 1024);
const AlphaBeta wire{seconds(5e-6), bytes_per_second(50e9)};

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }
double us(Seconds t) { return t.value() * 1e6; }

}  // namespace

TEST_CASE("64 MiB among 64 ranks: each all-reduce takes what its row of the table says") {
  // n b = 67,108,864 / 50e9 = 1,342.17728 us; a chunk n/64 = 1,048,576 B = 20.97152 us
  // ring: 126 (5 + 20.97152)
  CHECK(us(ring_all_reduce(buffer, 64, wire)) == approx(3272.41152));
  // bidirectional: 126 (5 + 10.48576)
  CHECK(us(bidirectional_ring_all_reduce(buffer, 64, wire)) == approx(1951.20576));
  // recursive doubling: 6 (5 + 1342.17728)
  CHECK(us(recursive_doubling_all_reduce(buffer, 64, wire)) == approx(8083.06368));
  // halving + doubling: 12 x 5 + 126/64 x 1342.17728
  CHECK(us(halving_doubling_all_reduce(buffer, 64, wire)) == approx(2702.41152));
  // reduce + broadcast: 12 (5 + 1342.17728)
  CHECK(us(reduce_broadcast_all_reduce(buffer, 64, wire)) == approx(16166.12736));
}

TEST_CASE("reduce-scatter and all-gather on a ring are halves of its all-reduce") {
  CHECK(us(ring_reduce_scatter(buffer, 64, wire)) == approx(3272.41152 / 2));
  CHECK(us(ring_all_gather(buffer, 64, wire)) == approx(3272.41152 / 2));
}

TEST_CASE("binomial broadcast takes ceil(lg N) rounds, other than powers of two included") {
  CHECK(us(binomial_broadcast(buffer, 64, wire)) == approx(6 * 1347.17728));
  CHECK(us(binomial_broadcast(buffer, 65, wire)) == approx(7 * 1347.17728));
  CHECK(us(binomial_reduce(buffer, 33, wire)) == approx(6 * 1347.17728));
}

TEST_CASE("recursive forms on 65 ranks cost those on 64 and 2 a + 2 n b") {
  const double fold = 2 * 1347.17728;
  CHECK(us(recursive_doubling_all_reduce(buffer, 65, wire)) == approx(8083.06368 + fold));
  CHECK(us(halving_doubling_all_reduce(buffer, 65, wire)) == approx(2702.41152 + fold));
}

TEST_CASE("the double binary tree pipelines chunks of half buffers") {
  // 4 (6 + 32 - 1)(5 + 1342.17728/64) = 148 x 25.97152. No all-reduce sends less than 2 (N-1)/N n.
  CHECK(us(double_binary_tree_all_reduce(buffer, 64, 32, wire)) == approx(3843.78496));
  for (const std::int64_t chunks : {1, 32, 1024, 65'536})
    CHECK(us(double_binary_tree_all_reduce(buffer, 64, chunks, wire)) > 2 * 63 / 64.0 * 1342.17728);
}

TEST_CASE("direct all-to-all sends N-1 messages, Bruck's lg N of half the buffer") {
  const Bytes pair = bytes(1e6);  // 20 us
  CHECK(us(direct_all_to_all(pair, 64, wire)) == approx(63 * 25.0));
  CHECK(us(bruck_all_to_all(pair, 64, wire)) == approx(6 * (5 + 32 * 20.0)));
}

TEST_CASE("hierarchical all-reduce: 14 steps in the node and 14 across 8 nodes") {
  const AlphaBeta nvlink{seconds(1e-6), bytes_per_second(450e9)};
  // n/8 = 8,388,608 B = 18.6413511 us on NVLink; n/64 = 1,048,576 B = 20.97152 us on the NIC
  const double in_node = 14 * (1 + 8388608.0 / 450e3);
  CHECK(us(hierarchical_all_reduce(buffer, 8, 8, nvlink, wire)) ==
        approx(in_node + 14 * (5 + 20.97152)));
  CHECK(us(hierarchical_all_reduce(buffer, 8, 1, nvlink, wire)) == approx(in_node));
}

TEST_CASE("buckets on a 4x4x4 torus: 18 messages, and six times fewer bytes with all ports") {
  const std::array<std::int64_t, 3> torus{4, 4, 4};
  CHECK(us(bucket_all_reduce(buffer, torus, wire)) == approx(18 * 5 + 126 * 20.97152));
  // 67,108,864/6 = 11,184,811 B rounded up; its shards 2,796,203, 699,051 and 174,763
  CHECK(us(all_port_bucket_all_reduce(buffer, torus, wire)) ==
        approx(18 * 5 + 6 * (2796203 + 699051 + 174763) / 50e3));
}

TEST_CASE("in the network the bytes cross once: 2 h a + n b") {
  CHECK(us(in_network_all_reduce(buffer, 64, 3, wire)) == approx(6 * 5 + 1342.17728));
}

TEST_CASE("across sites: a ring of two shards or a star through one hub") {
  const AlphaBeta wan{seconds(5e-3), bytes_per_second(10e9)};
  const double in_site = 2 * 7 * (5 + 8388608 / 50e3);
  // ring of 4: 6 (5 ms + 2,097,152 B at 10 GB/s); star: 2 (5 ms + 3 x 8,388,608 B)
  CHECK(us(across_sites_all_reduce(buffer, 8, 4, wire, wan, SitePattern::Ring)) ==
        approx(in_site + 6 * (5000 + 209.7152)));
  CHECK(us(across_sites_all_reduce(buffer, 8, 4, wire, wan, SitePattern::Star)) ==
        approx(in_site + 2 * (5000 + 3 * 838.8608)));
}

TEST_CASE("the ring tends to the whole bandwidth of the link as its bus bandwidth") {
  const AlphaBeta no_latency{seconds(0), bytes_per_second(50e9)};
  const Seconds time = ring_all_reduce(buffer, 64, no_latency);
  CHECK(all_reduce_bus_bandwidth(buffer, 64, time).value() == approx(50e9));
}

TEST_CASE("a chunk is a whole number of bytes: 100 bytes among 64 ranks move 2 bytes a step") {
  const AlphaBeta slow{seconds(0), bytes_per_second(1)};
  CHECK(ring_all_reduce(bytes(100), 64, slow).value() == approx(126 * 2));
  CHECK(whole_share(bytes(100), 3).value() == 34);
}

TEST_CASE("any collective of one rank costs nothing") {
  const std::array<std::int64_t, 2> torus{1, 1};
  for (const Seconds& t :
       {binomial_broadcast(buffer, 1, wire), ring_all_reduce(buffer, 1, wire),
        bidirectional_ring_all_reduce(buffer, 1, wire),
        recursive_doubling_all_reduce(buffer, 1, wire),
        halving_doubling_all_reduce(buffer, 1, wire),
        double_binary_tree_all_reduce(buffer, 1, 4, wire), direct_all_to_all(buffer, 1, wire),
        bruck_all_to_all(buffer, 1, wire), hierarchical_all_reduce(buffer, 1, 1, wire, wire),
        bucket_all_reduce(buffer, torus, wire), in_network_all_reduce(buffer, 1, 3, wire)})
    CHECK(t.value() == 0.0);
}

TEST_CASE("impossible arguments are refused") {
  const AlphaBeta no_bandwidth{seconds(0), bytes_per_second(0)};
  CHECK_THROWS_AS(ring_all_reduce(buffer, 0, wire), std::invalid_argument);
  CHECK_THROWS_AS(ring_all_reduce(bytes(-1), 2, wire), std::invalid_argument);
  CHECK_THROWS_AS(point_to_point(buffer, no_bandwidth), std::invalid_argument);
  CHECK_THROWS_AS(double_binary_tree_all_reduce(buffer, 4, 0, wire), std::invalid_argument);
  CHECK_THROWS_AS(bucket_all_reduce(buffer, {}, wire), std::invalid_argument);
  CHECK_THROWS_AS(all_reduce_bus_bandwidth(buffer, 4, seconds(0)), std::invalid_argument);
}
