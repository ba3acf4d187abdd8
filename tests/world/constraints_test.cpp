#include "world/constraints.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "draws.hpp"

namespace longhaul::world {
namespace {

/// To six digits, as the hand computations are written.
doctest::Approx about(double value) { return doctest::Approx(value).epsilon(2e-6); }

TEST_CASE("a campus bounds a run by the GPUs that it can feed") {
  // 2.5e9/1704 = 1,467,136 H100; their FLOP per joule grow by 1.28^6 = 4.398047; each does
  // 2e15 * 0.375 * 1.56e7 = 1.17e22 FLOP: 7.54946e28.
  CHECK(campus_bound(median_draw()).value() == about(7.549464e28));
}

TEST_CASE("distributed power is what data centres beyond the others leave, times the run's share") {
  // 40 GW * 1.15^6 = 92.52243; (40 - 3.04) * 1.08^6 = 58.65087; (92.52243 - 58.65087) * 0.26.
  auto draw = median_draw();
  CHECK(distributed_power(draw).value() == about(8.806604e9));
  // Others grow no faster than all: 3.04 GW * 1.05^6 * 0.26.
  draw.datacentre_growth = 1.05;
  CHECK(distributed_power(draw).value() == about(3.04e9 * 1.340095641 * 0.26));
  draw.ai_power = watts(0);  // and AI has none where others had all
  CHECK(distributed_power(draw).value() == doctest::Approx(0).epsilon(1).scale(1));
}

TEST_CASE("bandwidth between sites: the run's updates and no more") {
  // t = 2 N/F + 2 t_L, F = 1.024e14 * 1.5^6 = 1.1664e15 B/s, t_L = 2,945.1/200,000 = 14.7255 ms.
  // N = 1.5684338e14: t = 0.2689359 + 0.0294510 = 0.2983869 s, U = 1.56e7/t = 5.228111e7 updates
  // of 6e7 tokens are 3.136867e15 tokens, 20 N; C = 120 N^2.
  auto draw = median_draw();
  CHECK(bandwidth_bound(draw).value() == about(2.951982e30));
  // Without fibre N = sqrt(T B F/40) = 1.652082e14.
  draw.loop_length = metres(1e-9);
  CHECK(bandwidth_bound(draw).value() == about(120 * 1.6520823e14 * 1.6520823e14));
}

TEST_CASE("power is the larger of one campus and what distributed power and bandwidth allow") {
  auto draw = median_draw();
  CHECK(power_bound(draw).value() == about(2.659406e29));  // 8.806604 GW, as for the campus
  draw.campus_power = watts(25e9);
  CHECK(power_bound(draw).value() == about(7.549464e29));
  draw.campus_power = watts(2.5e9);
  draw.site_bandwidth = bytes_per_second(5e12);
  CHECK(power_bound(draw) == bandwidth_bound(draw));
  draw.site_bandwidth = bytes_per_second(1e9);
  CHECK(power_bound(draw) == campus_bound(draw));
}

TEST_CASE("chips are those there were and those made since, in the H100s that they equal") {
  // 1.7 * 1.44 = 2.448, 2.448^6 = 215.2130, ln = 0.895272: 1.85e6 * 214.2130/0.895272 = 4.426524e8;
  // with 2.2e6 from before, 26 % of it.
  auto draw = median_draw();
  CHECK(run_chips(draw) == about(1.1566163e8));
  CHECK(chips_bound(draw).value() == about(1.1566163e8 * 1.17e22));
  // 1e4 wafers a month are 3.36e6 dies a year and grow by 1 + 0.23 * 0.53 = 1.1219: the cap holds
  // from ln(3.36/1.85)/ln(1.7/1.1219) = 1.435921 years on. Until then 5.406687e6, then 1.105892e8.
  draw.wafers = per_second(1e4 / seconds_per_month);
  const double t = std::log(3.36 / 1.85) / std::log(1.7 / 1.1219);
  const double before = 1.85e6 * (std::pow(2.448, t) - 1) / std::log(2.448);
  const double capped = 1.1219 * 1.44;
  const double after = 3.36e6 * (std::pow(capped, 6) - std::pow(capped, t)) / std::log(capped);
  CHECK(run_chips(draw) == about((2.2e6 + before + after) * 0.26));
  // Demand below the cap at last, though not at first.
  draw.gpu_production_growth = 1.05;
  draw.gpu_production = per_second(4e6 / seconds_per_year);
  double sum = 0;
  constexpr int n = 100'000;
  for (int i = 0; i < n; ++i) {
    const double at = 6 * (i + 0.5) / n;
    sum += std::min(4e6 * std::pow(1.05, at), 3.36e6 * std::pow(1.1219, at)) * std::pow(1.44, at);
  }
  CHECK(run_chips(draw) == about((2.2e6 + sum * 6 / n) * 0.26));
}

TEST_CASE("without any growth chips are stock and six years of production") {
  auto draw = median_draw();
  draw.gpu_production_growth = 1;
  draw.gpu_performance_growth = 1;
  draw.capex_growth = 1;
  CHECK(run_chips(draw) == about((2.2e6 + 6 * 1.85e6) * 0.26));
}

TEST_CASE("data is what there is of each kind, its good part, epochs times") {
  // 5.1e14 + (1e13 + 8.63e12) * 22 + 8e11 * 23 = 9.38260e14; * 1.07^6 = 1.500730; * 0.2 * 5.
  CHECK(run_tokens(median_draw()).value() == about(1.4080753e15));
  CHECK(data_bound(median_draw()).value() == about(6 * 1.4080753e15 * 1.4080753e15 / 20));
}

TEST_CASE("a layer in one pod waits for four collectives of 10.4 us, or eight of 14.6") {
  auto draw = median_draw();
  // 1e12 parameters take 1.2e26 FLOP, 1,150 GPUs at 1.44^6 the performance: sqrt(1150 * 330/6e7)
  // is below 1. 4 (6.8 + 6 * 0.6) = 41.6 us; 8 (4.5 + 6.8 + 5.5 * 0.6) = 116.8 us.
  CHECK(layer_latency(draw, 1e12).value() == about(41.6e-6));
  draw.latency_form = LatencyForm::Text;
  CHECK(layer_latency(draw, 1e12).value() == about(116.8e-6));
}

TEST_CASE("tensor parallelism beyond a pod adds a step for each doubling of pods") {
  auto draw = median_draw();
  // 4.55305643e14 parameters: 2.487639e31 FLOP, 2.384660e8 GPUs, TP = sqrt(n 330/6e7) = 36.21551:
  // lg(TP/8) = 2.178534, 4 (10.4 + 2 * 5 * 2.178534) = 128.741 us.
  CHECK(run_gpus(draw, flop(2.487638747e31)) == about(2.384660e8));
  CHECK(layer_latency(draw, 4.55305643e14).value() == about(128.7414e-6));
  draw.latency_form = LatencyForm::Text;
  // lg(TP/2.75) = 3.719108: 8 (14.6 + 10 * 3.719108) = 414.329 us.
  CHECK(layer_latency(draw, 4.55305643e14).value() == about(414.3286e-6));
}

TEST_CASE("the latency wall is where layers one after the other fill the run") {
  auto draw = median_draw();
  // By bisection outside: N = 4.55305643e14, L = 0.088 N^0.27 = 798.4073 layers, 20 N/B =
  // 1.51768548e8 steps of 128.7414 us a layer: 1.56e7 s.
  CHECK(latency_bound(draw).value() == about(2.487639e31));
  draw.latency_form = LatencyForm::Text;
  CHECK(latency_bound(draw).value() == about(5.675318e30));
}

TEST_CASE("the latency wall of a given time a layer: 700T parameters, 6e31 FLOP") {
  // [Sevilla+ 2024]: t_L 120 us, B 60M, 9 months of 365.25/12 days. N^1.27 = T B/(20 t_L 0.088),
  // N = 6.68e14, C = 5.36e31. Without steps between pods 4 (6.8 + 6 x) = 120 us.
  auto draw = median_draw();
  draw.run_duration = seconds(9 * seconds_per_month);
  draw.scale_up_latency = seconds(23.2e-6 / 6);
  draw.scale_out_latency = seconds(0);
  CHECK(layer_latency(draw, 1e14).value() == about(120e-6));
  CHECK(latency_bound(draw).value() == doctest::Approx(5.36e31).epsilon(2e-3));
  CHECK(std::sqrt(latency_bound(draw).value() / 120) == doctest::Approx(6.68e14).epsilon(1e-3));
}

TEST_CASE(
    "batches that grow with the model move the wall, and end it when they grow as layers do") {
  auto draw = median_draw();
  draw.batch_growth = BatchGrowth::WithParameters;
  CHECK(batch_of(draw, 1e12) == draw.batch);
  CHECK(batch_of(draw, 1e14).value() == about(6e7 * std::pow(100, 0.36)));
  CHECK(latency_bound(draw) > flop(2.5e31));
  // At the size that the batch is known for, it changes nothing.
  draw.batch_parameters = 4.55305643e14;
  CHECK(latency_bound(draw).value() == about(2.487639e31));
  draw.batch_exponent = 1.27;
  CHECK(std::isinf(latency_bound(draw).value()));
}

TEST_CASE("5,000 times GPT-4 on GPUs 24 times as efficient is 200 times the power, 6 GW") {
  // [Sevilla+ 2024]: Llama 3.1's 27 MW, a run 5,000 times as large; 4 times the FLOP per joule, 2
  // from FP8, 3 from a longer run: 24. 5,000/24 = 208; 27.2 MW * 208 = 5.7 GW.
  CHECK(5000.0 / 24 == doctest::Approx(200).epsilon(0.05));
  // So also in the model: 16,000 GPUs of 1,700 W at half the peak for 72 days, and 5,000 times the
  // compute in 3 times the time at a peak of 2 and 4 times the FLOP per joule.
  auto llama = median_draw();
  llama.horizon = seconds(0);
  llama.gpu_power = watts(1700);
  llama.gpu_peak = flop_per_second(1e15);
  llama.run_duration = days(72);
  auto later = llama;
  later.horizon = seconds(6 * seconds_per_year);
  later.gpu_efficiency_growth = std::pow(4, 1.0 / 6);
  later.gpu_peak = flop_per_second(2e15);
  later.run_duration = days(216);
  const Watts power = watts(16'000 * 1700.0);
  CHECK(power.value() == about(27.2e6));
  CHECK(compute_of_power(later, power * (5000.0 / 24)).value() ==
        about(5000 * compute_of_power(llama, power).value()));
  CHECK((power * (5000.0 / 24)).value() == doctest::Approx(6e9).epsilon(0.06));
}

}  // namespace
}  // namespace longhaul::world
