// What never lowers the wall, for random platforms, laws and months.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "training/wall_run.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

double between(double low, double high) {
  constexpr int steps = 10'000;
  return low + (high - low) * *rc::gen::inRange(0, steps + 1) / steps;
}
double by_ratio(double low, double high) {
  return std::exp(between(std::log(low), std::log(high)));
}

WallSetup any_setup() {
  WallSetup setup;
  setup.laws = {
      *find_model_law("tokens-per-parameter"), *find_depth_law("power-0.27"),
      anchored(*find_batch_law("cube-root-parameters"), {.batch = tokens(by_ratio(1e6, 1e8)),
                                                         .n_parameters = by_ratio(1e11, 3e12),
                                                         .source = "a test"})};
  setup.sequence = 2048;
  setup.duration = seconds(between(1, 12) * seconds_per_month);
  auto& chip = setup.chip;
  chip.peak.bf16 = flop_per_second(by_ratio(3e14, 5e15));
  chip.multiprocessors = 132;
  chip.memory_size = bytes(by_ratio(40e9, 300e9));
  chip.memory_bandwidth = bytes_per_second(by_ratio(1.5e12, 2e13));
  chip.scale_up_bandwidth = bytes_per_second(by_ratio(1e11, 2e12));
  chip.nic_bandwidth = bytes_per_second(by_ratio(2e10, 2e11));
  auto& e = setup.efficiency;
  e.gemm = 0.6;
  e.attention = 0.5;
  e.memory = 0.6;
  e.optimizer_bytes = 30;
  e.tensor_overlap = between(0, 1);
  e.data_overlap = between(0, 1);
  e.scale_up_hop = seconds(by_ratio(1e-7, 5e-6));
  e.scale_out_hop = seconds(by_ratio(1e-6, 3e-5));
  e.tensor_alpha = e.data_alpha = e.pipeline_alpha = seconds(by_ratio(1e-6, 3e-5));
  setup.kernel_latency = seconds(by_ratio(1e-6, 1e-5));
  fabric::FabricConfig fabric;
  if (*rc::gen::arbitrary<bool>())
    fabric.network.fat_tree = fabric::FatTree{.ports = 64};
  else
    fabric.network.torus = fabric::Torus{{8, 8, 8}};
  fabric.gpus_per_node = fabric.network.torus ? 1 : *rc::gen::element(1, 8, 72);
  setup.network = {fabric.gpus_per_node, chip.scale_up_bandwidth, chip.nic_bandwidth,
                   fabric::family_of(fabric), DomainSteps::Halves};
  setup.form = *rc::gen::element(LatencyForm::Appendix, LatencyForm::Text);
  setup.plan.zero_stage = *rc::gen::element(1, 2);
  return setup;
}

Flop decade(int i) { return flop(std::pow(10.0, i)); }

void lower_latency(WallSetup& setup) {
  const double by = between(0, 1);
  auto& e = setup.efficiency;
  for (Seconds* one : {&e.scale_up_hop, &e.scale_out_hop, &e.tensor_alpha, &e.data_alpha,
                       &e.pipeline_alpha, &*setup.kernel_latency})
    *one *= by;
  for (auto& tier : setup.network.family.tiers) tier.latency *= by;
  if (setup.network.family.torus) setup.network.family.torus->link_latency *= by;
}
void more_months(WallSetup& setup) { setup.duration *= by_ratio(1, 10); }
void twice_the_batch(WallSetup& setup) { setup.laws.batch_over_critical *= 2; }
void half_the_layers(WallSetup& setup) { setup.laws.depth.factor /= 2; }

}  // namespace

TEST_CASE("lower latency, more months, twice the batch or half the layers never lower the wall") {
  // Where 1 % of the GPUs' peak was used, at the last decade of compute before the wall, it still
  // is.
  rc::check([] {
    auto setup = any_setup();
    setup.laws.trade_off = *rc::gen::arbitrary<bool>();
    const auto before_wall = [&](int i) {
      return wall_point(setup, decade(i)).utilisation >= least_utilisation;
    };
    int before = 25;
    int behind = 33;
    while (behind - before > 1) {
      const int middle = (before + behind) / 2;
      (before_wall(middle) ? before : behind) = middle;
    }
    if (before == 25) RC_DISCARD("ends at once");
    const auto improve =
        *rc::gen::element(lower_latency, more_months, twice_the_batch, half_the_layers);
    improve(setup);
    RC_ASSERT(before_wall(before));
  });
}

TEST_CASE("what never lowers the closed form never does, whatever the laws") {
  rc::check([] {
    auto setup = any_setup();
    const auto wall = [&](double layer_s) {
      return wall_compute([&](Flop compute) {
               return double(serial_time(grown_run(setup.laws, compute), seconds(layer_s)) /
                             setup.duration);
             })
          .value();
    };
    const double layer_s = by_ratio(1e-5, 1e-3);
    const double before = wall(layer_s);
    RC_ASSERT(wall(layer_s * between(0.01, 1)) >= before * (1 - 1e-9));
    setup.duration *= by_ratio(1, 10);
    const double longer = wall(layer_s);
    RC_ASSERT(longer >= before * (1 - 1e-9));
    setup.laws.batch_over_critical = by_ratio(1, 100);
    const double larger = wall(layer_s);
    RC_ASSERT(larger >= longer * (1 - 1e-9));
    setup.laws.depth.factor *= between(0.01, 1);
    RC_ASSERT(wall(layer_s) >= larger * (1 - 1e-9));
  });
}
