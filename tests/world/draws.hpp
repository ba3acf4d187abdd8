// The medians of Sevilla+ 2024, to try bounds on.
#pragma once

#include "world/constraints.hpp"

namespace longhaul::world {

inline ConstraintDraw median_draw() {
  ConstraintDraw d;
  d.horizon = seconds(6 * seconds_per_year);
  d.gpt4_compute = flop(2.1e25);
  d.tokens_per_parameter = tokens(20);
  d.run_duration = seconds(1.56e7);
  d.run_share = 0.26;
  d.gpu_peak = flop_per_second(2e15);
  d.utilisation = 0.375;
  d.gpu_performance_growth = 1.44;
  d.gpu_power = watts(1704);
  d.gpu_efficiency_growth = 1.28;
  d.ai_power = watts(3.04e9);
  d.datacentre_power = watts(4e10);
  d.datacentre_growth = 1.15;
  d.non_ai_growth = 1.08;
  d.campus_power = watts(2.5e9);
  d.loop_length = metres(2'945'100);
  d.fibre_delay = SecondsPerMetre::from_value(5e-9);
  d.site_bandwidth = bytes_per_second(8.192e14 / 8);
  d.site_bandwidth_growth = 1.5;
  d.gradient_size = bytes(1);
  d.gpu_stock = 2.2e6;
  d.gpu_production = per_second(1.85e6 / seconds_per_year);
  d.gpu_production_growth = 1.7;
  d.wafers = per_second(1.8e5 / seconds_per_month);
  d.dies_per_wafer = 28;
  d.capex_growth = 1.23;
  d.volume_per_capex = 0.53;
  d.text = tokens(5.1e14);
  d.images = 1e13;
  d.video = seconds(8.63e12);
  d.audio = seconds(8e11);
  d.tokens_per_image = tokens(22);
  d.tokens_per_audio = TokensPerSecond::from_value(23);
  d.data_growth = 1.07;
  d.data_quality = 0.2;
  d.epochs = 5;
  d.batch = tokens(6e7);
  d.batch_exponent = 0.36;
  d.batch_parameters = 1e12;
  d.least_minibatch = tokens(330);
  d.layer_exponent = 0.27;
  d.kernel_latency = seconds(4.5e-6);
  d.base_latency = seconds(6.8e-6);
  d.scale_up_latency = seconds(6e-7);
  d.scale_out_latency = seconds(5e-6);
  return d;
}

}  // namespace longhaul::world
