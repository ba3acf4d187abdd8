#include "fabric/survey.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <deque>
#include <map>
#include <stdexcept>

#include "fabrics.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-6); }
doctest::Approx exactly(double x) { return doctest::Approx(x).epsilon(1e-12); }

Fabric torus(std::vector<std::int64_t> dimensions) {
  return uniform(Torus{std::move(dimensions)}, rate, seconds(1e-6));
}
Fabric tree(std::int64_t ports, std::int64_t levels) {
  return uniform(FatTree{.ports = ports, .levels = levels}, rate, seconds(1e-6));
}

}  // namespace

TEST_CASE("tori have their diameters, mean distances and cuts") {
  struct Row {
    std::vector<std::int64_t> dimensions;
    std::int64_t diameter;
    double mean;
    std::int64_t bisection;
  };
  // diameter sum of floor(k/2); mean N/(N-1) sum of k/4; cut 2N/k for the largest k
  for (const Row& row : {Row{{4, 4, 4}, 6, 3.047619, 32}, Row{{8, 8}, 8, 4.063492, 16},
                         Row{{8, 8, 8}, 12, 6.011742, 128}}) {
    const Fabric fabric = torus(row.dimensions);
    const Survey it = survey(fabric);
    const auto n = static_cast<double>(it.gpus);
    CHECK(it.diameter_hops == row.diameter);
    CHECK(it.mean_hops == approx(row.mean));
    CHECK(it.bisection_links == row.bisection);
    CHECK(it.bisection.value() == exactly(50e9 * static_cast<double>(row.bisection)));
    CHECK(it.switches == 0);
    CHECK(it.links == it.gpus * std::ssize(row.dimensions));
    CHECK(it.inter_switch_links == it.links);
    // every directed link carries N(N-1) mean / 2E
    const double load = n * (n - 1) * it.mean_hops / (2.0 * static_cast<double>(it.links));
    CHECK(it.all_to_all_bound.value() == exactly(n * (n - 1) * 50e9 / load));
    CHECK(it.articulation_points == 0);
  }
}

TEST_CASE("a three-level fat tree of 4 ports: 36 vertices, 48 edges, diameter 6, mean 5.466667") {
  const Fabric fabric = tree(4, 3);
  const Survey it = survey(fabric);
  CHECK(it.gpus + it.switches == 36);
  CHECK(it.links == 48);
  CHECK(it.inter_switch_links == 32);
  CHECK(it.diameter_hops == 6);
  // of 15 others 1 is under the same leaf, 2 in the same pod: (2 + 2 x 4 + 12 x 6) / 15
  CHECK(it.mean_hops == exactly(82.0 / 15));
  CHECK(it.bisection_links == 8);
  CHECK(it.narrowest_cut == "halves by GPU number");
  CHECK(it.injection.value() == exactly(16 * 50e9));
  // full bisection: each NIC, which carries 15 of 240 pairs, is the bound
  CHECK(it.all_to_all_bound.value() == exactly(16 * 50e9));
  CHECK(it.articulation_points == 8);  // the leaves
}
