// The latency wall in closed form, beside hand computations.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "training/laws/layer_latency.hpp"
#include "training/laws/wall.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

constexpr double one_percent = 0.01;

/// Kernel 4.5 us; NCCL's tree, LL: base 6.8 us, 0.6 us in a pod, 5 us a doubling of pods.
const SerialLatencies published{seconds(4.5e-6), seconds(6.8e-6), seconds(0.6e-6), seconds(5e-6)};

GrowthLaws laws_with(BatchLaw batch) {
  return {*find_model_law("tokens-per-parameter"), *find_depth_law("power-0.27"), std::move(batch)};
}
BatchLaw cube_root(double batch, double n_parameters) {
  return anchored(*find_batch_law("cube-root-parameters"),
                  {.batch = tokens(batch), .n_parameters = n_parameters, .source = "a test"});
}
Flop wall_of(const GrowthLaws& laws, Seconds layer, Seconds duration) {
  return wall_compute([&](Flop compute) {
    return double(serial_time(grown_run(laws, compute), layer) / duration);
  });
}

}  // namespace

TEST_CASE("both published forms of a layer's serial time, in a pod and over 128 x 128 GPUs") {
  // One pod: 4 (6.8 + 2 x 3 x 0.6) = 41.6 us; 8 (4.5 + 6.8 + 2 x 2.75 x 0.6) = 116.8 us
  CHECK(layer_latency(LatencyForm::Appendix, published, 1).value() == doctest::Approx(41.6e-6));
  CHECK(layer_latency(LatencyForm::Text, published, 1).value() == doctest::Approx(116.8e-6));
  // lg(128/8) = 4: 4 (6.8 + 2 (1.8 + 4 x 5)) = 201.6 us
  // lg(128/2.75) = 5.5406: 8 (11.3 + 2 (1.65 + 27.703)) = 560.05 us
  CHECK(layer_latency(LatencyForm::Appendix, published, 128).value() == doctest::Approx(201.6e-6));
  CHECK(layer_latency(LatencyForm::Text, published, 128).value() ==
        doctest::Approx(560.05e-6).epsilon(1e-4));
  CHECK_THROWS_WITH_AS(layer_latency(LatencyForm::Text, published, 0.5),
                       "a tensor group has at least one GPU", std::invalid_argument);
  // 1e9 GPUs, 330 tokens each at least, of a batch of 60e6: sqrt(1e9 x 330/60e6) = 74.16 a side
  CHECK(tensor_of_minibatch(1e9, tokens(330), tokens(60e6)) == doctest::Approx(74.162));
  CHECK(tensor_of_minibatch(1e3, tokens(330), tokens(60e6)) == 1.0);
}

TEST_CASE("the wall of 120 us layers, 60e6-token steps and nine months is 5.36e31 FLOP") {
  // N = (T B/(20 t_L 0.088))^(1/1.27) = 6.682e14, C = 120 N^2 (models.md, section 4)
  const auto fixed =
      anchored(*find_batch_law("fixed"), {.batch = tokens(60e6), .source = "a test"});
  const auto wall = wall_of(laws_with(fixed), seconds(120e-6), seconds(9 * seconds_per_month));
  CHECK(wall.value() == doctest::Approx(5.36e31).epsilon(one_percent));
  const auto run = grown_run(laws_with(fixed), wall);
  CHECK(run.model.n_parameters == doctest::Approx(6.68e14).epsilon(one_percent));
  CHECK(serial_time(run, seconds(120e-6)).value() == doctest::Approx(9 * seconds_per_month));
}

