// Built graphs against the closed forms of their families, for parameters drawn at random.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "fabrics.hpp"
#include "hops.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

using Sizes = std::vector<std::int64_t>;

template <class Network>
Fabric built(Network network) {
  return uniform(std::move(network), bytes_per_second(50e9), seconds(1e-6));
}

std::int64_t any(std::int64_t least, std::int64_t most) {
  return *rc::gen::inRange<std::int64_t>(least, most + 1);
}

/// One to four dimensions of at most 300 points in all.
Sizes any_grid() {
  Sizes sizes;
  std::int64_t left = 300;
  for (std::int64_t d = any(1, 4); d > 0; --d) {
    sizes.push_back(any(1, std::min<std::int64_t>(left, 9)));
    left /= sizes.back();
  }
  return sizes;
}

std::int64_t product(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

/// From the mean distance with pairs of a GPU and itself to that of two.
double of_two(double mean, std::int64_t n) {
  return n == 1 ? 0.0 : mean * static_cast<double>(n) / static_cast<double>(n - 1);
}

bool near(double a, double b) { return std::abs(a - b) < 1e-9; }

/// Mean distance in a line of `boards` boards of `size`, pairs of one with itself included: within
/// a board along it or out at both ends (by the switch in 2, or over the cable of a ring in 1).
double line_mean(std::int64_t boards, std::int64_t size) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j) {
      const auto out = [=](std::int64_t at) { return std::min(at, size - 1 - at); };
      const std::int64_t apart = std::abs(i - j);
      const std::int64_t other = out(i) + out(j) + 2;
      const std::int64_t same =
          boards == 1 ? std::min(apart, size - apart) : std::min(apart, other);
      sum += static_cast<double>(same) + static_cast<double>((boards - 1) * other);
    }
  return sum / static_cast<double>(size * size * boards);
}

std::int64_t line_diameter(std::int64_t boards, std::int64_t size) {
  return boards == 1 ? size / 2 : 2 * ((size - 1) / 2) + 2;
}

}  // namespace

TEST_CASE("property: tori have the diameter and the mean distance of their dimensions") {
  CHECK(rc::check([] {
    const Sizes sizes = any_grid();
    const Fabric fabric = built(Torus{sizes});
    std::int64_t diameter = 0;
    std::int64_t degree = 0;
    double mean = 0.0;
    for (const std::int64_t size : sizes) {
      const auto k = static_cast<double>(size);
      diameter += size / 2;
      degree += size > 1 ? 2 : 0;
      mean += size % 2 == 0 ? k / 4 : (k * k - 1) / (4 * k);
    }
    const Distances found = distances(fabric);
    RC_ASSERT(fabric.n_gpus() == product(sizes));
    RC_ASSERT(found.diameter == diameter);
    RC_ASSERT(near(found.mean, of_two(mean, product(sizes))));
    RC_ASSERT(all_have(fabric, VertexKind::Gpu, degree));
  }));
}

TEST_CASE("property: a twist shortens every torus that takes one, to a diameter of 3k/2") {
  CHECK(rc::check([] {
    const std::int64_t k = any(2, 5);
    Sizes sizes{k, *rc::gen::element(k, 2 * k), 2 * k};
    std::rotate(sizes.begin(), sizes.begin() + any(0, 2), sizes.end());
    const Distances plain = distances(built(Torus{sizes}));
    const Fabric fabric = built(Torus{sizes, metres(0), {}, true});
    const Distances twisted = distances(fabric);
    RC_ASSERT(twisted.diameter == 3 * k / 2);
    RC_ASSERT(twisted.diameter < plain.diameter);
    RC_ASSERT(twisted.mean < plain.mean);
    RC_ASSERT(all_have(fabric, VertexKind::Gpu, 6));
  }));
}

