// Laws that hold whatever the numbers: what doubles, what vanishes, what is the same thing twice.
#include <doctest/doctest.h>

#include <numeric>
#include <string>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "collectives/on_fabric.hpp"

using namespace longhaul;
using namespace longhaul::collectives;
using fabric::FabricConfig;
using fabric::VertexIndex;

namespace {

const BytesPerSecond rate = bytes_per_second(50e9);
const Bytes size = bytes(64 * 1024 * 1024);

doctest::Approx approx(double x) { return doctest::Approx(x).epsilon(1e-9); }

/// Seconds of every all-reduce that the fabric offers, by name.
std::vector<std::pair<std::string, double>> all_reduces_s(const FabricConfig& config) {
  const fabric::Fabric fabric = make_fabric(config);
  const fabric::Router router(fabric);
  std::vector<VertexIndex> gpus(static_cast<std::size_t>(fabric.n_gpus()));
  std::iota(gpus.begin(), gpus.end(), 0);
  std::vector<std::pair<std::string, double>> times;
  for (const auto& algorithm : algorithms(Operation::AllReduce, size, fabric, fabric.n_gpus()))
    times.emplace_back(algorithm.name, schedule_time(algorithm.schedule, router, gpus).value());
  return times;
}

void without_latency(FabricConfig& config) {
  auto& parts = config.parts;
  parts.switch_latency = parts.nic_latency = parts.scale_up_latency = seconds(0);
  parts.fibre_latency = seconds(0) / metres(1);
}

void check_same(const FabricConfig& a, const FabricConfig& b, double factor = 1.0) {
  const auto times_a = all_reduces_s(a);
  const auto times_b = all_reduces_s(b);
  REQUIRE(times_a.size() == times_b.size());
  for (std::size_t i = 0; i < times_a.size(); ++i) {
    CAPTURE(times_a[i].first);
    CHECK(times_a[i].second == approx(factor * times_b[i].second));
  }
}

}  // namespace

TEST_CASE("twice every bandwidth halves what is not latency") {
  FabricConfig configs[] = {
      fabric::uniform_config(fabric::FatTree{.ports = 8, .levels = 3, .taper = 1}, rate,
                             seconds(0)),
      fabric::uniform_config(fabric::FatTree{.ports = 8, .levels = 2, .taper = 3}, rate,
                             seconds(0)),
      fabric::uniform_config(fabric::Torus{{4, 5, 2}}, rate, seconds(0)),
      fabric::clos_config({.leaves_per_pod = 4, .pods = 2})};
  for (FabricConfig& config : configs) {
    without_latency(config);
    FabricConfig twice = config;
    twice.parts.nic_bandwidth = 2.0 * config.parts.nic_bandwidth;
    twice.parts.scale_up_bandwidth = 2.0 * config.parts.scale_up_bandwidth;
    check_same(config, twice, 2.0);
  }
}

TEST_CASE("a Clos without taper is the fat tree of its size") {
  // 2 pods of 4 leaves of 4 GPUs on 8-port switches, twice described
  auto clos = fabric::clos_config({.gpus_per_leaf = 4,
                                   .leaves_per_pod = 4,
                                   .pods = 2,
                                   .aggregation_per_pod = 4,
                                   .cores = 4,
                                   .taper = 1,
                                   .leaf_cable = metres(30),
                                   .aggregation_cable = metres(30)});
  clos.gpus_per_node = 1;
  auto tree = clos;
  tree.network = {};
  tree.network.fat_tree = fabric::FatTree{.ports = 8, .levels = 3, .gpus = 32};
  check_same(clos, tree);
}

TEST_CASE("two sites at no distance, with as much between them as inside, are one") {
  FabricConfig one = fabric::uniform_config(fabric::FatTree{.ports = 8, .levels = 3, .gpus = 32},
                                            rate, seconds(0));
  FabricConfig two = one;
  two.network.fat_tree->gpus = 16;
  two.sites.sites = 2;
  two.sites.wan_bandwidth = 16.0 * rate;
  check_same(one, two);
  // 1,000 km of fibre at 4.9 us a km: a message takes 4.9 ms longer
  two.parts.fibre_latency = seconds(4.9e-9) / metres(1);
  two.parts.nic_cable = metres(0);
  two.network.fat_tree->cable = two.sites.building_cable = metres(0);
  two.sites.distance = metres(1e6);
  const auto far = all_reduces_s(two);
  const auto near = all_reduces_s(one);
  for (std::size_t i = 0; i < far.size(); ++i)
    if (far[i].first == "ring") CHECK(far[i].second - near[i].second == approx(62 * 4.9e-3));
}
