// The simulated wall beside the closed form that is printed with it, where the closed form holds.
#include "experiment/wall.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "../training/walls.hpp"
#include "training/laws/layer_latency.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

constexpr std::int64_t tensor = 16;  // in each of two dimensions

WallConfig config_of(LatencyForm form) {
  WallConfig config;
  config.batch_law = "cube-root-parameters";
  config.anchor = tokens(60e6);
  config.anchor_parameters = 1.8e12;
  config.anchor_source = "a test";
  config.latency_form = form;
  config.kernel_latency = seconds(4.5e-6);
  return config;
}

/// H100 in domains of 8, of which only the latencies are left for the simulation: nothing waits for
/// products, bytes or memory, and the routes take no longer than the hop.
WallSetup setup_of(const WallConfig& config, Seconds inside, DomainSteps steps) {
  WallSetup setup;
  setup.laws = laws_of(config);
  setup.sequence = 2048;
  setup.duration = seconds(config.months * seconds_per_month);
  setup.chip.name = "a chip";
  setup.chip.peak.bf16 = flop_per_second(1e15);
  setup.chip.multiprocessors = 132;
  setup.chip.memory_size = bytes(1e24);
  setup.chip.memory_bandwidth = bytes_per_second(3.35e12);
  setup.efficiency.tensor_alpha = seconds(6.8e-6);
  setup.efficiency.scale_up_hop = inside;
  setup.efficiency.scale_out_hop = seconds(5e-6);
  fabric::FabricConfig fabric;
  fabric.network.fat_tree = fabric::FatTree{.ports = 64};
  const auto any = bytes_per_second(1e24);
  setup.network = {8, any, any, fabric::family_of(fabric), steps};
  for (auto& tier : setup.network.family.tiers) {
    tier.bandwidth = any;
    tier.latency = seconds(0);
  }
  setup.form = config.latency_form;
  setup.kernel_latency = config.kernel_latency;
  setup.plan.zero_stage = 1;
  setup.grid = {tensor, tensor};
  return setup;
}

/// Where the least minibatch, peak over memory bandwidth, makes the closed form's groups 16 x 16:
/// t^2 = C/(T peak u) (peak/W)/B, so W = C/(T u B t^2), at the wall for layers of 16 x 16.
void ask_for_the_grid(WallSetup& setup, const WallConfig& config) {
  const auto& e = setup.efficiency;
  const Seconds layer = layer_latency(
      setup.form, {*config.kernel_latency, e.tensor_alpha, e.scale_up_hop, e.scale_out_hop},
      tensor);
  const Flop wall = wall_compute([&](Flop compute) {
    return double(serial_time(grown_run(setup.laws, compute), layer) / setup.duration);
  });
  const double batch = grown_run(setup.laws, wall).batch.value();
  setup.chip.memory_bandwidth = bytes_per_second(
      wall.value() / (setup.duration.value() * config.utilisation * batch * tensor * tensor));
}

double simulated_wall(WallSetup setup) {
  setup.chip.peak.bf16 = flop_per_second(1e24);
  setup.chip.memory_bandwidth = bytes_per_second(1e24);
  return tests::simulated_wall(setup, 1e27, 1e36);
}

}  // namespace

TEST_CASE("with latencies alone the simulated wall is the closed form's: text") {
  // 8 (4.5 + 6.8 + 2 (2.75 x 0.6 + 5 lg(16/2.75))) = 320.1 us. Simulated: 36 us of kernels and 4
  // blocks of 2 x 6.8 us and 2 ways of 7 x 0.6 + 5 lg(16/8) us in rows and 5 lg 16 us in columns,
  // 324.0 us.
  const auto config = config_of(LatencyForm::Text);
  auto setup = setup_of(config, seconds(0.6e-6), DomainSteps::Chain);
  ask_for_the_grid(setup, config);
  const auto closed = experiment::closed_wall(config, setup);
  CHECK(closed.tensor == doctest::Approx(tensor).epsilon(1e-3));
  CHECK(closed.layer.value() == doctest::Approx(320.1e-6).epsilon(1e-3));
  CHECK(simulated_wall(setup) == doctest::Approx(closed.compute.value()).epsilon(0.1));
}

TEST_CASE("with latencies alone the simulated wall is the closed form's: appendix") {
  // Its pods hold 8 GPUs of either dimension; domains hold 8 of the rows only. Both are the same
  // where a doubling takes as long inside: 4 (6.8 + 2 (3 x 5 + 5 lg(16/8))) = 187.2 us.
  const auto config = config_of(LatencyForm::Appendix);
  auto setup = setup_of(config, seconds(5e-6), DomainSteps::Halves);
  ask_for_the_grid(setup, config);
  const auto closed = experiment::closed_wall(config, setup);
  CHECK(closed.tensor == doctest::Approx(tensor).epsilon(1e-3));
  CHECK(closed.layer.value() == doctest::Approx(187.2e-6).epsilon(1e-3));
  CHECK(simulated_wall(setup) == doctest::Approx(closed.compute.value()).epsilon(0.1));
}