TEST_CASE("a batch that grows as N^(1/3) lifts the wall by its anchor, as a power of 2/0.9367") {
  // T = t_L 0.088 N^0.27 20 N/(B0 (N/N0)^(1/3)): N^(1.27 - 1/3) = T B0 N0^(-1/3)/(20 t_L 0.088).
  // 3 months, 300 us, 4e6 at 175e9: B0 N0^(-1/3) = 4e6/5593.4 = 715.12;
  //   7.88940e6 x 715.12/5.28e-4 = 1.06853e13; ^(1/0.936667) = 8.123e13; C = 120 N^2 = 7.92e29
  const auto wall =
      wall_of(laws_with(cube_root(4e6, 175e9)), seconds(300e-6), seconds(3 * seconds_per_month));
  CHECK(wall.value() == doctest::Approx(7.92e29).epsilon(one_percent));
  const auto twice =
      wall_of(laws_with(cube_root(8e6, 175e9)), seconds(300e-6), seconds(3 * seconds_per_month));
  CHECK(twice / wall == doctest::Approx(std::pow(2.0, 2 / (1.27 - 1.0 / 3))));
}

TEST_CASE("a batch that grows as fast as the serial time of a token has no wall") {
  auto batch = cube_root(4e6, 175e9);
  batch.exponent = 1.27;
  batch.factor = tokens(4e6 / std::pow(175e9, 1.27));
  const auto laws = laws_with(batch);
  const auto wall = wall_of(laws, seconds(300e-6), seconds(3 * seconds_per_month));
  CHECK(wall.value() == std::numeric_limits<double>::infinity());
}

TEST_CASE("an endless batch under the trade-off has the wall of the critical one") {
  // Steps D (1 + B/B_crit)/B tend to D/B_crit.
  auto laws = laws_with(cube_root(4e6, 175e9));
  const auto plain = wall_of(laws, seconds(300e-6), seconds(3 * seconds_per_month));
  laws.trade_off = true;
  const auto at_critical = grown_run(laws, flop(1e27));
  CHECK(at_critical.examples == 2.0);
  CHECK(at_critical.steps ==
        doctest::Approx(2 * double(at_critical.model.data / at_critical.critical)));
  laws.batch_over_critical = 1e9;
  const auto endless = wall_of(laws, seconds(300e-6), seconds(3 * seconds_per_month));
  CHECK(endless / plain == doctest::Approx(1.0).epsilon(1e-6));
  laws.batch_over_critical = 1;
  CHECK(wall_of(laws, seconds(300e-6), seconds(3 * seconds_per_month)) < plain);
}

TEST_CASE("model laws divide compute by 20 tokens a parameter or by a scaling law's optimum") {
  // sqrt(1.2e26/120) = 1e12
  const auto rule = model_and_data(*find_model_law("tokens-per-parameter"), flop(1.2e26));
  CHECK(rule.n_parameters == doctest::Approx(1e12));
  CHECK(rule.data.value() == doctest::Approx(2e13));
  for (const char* name : {"hoffmann-2022", "besiroglu-2024"}) {
    const auto run = model_and_data(*find_model_law(name), flop(1.2e26));
    CHECK(run.n_parameters == compute_optimal(*find_scaling_law(name), flop(1.2e26)).n_parameters);
  }
  CHECK_FALSE(find_model_law("chinchilla"));
}

TEST_CASE("a serial time that is none up to some compute still has its wall") {
  // (C/1e30 - 1/2) of the duration from 5e29 FLOP on: all of it at 1.5e30.
  const auto wall =
      wall_compute([](Flop compute) { return std::max(0.0, compute.value() / 1e30 - 0.5); });
  CHECK(wall.value() == doctest::Approx(1.5e30).epsilon(1e-6));
}

TEST_CASE("a batch law of the loss takes it from the model law, and is refused without one") {
  auto laws = laws_with(*find_batch_law("kaplan-2020"));
  CHECK_THROWS_WITH_AS(
      grown_run(laws, flop(1e26)),
      "the batch law kaplan-2020 follows the loss; give the loss that the run reaches",
      std::invalid_argument);
  laws.model = *find_model_law("hoffmann-2022");
  const auto run = grown_run(laws, flop(1e26));
  CHECK(run.batch.value() ==
        doctest::Approx(2e8 * std::pow(loss(*laws.model.scaling, run.model), -4.76)));
}
