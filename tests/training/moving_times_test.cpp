#include "training/moving_times.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "fabric/analysis.hpp"
#include "random/stream.hpp"
#include "shapes.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

struct Case {
  std::string name;
  fabric::FabricConfig config;
  ModelShape model;
  Plan plan;
};

/// 16 nodes of 8 GPUs, two to a leaf and four to a pod; a quarter of the bandwidth leaves a pod.
fabric::FabricConfig small_clos(const fabric::Routing& routing = {},
                                fabric::Rails rails = fabric::Rails::Packed) {
  auto config = fabric::clos_config({.gpus_per_leaf = 16,
                                     .leaves_per_pod = rails == fabric::Rails::Packed ? 2 : 8,
                                     .pods = rails == fabric::Rails::Packed ? 4 : 1,
                                     .aggregation_per_pod = 4,
                                     .cores = 4,
                                     .taper = 4});
  config.rails = rails;
  config.routing = routing;
  return config;
}

std::vector<Case> cases() {
  using fabric::PathChoice;
  const auto gpt = tests::gpt3_175b();
  const auto qwen = tests::qwen3_30b();
  const Plan dense{.tensor = 4, .pipeline = 2, .data = 8};
  const Plan alone{.tensor = 2, .pipeline = 3, .data = 8};
  const auto bandwidth = bytes_per_second(50e9);
  const auto latency = seconds(1e-6);
  const auto planes = [](const fabric::Routing& routing) {
    auto config = small_clos(routing);
    config.planes = 2;
    return config;
  };
  auto two_pods = fabric::uniform_config(fabric::Torus{{4, 4, 2}}, bandwidth, latency);
  two_pods.sites.buildings = 2;
  return {
      {"D-mod-k", small_clos(), gpt, dense},
      {"D-mod-k, pipeline inside",
       small_clos(),
       gpt,
       {.tensor = 8,
        .pipeline = 4,
        .data = 2,
        .zero_stage = 2,
        .order = RankOrder::PipelineInside}},
      {"D-mod-k, context",
       small_clos(),
       gpt,
       {.tensor = 2, .pipeline = 2, .data = 4, .context = 4}},
      {"D-mod-k, experts", small_clos(), qwen, {.pipeline = 2, .data = 32, .expert = 16}},
      {"ECMP", small_clos({PathChoice::SeededHash, 3, 7}), gpt, dense},
      {"ECMP, experts",
       small_clos({PathChoice::SeededHash, 1, 7}),
       qwen,
       {.pipeline = 2, .data = 32, .expert = 16}},
      {"spraying", small_clos({PathChoice::Spray, 1, 0}), gpt, dense},
      {"rails", small_clos({}, fabric::Rails::Optimised), gpt, dense},
      {"adaptive", small_clos({PathChoice::Adaptive, 1, 0}), gpt, dense},
      {"adaptive, rails",
       small_clos({PathChoice::Adaptive, 1, 0}, fabric::Rails::Optimised),
       gpt,
       {.tensor = 8,
        .pipeline = 4,
        .data = 2,
        .zero_stage = 2,
        .order = RankOrder::PipelineInside}},
      {"adaptive, experts",
       small_clos({PathChoice::Adaptive, 1, 0}),
       qwen,
       {.pipeline = 2, .data = 32, .expert = 16}},
      {"planes", planes({}), gpt, dense},
      {"planes, ECMP", planes({PathChoice::SeededHash, 3, 7}), gpt, dense},
      {"two pods of a torus", two_pods, gpt, alone},
      {"torus", fabric::uniform_config(fabric::Torus{{4, 4, 4}}, bandwidth, latency), gpt, alone},
      {"dragonfly", fabric::uniform_config(fabric::Dragonfly{4, 2, 2}, bandwidth, latency), gpt,
       alone},
  };
}

}  // namespace

