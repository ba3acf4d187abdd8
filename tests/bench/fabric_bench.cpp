// What the platform of 24,576 GPUs costs: build time and memory, routes a second, and one
// data-parallel phase of 16,384 GPUs. Prints; asserts nothing.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "engine/flow_phase.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"
#include "fabric/analysis.hpp"
#include "measure.hpp"

using namespace longhaul;
using namespace longhaul::bench;
using namespace longhaul::engine;
using fabric::VertexIndex;

namespace {

/// 128-rank rings over 2,048 nodes, one a rail; rank r of group g is node `node(g, r)`.
template <class NodeOf>
std::vector<collectives::Ring> rings(NodeOf node) {
  std::vector<collectives::Ring> all;
  for (VertexIndex group = 0; group < 16; ++group)
    for (VertexIndex rail = 0; rail < 8; ++rail) {
      collectives::Ring ring{{}, bytes(1e6), 254};
      for (VertexIndex rank = 0; rank < 128; ++rank)
        ring.gpus.push_back(node(group, rank) * 8 + rail);
      all.push_back(std::move(ring));
    }
  return all;
}

void run_and_print(const char* name, const fabric::Fabric& fabric, fabric::PathChoice choice,
                   const std::vector<collectives::Ring>& all) {
  const auto result = run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Router router(fabric, choice, 1);
    FabricZone zone(router);
    const Stopwatch watch;
    const Seconds slowest = std::ranges::max(run_rings(zone, all));
    return std::vector{watch.elapsed_s(), slowest.value(), peak_mb()};
  });
  fmt::print("{:<46} {:8.3f} s   (simulated {:.6f} s, {:.0f} MB)\n", name, result[0], result[1],
             result[2]);
}

}  // namespace

int main() {
  const Stopwatch build;
  const fabric::Fabric meta = fabric::clos_of();
  fmt::print("{:<46} {:8.3f} s\n", "graph, 24,576 GPUs", build.elapsed_s());
  const fabric::Router router(meta);
  fmt::print("{:<46} {:8.3f} s\n", "graph and router", build.elapsed_s());
  const auto zone = run_forked_values<double>([&] {
    const Stopwatch watch;
    start_engine(Clock::Detail);
    fabric::Router own(meta);
    FabricZone platform(own);
    return std::vector{watch.elapsed_s(), peak_mb()};
  });
  fmt::print("{:<46} {:8.3f} s   ({:.0f} MB in all)\n", "SimGrid, another router and the zone",
             zone[0], zone[1]);

  fabric::Route route;
  const Stopwatch routing;
  constexpr int n_routes = 1'000'000;
  std::size_t hops = 0;
  for (int i = 0; i < n_routes; ++i) {
    const auto src = static_cast<VertexIndex>(static_cast<std::int64_t>(i) * 7919 % 24'576);
    const auto dst = static_cast<VertexIndex>(static_cast<std::int64_t>(i) * 104'729 % 24'576);
    static_cast<void>(router.find_route({src, dst}, route));
    hops += route.links.size();
  }
  fmt::print("{:<46} {:8.3f} s   ({:.2f} us each, {:.2f} links)\n", "a million routes",
             routing.elapsed_s(), routing.elapsed_s() * 1e6 / n_routes,
             static_cast<double>(hops) / n_routes);

  // Ranks side by side; and ranks 16 nodes apart, so that rings cross pods and meet on trunks.
  const auto near = rings([](VertexIndex group, VertexIndex rank) { return group * 128 + rank; });
  const auto far = rings([](VertexIndex group, VertexIndex rank) { return rank * 16 + group; });
  using enum fabric::PathChoice;
  run_and_print("16,384-GPU rings, ranks side by side", meta, DestinationModulo, near);
  run_and_print("16,384-GPU rings, ranks 16 nodes apart", meta, DestinationModulo, far);
  run_and_print("the same, hashed (ECMP)", meta, SeededHash, far);

  // No order at all: one ring through 4,096 GPUs in a scrambled order, a single knot of flows.
  collectives::Ring scrambled{{}, bytes(1e6), 1};
  for (VertexIndex rank = 0; rank < 4096; ++rank)
    scrambled.gpus.push_back(static_cast<VertexIndex>(std::int64_t{rank} * 7919 % 4096 * 6));
  run_and_print("4,096-GPU ring in a scrambled order, hashed", meta, SeededHash, {scrambled});
}
