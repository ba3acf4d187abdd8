// What the platform of 24,576 GPUs costs: build time and memory, routes a second, one data-parallel
// phase of 16,384 GPUs, an all-reduce of 512 that contend; and routes a second of each structure.
// Prints; asserts nothing.
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

const BytesPerSecond rate = bytes_per_second(50e9);

/// Routers that are all joined to each other, with GPUs.
fabric::Fabric full_mesh(VertexIndex routers, VertexIndex gpus_each) {
  fabric::Fabric mesh;
  mesh.structure = fabric::Structure::Any;
  const VertexIndex n = routers * gpus_each;
  for (VertexIndex gpu = 0; gpu < n; ++gpu) mesh.add_vertex(fabric::VertexKind::Gpu, 0);
  for (VertexIndex i = 0; i < routers; ++i) mesh.add_vertex(fabric::VertexKind::Router, 1);
  for (VertexIndex gpu = 0; gpu < n; ++gpu)
    mesh.add_cable(
        {gpu, n + gpu / gpus_each, fabric::LinkKind::Nic, rate, seconds(1e-6), metres(0)});
  for (VertexIndex a = 0; a < routers; ++a)
    for (VertexIndex b = a + 1; b < routers; ++b)
      mesh.add_cable(
          {n + a, n + b, fabric::LinkKind::SwitchToSwitch, rate, seconds(1e-6), metres(0)});
  return mesh;
}

/// `n_ends`: destinations that flows go to; all where it is 0.
void time_routes(const char* name, const fabric::Fabric& fabric, const fabric::Routing& routing,
                 std::int64_t n_ends = 0) {
  const fabric::Router router(fabric, routing);
  if (n_ends == 0) n_ends = fabric.n_gpus();
  fabric::Route route;
  const Stopwatch watch;
  constexpr std::int64_t n_routes = 1'000'000;
  std::size_t hops = 0;
  for (std::int64_t i = 0; i < n_routes; ++i) {
    const auto src = static_cast<VertexIndex>(i * 7919 % fabric.n_gpus());
    const auto dst = static_cast<VertexIndex>(i * 104'729 % n_ends);
    static_cast<void>(router.find_route({src, dst, static_cast<std::uint64_t>(i)}, route));
    hops += route.links.size();
  }
  fmt::print("{:<46} {:8.0f} thousand routes/s   ({:.2f} links)\n", name,
             1e-3 * n_routes / watch.elapsed_s(), static_cast<double>(hops) / n_routes);
}

void run_and_print(const char* name, const fabric::Fabric& fabric, fabric::PathChoice choice,
                   const std::vector<collectives::Ring>& all) {
  const auto result = run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Router router(fabric, {choice, 1, 1});
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

  using enum fabric::PathChoice;
  time_routes("24,576-GPU Clos", meta, {});
  time_routes("24,576-GPU Clos, ECMP", meta, {SeededHash});
  time_routes("24,576-GPU Clos, adaptive", meta, {Adaptive});
  const auto torus = fabric::uniform(fabric::Torus{{16, 32, 32}}, rate, seconds(1e-6));
  time_routes("torus of 16 x 32 x 32", torus, {});
  fabric::Fabric graph = torus;  // the same, as a graph of no known structure
  graph.structure = fabric::Structure::Any;
  time_routes("the same torus, over distances", graph, {}, 2000);
  const fabric::Fabric mesh = full_mesh(512, 32);
  time_routes("full mesh of 512 routers, 16,384 GPUs", mesh, {});
  time_routes("full mesh, Valiant", mesh, {Valiant});
  time_routes("full mesh, UGAL", mesh, {Ugal});

  // Ranks side by side; and ranks 16 nodes apart, so that rings cross pods and meet on trunks.
  const auto near = rings([](VertexIndex group, VertexIndex rank) { return group * 128 + rank; });
  const auto far = rings([](VertexIndex group, VertexIndex rank) { return rank * 16 + group; });
  run_and_print("16,384-GPU rings, ranks side by side", meta, DestinationModulo, near);
  run_and_print("16,384-GPU rings, ranks 16 nodes apart", meta, DestinationModulo, far);
  run_and_print("the same, hashed (ECMP)", meta, SeededHash, far);

  // 256 MiB over 512 GPUs of a tapered Clos, in an order by which the ring crosses pods at each
  // step and meets itself on the trunks.
  const fabric::Fabric tapered = fabric::clos_of(
      {.leaves_per_pod = 8, .pods = 4, .aggregation_per_pod = 8, .cores = 4, .taper = 7.0});
  constexpr double chunk = 256.0 * 1024 * 1024 / 512;
  collectives::Ring all_reduce{{}, bytes(chunk), 2 * 511};
  for (VertexIndex rank = 0; rank < 512; ++rank)
    all_reduce.gpus.push_back(rank % 4 * 128 + rank / 4);
  run_and_print("256 MiB all-reduce over 512 GPUs, D-mod-k", tapered, DestinationModulo,
                {all_reduce});
  run_and_print("the same, hashed (ECMP)", tapered, SeededHash, {all_reduce});
  run_and_print("the same, adaptive", tapered, Adaptive, {all_reduce});

  // No order at all: one ring through 4,096 GPUs in a scrambled order, a single knot of flows.
  collectives::Ring scrambled{{}, bytes(1e6), 1};
  for (VertexIndex rank = 0; rank < 4096; ++rank)
    scrambled.gpus.push_back(static_cast<VertexIndex>(std::int64_t{rank} * 7919 % 4096 * 6));
  run_and_print("4,096-GPU ring in a scrambled order, hashed", meta, SeededHash, {scrambled});
}
