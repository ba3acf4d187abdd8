// What a step costs: one of 98,304 GPUs in flow fidelity, beside the platform; and one of 512 GPUs
// with every rank simulated. Prints; asserts nothing.
#include <fmt/format.h>

#include <map>
#include <numeric>
#include <vector>

#include "../fabric/fabrics.hpp"
#include "../training/shapes.hpp"
#include "engine/every_rank.hpp"
#include "engine/forked.hpp"
#include "engine/settings.hpp"
#include "engine/step_oracle.hpp"
#include "measure.hpp"
#include "training/placed_traffic.hpp"
#include "training/step_time.hpp"

using namespace longhaul;
using namespace longhaul::bench;
using namespace longhaul::engine;
using fabric::VertexIndex;

namespace {

void print(const char* name, double elapsed_s, const std::string& remark = "") {
  fmt::print("{:<58} {:10.6f} s   {}\n", name, elapsed_s, remark);
}

/// About an H100 and the calibrated set of its 16-bit steps.
hardware::Chip chip() {
  hardware::Chip chip;
  chip.peak.bf16 = flop_per_second(989e12);
  chip.multiprocessors = 132;
  chip.memory_size = bytes(80e9);
  chip.memory_bandwidth = bytes_per_second(3.35e12);
  chip.scale_up_bandwidth = bytes_per_second(450e9);
  chip.nic_bandwidth = bytes_per_second(50e9);
  return chip;
}
training::Efficiency efficiency() {
  training::Efficiency e;
  e.gemm = 0.587;
  e.memory = 0.6;
  e.attention = 0.4;
  e.launch = seconds(3e-6);
  e.scale_up = 0.822;
  e.scale_out = 0.95;
  e.scale_up_hop = seconds(3.4e-6);
  e.scale_out_hop = seconds(14e-6);
  e.tensor_alpha = seconds(20e-6);
  e.pipeline_alpha = e.data_alpha = seconds(50e-6);
  e.tensor_overlap = e.pipeline_overlap = 0.5;
  e.data_overlap = 0.6;
  return e;
}

std::vector<VertexIndex> ranks_in_order(std::int64_t n) {
  std::vector<VertexIndex> gpus(static_cast<std::size_t>(n));
  std::iota(gpus.begin(), gpus.end(), 0);
  return gpus;
}

/// Llama 3 405B on 98,304 GPUs, as the oracle of a run answers: a step that is new, and the same
/// again, which is remembered by its placement.
void time_flow_step(const fabric::Fabric& fabric, training::RankOrder order, const char* name) {
  const training::ModelShape model = tests::llama3_405b();
  const training::Plan plan{.tensor = 8,
                            .pipeline = 16,
                            .data = 768,
                            .sequence_parallel = true,
                            .zero_stage = 1,
                            .order = order};
  const training::Batch batch{8192, 16 * plan.data};
  const auto gpus = ranks_in_order(training::gpus(plan));
  const auto values = run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Router router(fabric);
    FabricZone zone(router);
    std::map<std::vector<VertexIndex>, Seconds> remembered;
    const auto step = [&] {
      if (const auto known = remembered.find(gpus); known != remembered.end()) return known->second;
      const auto phases = training::traffic(model, plan, batch, 8);
      const auto times = flow_times(zone, phases, gpus, efficiency());
      return remembered[gpus] =
                 step_time(model, plan, batch, chip(), efficiency(), phases, times).total;
    };
    const Stopwatch cold;
    const Seconds total = step();
    const double cold_s = cold.elapsed_s();
    const Stopwatch warm;
    static_cast<void>(step());
    const double warm_s = warm.elapsed_s();
    const Stopwatch closed;
    const auto phases = training::traffic(model, plan, batch, 8);
    static_cast<void>(training::placed_times(phases, gpus, router, efficiency()));
    return std::vector{cold_s, warm_s, closed.elapsed_s(), total.value(), peak_mb()};
  });
  fmt::print("{}\n", name);
  print("  cold", values[0], fmt::format("(simulated {:.6f} s, {:.0f} MB)", values[3], values[4]));
  print("  remembered", values[1]);
  print("  the closed form with link loads", values[2]);
}

void time_every_rank() {
  fabric::ThreeLayerClos clos;
  clos.leaves_per_pod = 8;
  clos.pods = 4;
  const fabric::Fabric fabric = clos_of(clos);
  training::ModelShape model = tests::llama3_405b();
  model.layers = 16;
  const training::Plan plan{
      .tensor = 8, .pipeline = 4, .data = 16, .sequence_parallel = true, .zero_stage = 1};
  const training::Batch batch{8192, 8 * plan.data};
  const auto gpus = ranks_in_order(512);
  const auto values = run_forked_values<double>([&] {
    start_engine(Clock::Detail);
    fabric::Router router(fabric);
    FabricZone zone(router);
    const Stopwatch watch;
    const auto step = every_rank_step(zone, model, plan, batch, chip(), efficiency(), gpus);
    return std::vector{watch.elapsed_s(), step.total.value(), static_cast<double>(step.n_flows),
                       peak_mb()};
  });
  print("every rank of 512 GPUs, 16 layers, 8 microbatches", values[0],
        fmt::format("(simulated {:.6f} s, {:.0f} flows, {:.0f} MB)", values[1], values[2],
                    values[3]));
}

}  // namespace

int main() {
  time_every_rank();
  fabric::ThreeLayerClos clos;
  clos.pods = 32;
  const Stopwatch build;
  const fabric::Fabric fabric = clos_of(clos);
  const double graph_s = build.elapsed_s();
  const auto zone = run_forked_values<double>([&] {
    const Stopwatch watch;
    start_engine(Clock::Detail);
    fabric::Router router(fabric);
    const FabricZone platform(router);
    return std::vector{watch.elapsed_s(), peak_mb()};
  });
  print("the platform of 98,304 GPUs", graph_s + zone[0], fmt::format("({:.0f} MB)", zone[1]));
  using enum training::RankOrder;
  time_flow_step(fabric, PipelineInside, "Llama 3 405B, tensor 8 x pipeline 16 x data 768");
  time_flow_step(fabric, DataInside, "the same with stages side by side, not replicas");
}
