#include "collectives/nccl.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace longhaul;
using namespace longhaul::collectives::nccl;

namespace {

double us(Algorithm algorithm, Protocol protocol, std::int64_t ranks, std::int64_t nodes) {
  return all_reduce_latency(algorithm, protocol, ranks, nodes).value() * 1e6;
}

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }

}  // namespace

TEST_CASE("NCCL's latency of a small all-reduce with LL, 8 to 16,384 ranks") {
  // 8 on one node: 6.6 + 14 x 0.6; 6.8 + 2 x 7 x 0.6
  CHECK(us(Algorithm::Ring, Protocol::LL, 8, 1) == approx(15.0));
  CHECK(us(Algorithm::Tree, Protocol::LL, 8, 1) == approx(15.2));
  // 64 on 8: 6.6 + (126 - 14) x max(0.6, 1) + 14 x 2.7; 6.8 + 2 (7 x 0.6 + 3 x 5)
  CHECK(us(Algorithm::Ring, Protocol::LL, 64, 8) == approx(156.4));
  CHECK(us(Algorithm::Tree, Protocol::LL, 64, 8) == approx(45.2));
  CHECK(us(Algorithm::Ring, Protocol::LL, 1024, 128) == approx(2484.4));
  CHECK(us(Algorithm::Tree, Protocol::LL, 1024, 128) == approx(85.2));
  CHECK(us(Algorithm::Ring, Protocol::LL, 16384, 2048) == approx(39732.4));
  CHECK(us(Algorithm::Tree, Protocol::LL, 16384, 2048) == approx(125.2));
}

TEST_CASE("with Simple a ring step between NVLink neighbours takes 3.4 us, above its overhead") {
  // 8.4 + 112 x max(3.4, 3) + 14 x 14
  CHECK(us(Algorithm::Ring, Protocol::Simple, 64, 8) == approx(585.2));
  // LL128: 14 + 112 x max(1.9, 1) + 14 x 4
  CHECK(us(Algorithm::Ring, Protocol::LL128, 64, 8) == approx(282.8));
}

TEST_CASE("LL leaves half the bandwidth, LL128 0.92, and a tree 0.92 of that") {
  CHECK(bandwidth_factor(Algorithm::Ring, Protocol::Simple) == 1.0);
  CHECK(bandwidth_factor(Algorithm::Ring, Protocol::LL) == 0.5);
  CHECK(bandwidth_factor(Algorithm::Tree, Protocol::LL128) == approx(0.92 * 0.92));
}

TEST_CASE("ranks that do not divide among the nodes are refused") {
  CHECK_THROWS_AS(us(Algorithm::Ring, Protocol::LL, 9, 2), std::invalid_argument);
  CHECK_THROWS_AS(us(Algorithm::Ring, Protocol::LL, 8, 0), std::invalid_argument);
  CHECK(us(Algorithm::Ring, Protocol::LL, 1, 1) == 0.0);
}