TEST_CASE("property: full fat trees have the counts of k, and every port is used") {
  CHECK(rc::check([] {
    const std::int64_t k = 2 * any(1, 4);
    const std::int64_t levels = any(2, 3);
    const Fabric fabric = built(FatTree{.ports = k, .levels = levels});
    const std::int64_t hosts = levels == 2 ? k * k / 2 : k * k * k / 4;
    RC_ASSERT(fabric.n_gpus() == hosts);
    RC_ASSERT(std::ssize(fabric.vertices) - hosts == (levels == 2 ? 3 * k / 2 : 5 * k * k / 4));
    RC_ASSERT(fabric.count(LinkKind::SwitchToSwitch) / 2 ==
              (levels == 2 ? k * k / 2 : k * k * k / 2));
    RC_ASSERT(distances(fabric).diameter == 2 * levels);
    for (const VertexKind kind :
         {VertexKind::LeafSwitch, VertexKind::AggregationSwitch, VertexKind::CoreSwitch})
      RC_ASSERT(all_have(fabric, kind, k));
  }));
}

TEST_CASE("property: parts of fat trees, tapered or not, have no more ports than k") {
  CHECK(rc::check([] {
    const std::int64_t k = 2 * any(1, 8);
    const std::int64_t levels = any(2, 3);
    Sizes divisors;
    for (std::int64_t up = 1; up <= k / 2; ++up)
      if (k % up == 0) divisors.push_back(up);
    const std::int64_t up = *rc::gen::elementOf(divisors);
    const std::int64_t parts = any(1, levels == 2 ? k : std::min<std::int64_t>(k, 4));
    const std::int64_t gpus = parts * (k - up) * (levels == 2 ? 1 : k / 2);
    const Fabric fabric =
        built(FatTree{.ports = k,
                      .levels = levels,
                      .gpus = gpus,
                      .taper = static_cast<double>(k - up) / static_cast<double>(up)});
    RC_ASSERT(fabric.n_gpus() == gpus);
    RC_ASSERT(fabric.count(VertexKind::LeafSwitch) == gpus / (k - up));
    RC_ASSERT(all_have(fabric, VertexKind::LeafSwitch, k));
    RC_ASSERT(all_have(fabric, VertexKind::AggregationSwitch, k));
    const auto tops = ports(fabric, VertexKind::CoreSwitch);
    RC_ASSERT(std::ranges::max(tops) <= k);
    // All uplinks of the layer below end there, evenly.
    const std::int64_t uplinks = levels == 2 ? parts * up : parts * up * (k / 2);
    RC_ASSERT(std::reduce(tops.begin(), tops.end()) == uplinks);
    RC_ASSERT(std::ranges::min(tops) == std::ranges::max(tops));
  }));
}

TEST_CASE("property: dragonflies use every port, have l cables a pair and at most three hops") {
  CHECK(rc::check([] {
    Dragonfly p{.routers = any(1, 5), .gpus_per_router = any(1, 3), .global_ports = any(1, 3)};
    const std::int64_t ports_up = p.routers * p.global_ports;
    const bool full = *rc::gen::arbitrary<bool>();
    const std::int64_t g = full ? ports_up + 1 : any(2, ports_up + 1);
    p.groups = full ? 0 : g;
    const Fabric fabric = built(p);
    RC_ASSERT(fabric.n_gpus() == g * p.routers * p.gpus_per_router);
    RC_ASSERT(fabric.count(VertexKind::Router) == g * p.routers);
    const std::int64_t radix = p.routers - 1 + p.global_ports + p.gpus_per_router;
    if (full) RC_ASSERT(all_have(fabric, VertexKind::Router, radix));
    RC_ASSERT(std::ranges::max(ports(fabric, VertexKind::Router)) <= radix);

    const std::int64_t cables = ports_up / (g - 1);
    std::vector<std::int64_t> between(static_cast<std::size_t>(g * g), 0);
    const VertexIndex first = fabric.vertex(VertexKind::Router, 0);
    for (const Link& link : fabric.links)
      if (link.kind == LinkKind::SwitchToSwitch)
        between[static_cast<std::size_t>((link.src - first) / p.routers * g +
                                         (link.dst - first) / p.routers)] += link.cables;
    for (std::int64_t a = 0; a < g; ++a)
      for (std::int64_t b = 0; b < g; ++b)
        RC_ASSERT(between[static_cast<std::size_t>(a * g + b)] ==
                  (a == b ? p.routers * (p.routers - 1) : cables));

    const Distances found = distances(fabric, VertexKind::Router);
    RC_ASSERT(found.connected);
    RC_ASSERT(found.diameter <= 3);
    // Over more than what two hops can reach there are three.
    const std::int64_t local = p.routers - 1;
    const std::int64_t h = p.global_ports;
    if (g * p.routers > 1 + local + h + 2 * local * h + h * (h - 1)) RC_ASSERT(found.diameter == 3);
    if (g % 2 == 0) RC_ASSERT(cables_across(fabric, 0) == g / 2 * (g / 2) * cables);
  }));
}

