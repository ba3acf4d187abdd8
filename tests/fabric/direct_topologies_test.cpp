// Built graphs against the closed forms of their families: named values, then tables.
#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "fabric/analysis.hpp"
#include "fabrics.hpp"
#include "hops.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

template <class Network>
Fabric built(Network network) {
  return uniform(std::move(network), bytes_per_second(50e9), seconds(1e-6));
}

std::int64_t n_vertices(const Fabric& fabric) { return std::ssize(fabric.vertices); }
std::int64_t n_edges(const Fabric& fabric) { return std::ssize(fabric.links) / 2; }
doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-6); }

std::string message(const FabricConfig& config) {
  try {
    make_fabric(config);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

template <class Network>
std::string refusal(Network network) {
  return message(uniform_config(std::move(network), bytes_per_second(1), seconds(0)));
}

}  // namespace

TEST_CASE("torus: diameter, mean distance and the least cut across a dimension") {
  struct Row {
    std::vector<std::int64_t> dimensions;
    int diameter;
    double mean;
    std::int64_t cut;  // 2 N / k
  };
  // 4x4x4: 2+2+2; 64/63 x 3 x 4/4. 8x8: 4+4; 64/63 x 2 x 8/4. 8x8x8: 12; 512/511 x 3 x 2.
  // 3x4: 1+2; 12/11 (8/12 + 1); across the 4: 2 x 3
  for (const Row& row : {Row{{4, 4, 4}, 6, 3.047619, 32}, Row{{8, 8}, 8, 4.063492, 16},
                         Row{{8, 8, 8}, 12, 6.011742, 128}, Row{{3, 4}, 3, 20.0 / 11.0, 6}}) {
    const Fabric fabric = built(Torus{row.dimensions});
    const Distances found = distances(fabric);
    CHECK(found.diameter == row.diameter);
    CHECK(found.mean == approx(row.mean));
    CHECK(cables_across(fabric, row.dimensions.size() - 1) == row.cut);
    CHECK(all_have(fabric, VertexKind::Gpu, 2 * std::ssize(row.dimensions)));
  }
}

TEST_CASE("a twist makes tori of k x k x 2k and k x 2k x 2k tighter, with as many cables") {
  struct Row {
    std::vector<std::int64_t> dimensions;
    int plain, twisted;
    double plain_mean, twisted_mean;
  };
  // Both are lattices of diameter 3k/2, rounded down [Camara+ 2010], 2k and 5k/2 without a twist.
  // The means were counted by a program of their own.
  for (const Row& row :
       {Row{{2, 2, 4}, 4, 3, 2.133333, 1.733333}, Row{{4, 4, 8}, 8, 6, 4.031496, 3.464567},
        Row{{8, 4, 4}, 8, 6, 4.031496, 3.464567}, Row{{4, 8, 8}, 10, 6, 5.019608, 4.329412}}) {
    const Fabric plain = built(Torus{row.dimensions});
    const Fabric twisted = built(Torus{row.dimensions, metres(0), true});
    CHECK(distances(plain).diameter == row.plain);
    CHECK(distances(plain).mean == approx(row.plain_mean));
    CHECK(distances(twisted).diameter == row.twisted);
    CHECK(distances(twisted).mean == approx(row.twisted_mean));
    CHECK(n_edges(twisted) == n_edges(plain));
    CHECK(all_have(twisted, VertexKind::Gpu, 6));
    CHECK(twisted.structure == Structure::Any);
    CHECK(plain.structure == Structure::Torus);
  }
  // 4 x 4 x 8 by hand: from (3, 0, 0) over the wrap of x to (0, 0, 4), and plain to (0, 0, 0).
  const Fabric twisted = built(Torus{{4, 4, 8}, metres(0), true});
  const auto joined = [&](VertexIndex a, VertexIndex b) {
    return std::ranges::any_of(twisted.links,
                               [=](const Link& l) { return l.src == a && l.dst == b; });
  };
  CHECK(joined(3, 4 * 16));
  CHECK_FALSE(joined(3, 0));
  CHECK(joined(7 * 16, 0));  // the long one's own wrap
  // Across x: 32 cables from 1 to 2 and the 32 wraps; across z two times 16, and the 2 x 32 wraps
  // of x and y, all of which go from one half to the other. Plain: 64, 32.
  CHECK(cables_across(twisted, 0) == 64);
  CHECK(cables_across(twisted, 2) == 96);
}

TEST_CASE("fat trees of k ports: hosts, switches, links, diameter and mean distance") {
  const Fabric small = built(FatTree{.ports = 4, .levels = 3});
  CHECK(n_vertices(small) == 36);
  CHECK(n_edges(small) == 48);
  CHECK(distances(small).diameter == 6);
  // 16 hosts: 1 at 2, 2 at 4, 12 at 6: 82/15
  CHECK(distances(small).mean == approx(5.466667));
  for (const std::int64_t k : {4, 6, 8}) {
    const Fabric two = built(FatTree{.ports = k, .levels = 2});
    CHECK(two.n_gpus() == k * k / 2);
    CHECK(n_vertices(two) - two.n_gpus() == 3 * k / 2);
    CHECK(n_edges(two) - two.n_gpus() == k * k / 2);
    CHECK(distances(two).diameter == 4);
    const Fabric three = built(FatTree{.ports = k, .levels = 3});
    CHECK(three.n_gpus() == k * k * k / 4);
    CHECK(n_vertices(three) - three.n_gpus() == 5 * k * k / 4);
    CHECK(n_edges(three) - three.n_gpus() == k * k * k / 2);
    CHECK(distances(three).diameter == 6);
  }
}

TEST_CASE("a part of a fat tree has ceil(uplinks / k) spines with parallel cables") {
  // 128 GPUs below 4 leaves of 64 ports: 128 uplinks, 2 spines, 16 cables each to each leaf
  const Fabric fabric = built(FatTree{.ports = 64, .levels = 2, .gpus = 128});
  CHECK(fabric.count(VertexKind::LeafSwitch) == 4);
  CHECK(fabric.count(VertexKind::CoreSwitch) == 2);
  CHECK(all_have(fabric, VertexKind::CoreSwitch, 64));
  CHECK(fabric.count(LinkKind::SwitchToSwitch) == 2 * 8);
}

TEST_CASE("parameters that make no such graph are refused with those that would do") {
  CHECK(refusal(FatTree{.ports = 5}) ==
        "ports = 5: half of a switch's ports lead up, so take an even number such as 4 or 6");
  CHECK(refusal(FatTree{.ports = 5000}) == "ports = 5000, but it must be at most 4096");
  CHECK(refusal(FatTree{.ports = 64, .taper = 2}) ==
        "taper = 2 does not divide 64 ports into whole numbers down and up; take one of 1, 3, 7, "
        "15, 31, 63");
  CHECK(refusal(FatTree{.ports = 8, .levels = 2, .gpus = 34}) ==
        "gpus = 34, but 2 levels of 8 ports join whole leaves of 4 GPUs, up to 32; take 32");
  CHECK(refusal(Torus{{4, 4, 6}, metres(0), true}) ==
        "a torus of 4 x 4 x 6 cannot be twisted: it takes k x k x 2k or k x 2k x 2k from k = 2 on, "
        "such as 4 x 4 x 8 or 4 x 8 x 8");
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{4, 4, 4}, {4, 8}, {1, 1, 2}, {8, 8, 8}, {4, 4, 8, 8}})
    CHECK(refusal(Torus{shape, metres(0), true}).find("cannot be twisted") != std::string::npos);
}
