#include "fabric/adaptive_ways.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fabric/bottlenecks.hpp"
#include "fabric/contention.hpp"
#include "fabrics.hpp"
#include "random/stream.hpp"

using namespace longhaul;
using namespace longhaul::fabric;

namespace {

struct Case {
  std::string name;
  Fabric fabric;
  int n_dead = 0;  // cables of the network
};

/// Few links and many flows, so that most choices hang on others.
std::vector<Case> cases() {
  const auto bandwidth = bytes_per_second(50e9);
  const auto latency = seconds(1e-6);
  auto rails = clos_config({.gpus_per_leaf = 16,
                            .leaves_per_pod = 8,
                            .pods = 1,
                            .aggregation_per_pod = 4,
                            .cores = 4,
                            .taper = 4});
  rails.rails = Rails::Optimised;
  const ThreeLayerClos packed{.gpus_per_leaf = 16,
                              .leaves_per_pod = 2,
                              .pods = 4,
                              .aggregation_per_pod = 4,
                              .cores = 4,
                              .taper = 4};
  // Two parallel links down to each of four leaves, four up from each.
  const Pgft parallel{{4, 4, 3}, {1, 2, 3}, {1, 2, 2}};
  return {
      {"pods", clos_of(packed)},
      {"pods with dead cables", clos_of(packed), 12},
      {"rails", make_fabric(rails)},
      {"rails with dead cables", make_fabric(rails), 12},
      {"parallel links", uniform(parallel, bandwidth, latency)},
      {"parallel links with dead cables", uniform(parallel, bandwidth, latency), 12},
  };
}

std::vector<LinkIndex> way_of(const RoutedFlows& routed, std::size_t flow) {
  const auto links = routed.route(flow);
  return {links.begin(), links.end()};
}

}  // namespace

TEST_CASE("flows that get other ends leave all on the ways of an adaptive router") {
  constexpr std::size_t n_flows = 90;
  constexpr int n_turns = 200;
  for (const Case& it : cases()) {
    CAPTURE(it.name);
    Router router(it.fabric, {PathChoice::Adaptive, 1, 0});
    random::Stream stream(1, it.name);
    for (int dead = 0; dead < it.n_dead;) {
      const auto link = static_cast<LinkIndex>(stream.below(std::ssize(it.fabric.links)));
      if (it.fabric.links[static_cast<std::size_t>(link)].kind != LinkKind::SwitchToSwitch)
        continue;
      router.set_alive(link, false);
      ++dead;
    }
    const auto draw_gpu = [&] {
      return static_cast<VertexIndex>(stream.below(it.fabric.n_gpus()));
    };
    const auto draw_ends = [&] {
      for (;;) {
        const Flow flow{draw_gpu(), draw_gpu(), 0};
        std::vector<Route> routes;
        router.find_routes(flow, routes);
        if (!routes.empty()) return flow;
      }
    };
    std::vector<Flow> flows(n_flows);
    AdaptiveWays first(router, n_flows);
    std::vector<std::vector<LinkIndex>> ways(n_flows);
    std::size_t n_laid = 0;
    const auto settle = [&](AdaptiveWays& adaptive) {
      adaptive.settle([&](std::int32_t flow, std::span<const LinkIndex> links) {
        ways[static_cast<std::size_t>(flow)].assign(links.begin(), links.end());
        ++n_laid;
      });
    };
    for (std::size_t f = 0; f < n_flows; ++f)
      first.set(static_cast<std::int32_t>(f), flows[f] = draw_ends());
    settle(first);
    CHECK(n_laid == n_flows);
    n_laid = 0;
    AdaptiveWays adaptive = first;  // a copy goes on by itself
    std::size_t n_set = 0;
    for (int turn = 0; turn < n_turns; ++turn) {
      const auto anew = route_flows(router, flows);
      for (std::size_t f = 0; f < n_flows; ++f) {
        CAPTURE(turn);
        CAPTURE(f);
        REQUIRE(ways[f] == way_of(anew, f));
      }
      for (auto n = 1 + stream.below(4); n > 0; --n) {
        const auto f = static_cast<std::size_t>(stream.below(std::ssize(flows)));
        adaptive.set(static_cast<std::int32_t>(f), flows[f] = draw_ends());
        ++n_set;
      }
      settle(adaptive);
    }
    // Others choose otherwise for those that were set, but not all of them.
    CHECK(n_laid > n_set);
    CHECK(n_laid < n_turns * n_flows / 2);
  }
}

TEST_CASE("adaptive choices of a torus are not followed") {
  const auto torus = uniform(Torus{{4, 4, 4}}, bytes_per_second(50e9), seconds(1e-6));
  const Router router(torus, {PathChoice::Adaptive, 1, 0});
  CHECK(!Bottlenecks::can_follow(router));
  CHECK_THROWS_WITH_AS(
      Bottlenecks(router, {0}, 1, std::make_shared<LinkTypes>(router)),
      "flows of an adaptive choice can be followed in trees of one port a GPU alone",
      std::invalid_argument);
  CHECK(Bottlenecks::can_follow(Router(torus)));
}