TEST_CASE("property: HyperX routers are as far apart as coordinates differ") {
  CHECK(rc::check([] {
    const Sizes sizes = any_grid();
    const std::int64_t p = any(0, 2);
    HyperX params{sizes, p, {}};
    for (std::size_t d = 0; d < sizes.size(); ++d) params.cables.push_back(any(1, 3));
    const Fabric fabric = built(params);
    std::int64_t diameter = 0;
    std::int64_t degree = p;
    double mean = 0.0;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      diameter += sizes[d] > 1 ? 1 : 0;
      degree += (sizes[d] - 1) * params.cables[d];
      mean += static_cast<double>(sizes[d] - 1) / static_cast<double>(sizes[d]);
    }
    const VertexKind routers = p == 0 ? VertexKind::Gpu : VertexKind::Router;
    const Distances found = distances(fabric, routers);
    RC_ASSERT(fabric.n_gpus() == product(sizes) * std::max<std::int64_t>(p, 1));
    RC_ASSERT(fabric.count(routers) == product(sizes));
    RC_ASSERT(all_have(fabric, routers, degree));
    RC_ASSERT(found.diameter == diameter);
    RC_ASSERT(near(found.mean, of_two(mean, product(sizes))));
    for (std::size_t d = 0; d < sizes.size(); ++d)
      if (sizes[d] % 2 == 0)
        RC_ASSERT(cables_across(fabric, d) ==
                  product(sizes) / sizes[d] * sizes[d] * sizes[d] / 4 * params.cables[d]);
  }));
}

TEST_CASE("property: HammingMeshes have the distances of their rows and columns") {
  CHECK(rc::check([] {
    const HammingMesh p{any(1, 5), any(1, 5), any(1, 4), any(1, 4)};
    const Fabric fabric = built(p);
    const std::int64_t columns = p.board_width * p.width;
    const std::int64_t rows = p.board_height * p.height;
    const std::int64_t n = rows * columns;
    RC_ASSERT(fabric.n_gpus() == n);
    RC_ASSERT(fabric.count(VertexKind::LineSwitch) ==
              (p.width > 1 ? rows : 0) + (p.height > 1 ? columns : 0));
    const std::int64_t in_row = p.width > 1 || p.board_width > 1 ? 2 : 0;
    const std::int64_t in_column = p.height > 1 || p.board_height > 1 ? 2 : 0;
    RC_ASSERT(all_have(fabric, VertexKind::Gpu, in_row + in_column));
    const Distances found = distances(fabric);
    RC_ASSERT(found.diameter ==
              line_diameter(p.width, p.board_width) + line_diameter(p.height, p.board_height));
    RC_ASSERT(
        near(found.mean,
             of_two(line_mean(p.width, p.board_width) + line_mean(p.height, p.board_height), n)));
    // An even number of boards both ways: bisection over injection is 1/(2a).
    if (p.width % 2 == 0 && p.height % 2 == 0) {
      RC_ASSERT(cables_across(fabric, 0) == columns * p.height);
      RC_ASSERT(cables_across(fabric, 1) == rows * p.width);
      RC_ASSERT(2 * p.board_height * cables_across(fabric, 0) == 4 * n / 2);
    }
  }));
}
