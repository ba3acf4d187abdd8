#include "experiment/wall.hpp"

#include <algorithm>
#include <cmath>

#include "fabric/family.hpp"
#include "training/kernels.hpp"
#include "training/laws/layer_latency.hpp"

namespace longhaul::experiment {

namespace {

/// Evenly by ratio, `to` too where it is a point.
std::vector<Flop> points_of(const training::WallConfig& config) {
  const auto per_decade = static_cast<double>(config.points_per_decade);
  const double decades = std::log10(double(config.to / config.from));
  const auto n = static_cast<int>(std::floor(decades * per_decade + 1e-6));
  std::vector<Flop> points;
  points.reserve(static_cast<std::size_t>(n) + 1);
  for (int i = 0; i <= n; ++i) points.push_back(config.from * std::pow(10.0, i / per_decade));
  return points;
}

}  // namespace

training::WallSetup wall_setup(const scenario::Scenario& scenario) {
  const auto& config = *scenario.wall;
  const auto& platform = *scenario.platform;
  training::WallSetup setup;
  setup.laws = training::laws_of(config);
  setup.sequence = config.sequence;
  setup.duration = seconds(config.months * seconds_per_month);
  setup.chip = platform.chip;
  setup.efficiency = *scenario.run.efficiency;
  const auto& fabric = platform.fabric;
  setup.network = {fabric.gpus_per_node, platform.chip.scale_up_bandwidth,
                   platform.chip.nic_bandwidth, fabric::family_of(fabric), config.domain_steps};
  setup.form = config.latency_form;
  setup.kernel_latency = config.kernel_latency;
  setup.split_products = config.split_products;
  setup.plan = scenario.run.plan;
  return setup;
}

ClosedWall closed_wall(const training::WallConfig& config, const training::WallSetup& setup) {
  const auto& e = setup.efficiency;
  const double n_matmuls = training::collectives_of(setup.form).n_matmuls;
  const Seconds kernel =
      config.kernel_latency.value_or(training::counted_kernels(setup) * e.launch / n_matmuls);
  const training::SerialLatencies latencies{kernel, e.tensor_alpha, e.scale_up_hop,
                                            e.scale_out_hop};
  const FlopPerSecond peak = training::matrix_peak(setup.chip, setup.plan.precision);
  // H p/(2 W), p = 2 bytes [Sevilla+ 2024].
  const Tokens least = tokens(peak.value() / setup.chip.memory_bandwidth.value());
  const auto tensor_at = [&](Flop compute, const training::GrownRun& run) {
    const double gpus =
        run.examples * double(compute / (setup.duration * peak)) / config.utilisation;
    return training::tensor_of_minibatch(gpus, least, run.batch);
  };
  const auto layer_at = [&](double tensor) {
    return config.layer_latency.value_or(training::layer_latency(setup.form, latencies, tensor));
  };
  ClosedWall wall;
  wall.compute = training::wall_compute([&](Flop compute) {
    const auto run = training::grown_run(setup.laws, compute);
    return double(training::serial_time(run, layer_at(tensor_at(compute, run))) / setup.duration);
  });
  if (!std::isfinite(wall.compute.value())) return wall;
  const auto run = training::grown_run(setup.laws, wall.compute);
  wall.n_parameters = run.model.n_parameters;
  wall.tensor = tensor_at(wall.compute, run);
  wall.layer = layer_at(wall.tensor);
  return wall;
}

Wall find_wall(const scenario::Scenario& scenario) {
  Wall wall;
  wall.setup = wall_setup(scenario);
  for (const Flop& compute : points_of(*scenario.wall))
    wall.points.push_back(training::wall_point(wall.setup, compute));
  const auto best =
      std::max_element(wall.points.begin(), wall.points.end(),
                       [](const auto& a, const auto& b) { return a.utilisation < b.utilisation; });
  wall.largest_utilisation = best->utilisation;
  const auto first_below = [&](double least) -> std::optional<Flop> {
    if (!(best->utilisation > 0)) return wall.points.front().compute;  // none is done in time
    const auto found = std::find_if(best, wall.points.end(), [&](const training::WallPoint& point) {
      return point.utilisation < least;
    });
    if (found == wall.points.end()) return std::nullopt;
    return found->compute;
  };
  constexpr double knee = 0.8;
  wall.knee = first_below(knee * best->utilisation);
  wall.half = first_below(0.5 * best->utilisation);
  wall.wall = first_below(training::least_utilisation);
  wall.closed = closed_wall(*scenario.wall, wall.setup);
  return wall;
}

}  // namespace longhaul::experiment
