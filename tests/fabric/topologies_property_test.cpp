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
    const Fabric fabric = built(Torus{sizes, metres(0), true});
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