TEST_CASE("after any exchange of nodes the phases take what they take when all is timed anew") {
  const Batch batch{2048, 64};
  constexpr int n_exchanges = 60;
  for (const Case& it : cases()) {
    CAPTURE(it.name);
    const auto& config = it.config;
    const auto& plan = it.plan;
    const auto built = make_fabric(config);
    const fabric::Router router(built);
    const auto phases = traffic(it.model, plan, batch, config.gpus_per_node);
    const Efficiency efficiency;  // hops take what their routes do
    // By position, first those of the run; the rest are spares.
    const auto per_node = config.gpus_per_node;
    const auto n_used = gpus(plan) / per_node;
    std::vector<std::int64_t> nodes(static_cast<std::size_t>(built.n_gpus() / per_node));
    std::iota(nodes.begin(), nodes.end(), 0);
    random::Stream stream(1, it.name);
    const auto gpus_of = [&](std::int64_t position) {
      std::vector<Move> moves;
      for (std::int64_t i = 0; i < per_node; ++i)
        moves.push_back({position * per_node + i,
                         static_cast<fabric::VertexIndex>(
                             nodes[static_cast<std::size_t>(position)] * per_node + i)});
      return moves;
    };
    std::vector<fabric::VertexIndex> placed(static_cast<std::size_t>(gpus(plan)));
    std::iota(placed.begin(), placed.end(), 0);
    MovingTimes moving(phases, placed, router, efficiency);
    for (int i = 0; i <= n_exchanges; ++i) {
      const auto anew = placed_times(phases, placed, router, efficiency);
      const auto moved = moving.times();
      for (std::size_t p = 0; p < phases.size; ++p) {
        CAPTURE(i);
        CAPTURE(p);
        REQUIRE(anew[p] > Seconds());
        REQUIRE(moved[p].value() == doctest::Approx(anew[p].value()).epsilon(1e-9));
      }
      // A node of the run for a spare.
      const auto position = stream.below(n_used);
      const auto spare = n_used + stream.below(std::ssize(nodes) - n_used);
      std::swap(nodes[static_cast<std::size_t>(position)], nodes[static_cast<std::size_t>(spare)]);
      const auto moves = gpus_of(position);
      for (const auto& [rank, gpu] : moves) placed[static_cast<std::size_t>(rank)] = gpu;
      moving.move(moves);
    }
    CHECK(moving.n_solved() == 0);
  }
}

namespace {

/// Eight leaves of four GPUs, all links of 50 GB/s; rank r is on GPU r. Each flow is a ring of one
/// step, of the kind that is given for it.
MovingRings one_by_one(const fabric::Router& router,
                       const std::vector<std::pair<std::int32_t, std::int32_t>>& flows,
                       const std::vector<std::uint8_t>& kinds) {
  RingEnds ends{flows, {0}, kinds};
  for (std::size_t flow = 1; flow <= flows.size(); ++flow) ends.first.push_back(flow);
  std::vector<fabric::VertexIndex> gpus(32);
  std::iota(gpus.begin(), gpus.end(), 0);
  return {ends, gpus, router, std::make_shared<fabric::LinkTypes>(router)};
}

}  // namespace

TEST_CASE("the longest way and the narrowest link may be of different rings") {
  const auto built =
      fabric::uniform(fabric::FatTree{.ports = 8}, bytes_per_second(50e9), seconds(1e-6));
  const fabric::Router router(built);
  // GPU 0 sends to two neighbours, at 25 GB/s each; GPU 3 to another leaf, alone at 50 GB/s.
  auto rings = one_by_one(router, {{0, 1}, {0, 2}, {3, 9}}, {0, 0, 0});
  const double near_s = router.route({0, 1, 0}).latency.value();
  const double far_s = router.route({3, 9, 0}).latency.value();
  REQUIRE(far_s > near_s + 1e-6);
  // 1,000 B take 40 ns near and 20 ns far, where latency is more than a microsecond longer.
  const auto small = rings.find_slowest({1.0, Seconds(), {bytes(1e3)}});
  REQUIRE(small.has_value());
  CHECK(small->value() == doctest::Approx(far_s + 20e-9).epsilon(1e-12));
  // 1 GB takes 40 ms near and 20 ms far.
  const auto large = rings.find_slowest({1.0, Seconds(), {bytes(1e9)}});
  REQUIRE(large.has_value());
  CHECK(large->value() == doctest::Approx(near_s + 40e-3).epsilon(1e-12));
}

TEST_CASE("where a slower kind leaves more of a link to another nothing is claimed") {
  const auto built =
      fabric::uniform(fabric::FatTree{.ports = 8}, bytes_per_second(50e9), seconds(1e-6));
  const fabric::Router router(built);
  // Three flows leave GPU 0 at 16.7 GB/s each, one of them to GPU 1. So the flow of the other kind
  // from GPU 2 to GPU 1 gets 33.3 GB/s, more than its share of 25.
  const std::vector<fabric::Flow> flows{{0, 1}, {0, 3}, {0, 8}, {2, 1}};
  auto rings = one_by_one(router, {{0, 1}, {0, 3}, {0, 8}, {2, 1}}, {0, 0, 0, 1});
  REQUIRE(fabric::channels(router, flows)[3].bandwidth.value() == doctest::Approx(100e9 / 3));
  CHECK(!rings.find_slowest({1.0, Seconds(), {bytes(1), bytes(1e9)}}).has_value());
  // The first kind is the slowest of all where it sends enough: 1 GB at 16.7 GB/s.
  const auto first = rings.find_slowest({1.0, Seconds(), {bytes(1e9), bytes(1)}});
  REQUIRE(first.has_value());
  CHECK(first->value() == doctest::Approx(0.06 + router.route({0, 8, 0}).latency.value()));
}
