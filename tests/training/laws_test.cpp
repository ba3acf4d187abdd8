// Loss, depth and batch laws; the published optimum, and the latency wall put together from them.
#include <doctest/doctest.h>

#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "training/laws/critical_batch.hpp"
#include "training/laws/depth.hpp"
#include "training/laws/named.hpp"
#include "training/laws/scaling.hpp"

using namespace longhaul;
using namespace longhaul::training;

namespace {

const ScalingLaw hoffmann = find_scaling_law("hoffmann-2022").value();
const ScalingLaw besiroglu = find_scaling_law("besiroglu-2024").value();
const DepthLaw power_027 = find_depth_law("power-0.27").value();
const Flop gopher = flop(5.76e23);

BatchLaw batch_law(std::string_view name) { return find_batch_law(name).value(); }

/// The root of a monotone function of x, found in log x.
template <class Function>
double root(Function f, double low, double high) {
  std::uintmax_t most_calls = 200;
  const auto [below, above] = boost::math::tools::toms748_solve(
      [&](double log_x) { return f(std::exp(log_x)); }, std::log(low), std::log(high),
      boost::math::tools::eps_tolerance<double>(48), most_calls);
  return std::exp((below + above) / 2.0);
}

}  // namespace

TEST_CASE("laws are found by name, and an unknown name finds nothing") {
  using Names = std::vector<std::string_view>;
  CHECK(names_of(scaling_laws()) == Names{"hoffmann-2022", "besiroglu-2024"});
  CHECK(names_of(depth_laws()) == Names{"power-0.27", "turned-0.21", "turned-0.33"});
  CHECK(names_of(batch_laws()) == Names{"fixed", "cube-root-parameters", "square-root-data",
                                        "data-0.47", "kaplan-2020", "deepseek-2024"});
  CHECK(find_scaling_law("besiroglu-2024")->irreducible == 1.8172);
  CHECK_FALSE(find_scaling_law("hoffmann-2023"));
  CHECK_FALSE(find_depth_law("power-0.28"));
  CHECK_FALSE(find_batch_law("fixed "));
}

TEST_CASE("every law names its source") {
  for (const auto& law : scaling_laws()) CHECK_FALSE(law.source.empty());
  for (const auto& law : depth_laws()) CHECK_FALSE(law.source.empty());
  for (const auto& law : batch_laws()) CHECK_FALSE(law.source.empty());
}

TEST_CASE("Chinchilla's 70e9 parameters and 1.4e12 tokens take 5.88e23 FLOP, 20 tokens each") {
  const Allocation chinchilla{70e9, tokens(1.4e12)};
  CHECK(training_compute(chinchilla).value() == doctest::Approx(5.88e23));
  CHECK(tokens_per_parameter(chinchilla).value() == doctest::Approx(20.0));
}

TEST_CASE("Chinchilla's loss is 1.937 by Hoffmann's fit and 1.974 by Besiroglu's") {
  const Allocation chinchilla{70e9, tokens(1.4e12)};
  // 1.69 + 406.4/(7e10)^0.34 + 410.7/(1.4e12)^0.28 = 1.69 + 0.083487 + 0.163159
  CHECK(loss(hoffmann, chinchilla) == doctest::Approx(1.936645).epsilon(1e-6));
  // 1.8172 + 482.01/(7e10)^0.3478 + 2085.43/(1.4e12)^0.3658 = 1.8172 + 0.081495 + 0.075186
  CHECK(loss(besiroglu, chinchilla) == doctest::Approx(1.973882).epsilon(1e-6));
}

TEST_CASE("Hoffmann's optimum at 5.76e23 FLOP is 32.19e9 parameters and 2.982e12 tokens") {
  // G = (0.34 x 406.4/(0.28 x 410.7))^(1/0.62) = 1.201573^1.612903 = 1.344711
  // N = G (9.6e22)^(0.28/0.62) = 1.344711 x 2.39381e10; D = 9.6e22/N
  const Allocation run = compute_optimal(hoffmann, gopher);
  CHECK(run.n_parameters == doctest::Approx(3.218986e10).epsilon(1e-6));
  CHECK(run.data.value() == doctest::Approx(2.982306e12).epsilon(1e-6));
  // 1.69 + 406.4/N^0.34 + 410.7/D^0.28 = 1.69 + 0.108725 + 0.132023
  CHECK(loss(hoffmann, run) == doctest::Approx(1.930748).epsilon(1e-6));
}

TEST_CASE("Besiroglu's optimum at 5.76e23 FLOP is 72.25e9 parameters, 18.4 tokens each") {
  // G = (0.3478 x 482.01/(0.3658 x 2085.43))^(1/0.7136) = 0.219759^1.401345 = 0.119630
  // N = G (9.6e22)^(0.3658/0.7136) = 0.119630 x 6.03935e11; D = 9.6e22/N = 1.328744e12
  const Allocation run = compute_optimal(besiroglu, gopher);
  CHECK(run.n_parameters == doctest::Approx(7.22487e10).epsilon(1e-6));
  CHECK(tokens_per_parameter(run).value() == doctest::Approx(18.39124).epsilon(1e-6));
}

TEST_CASE("no other division of the same compute has less loss than the optimum") {
  for (const ScalingLaw& law : scaling_laws())
    for (const double compute : {1e18, 5.76e23, 5.36e31}) {
      const Allocation optimum = compute_optimal(law, flop(compute));
      CHECK(training_compute(optimum).value() == doctest::Approx(compute));
      const double least = loss(law, optimum);
      for (const double factor : {0.01, 0.5, 0.99, 1.01, 2.0, 100.0})
        CHECK(loss(law, over_trained(optimum, factor)) > least);
      // To first order nothing is gained either way: the cost of 1 % is that of its square.
      CHECK(over_training_loss(law, flop(compute), 1.01) < 1e-4 * (least - law.irreducible));
    }
}

TEST_CASE("over-training by 10 keeps the compute and costs Hoffmann's optimum 0.0157 in loss") {
  const Allocation optimum = compute_optimal(hoffmann, gopher);
  const Allocation run = over_trained(optimum, 10.0);
  CHECK(training_compute(run).value() == doctest::Approx(5.76e23));
  CHECK(tokens_per_parameter(run) / tokens_per_parameter(optimum) == doctest::Approx(10.0));
  CHECK(run.n_parameters == doctest::Approx(3.218986e10 / std::sqrt(10.0)).epsilon(1e-6));
  // 0.108725 (10^0.17 - 1) + 0.132023 (10^-0.14 - 1) = 0.052091 - 0.036381
  CHECK(over_training_loss(hoffmann, gopher, 10.0) == doctest::Approx(0.015710).epsilon(1e-4));
  CHECK(over_training_loss(hoffmann, gopher, 1.0) == 0.0);
}

TEST_CASE("a run over-trained by 10 is worth 66 % of its compute by Hoffmann's fit") {
  // Reducible loss goes as C^-g, g = 0.34 x 0.28/0.62 = 0.153548: the optimum's 0.240748 grew to
  // 0.256458, so C falls by (0.256458/0.240748)^(-1/0.153548) = 1.065255^-6.512605 = 0.66253.
  const Allocation run = over_trained(compute_optimal(hoffmann, gopher), 10.0);
  CHECK(equivalent_compute(hoffmann, run) / gopher == doctest::Approx(0.66253).epsilon(1e-4));
}

TEST_CASE("the equivalent compute is the root of the optimum's loss, and an optimum's its own") {
  for (const ScalingLaw& law : scaling_laws()) {
    const Allocation optimum = compute_optimal(law, gopher);
    CHECK(equivalent_compute(law, optimum).value() == doctest::Approx(5.76e23).epsilon(1e-10));
    for (const Allocation& run : {over_trained(optimum, 30.0), over_trained(optimum, 0.1),
                                  Allocation{405e9, tokens(15.6e12)}}) {
      const double wanted = loss(law, run);
      const double found = root(
          [&](double compute) { return loss(law, compute_optimal(law, flop(compute))) - wanted; },
          1e20, 1e28);
      CHECK(equivalent_compute(law, run).value() == doctest::Approx(found).epsilon(1e-8));
      CHECK(equivalent_compute(law, run) < training_compute(run));
    }
  }
}

TEST_CASE("20 tokens a parameter make C = 120 N^2") {
  // sqrt(5.76e23/120) = 6.92820e10
  const Allocation run = compute_optimal(TokensPerParameter{}, gopher);
  CHECK(run.n_parameters == doctest::Approx(6.92820e10).epsilon(1e-6));
  CHECK(run.data.value() == doctest::Approx(1.385641e12).epsilon(1e-6));
  CHECK(training_compute(run_of(TokensPerParameter{}, 1e12)).value() == doctest::Approx(1.2e26));
  CHECK(run_of(TokensPerParameter{tokens(40.0)}, 1e12).data.value() == doctest::Approx(40e12));
}

TEST_CASE("runs of nothing are refused") {
  CHECK_THROWS_WITH_AS(loss(hoffmann, {0.0, tokens(1e12)}),
                       "a run needs a positive number of parameters", std::invalid_argument);
  CHECK_THROWS_WITH_AS(loss(hoffmann, {1e9, tokens(std::nan(""))}),
                       "a run needs a positive number of tokens", std::invalid_argument);
  CHECK_THROWS_WITH_AS(compute_optimal(hoffmann, flop(-1.0)), "a run needs a positive compute",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(over_trained({1e9, tokens(1e10)}, 0.0),
                       "a run is over-trained by a positive factor; 1 leaves it as it is",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(compute_optimal(TokensPerParameter{tokens(0.0)}, gopher),
                       "a run needs a positive number of tokens a parameter",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(depth(power_027, 0.0), "a model needs a positive number of parameters",
                       std::invalid_argument);
}

TEST_CASE("the depth law gives GPT-3 95 layers for its 96 and Llama 3 405B 120 for its 126") {
  // 0.088 (1.746e11)^0.27 = 0.088 x 1084.81 = 95.463
  CHECK(depth(power_027, 174.6e9) == doctest::Approx(95.463).epsilon(1e-5));
  // 0.088 (4.0585e11)^0.27 = 119.88
  CHECK(whole_layers(power_027, 405.85e9) == 120);
}

TEST_CASE("a model has at least one layer") {
  // 0.088 x 1000^0.27 = 0.568, 0.088 x 1^0.27 = 0.088
  CHECK(whole_layers(power_027, 1000.0) == 1);
  CHECK(whole_layers(power_027, 1.0) == 1);
}

TEST_CASE("turned depth laws agree at 1e12 parameters and part from there") {
  // 0.088 x 10^3.24 = 152.93
  for (const DepthLaw& law : depth_laws())
    CHECK(depth(law, 1e12) == doctest::Approx(152.926).epsilon(1e-5));
  // At 1e15: 152.926 x 10^(3 x 0.21) = 652.35, x 10^0.81 = 987.38, x 10^0.99 = 1494.45
  CHECK(depth(*find_depth_law("turned-0.21"), 1e15) == doctest::Approx(652.35).epsilon(1e-5));
  CHECK(depth(power_027, 1e15) == doctest::Approx(987.38).epsilon(1e-5));
  CHECK(depth(*find_depth_law("turned-0.33"), 1e15) == doctest::Approx(1494.45).epsilon(1e-5));
  CHECK(depth(turned_depth_law(0.27), 3e9) == doctest::Approx(depth(power_027, 3e9)));
}

TEST_CASE("a fixed batch is its anchor at every size") {
  const BatchLaw law = anchored(batch_law("fixed"), {.batch = tokens(60e6), .source = "Epoch"});
  CHECK(critical_batch(law, {1e9, tokens(1e10)}).value() == 60e6);
  CHECK(critical_batch(law, {1e15, tokens(1e17)}).value() == 60e6);
  CHECK(law.anchor_source == "Epoch");
}

TEST_CASE("a batch that follows parameters doubles as they grow by 8") {
  const BatchLaw law =
      anchored(batch_law("cube-root-parameters"),
               {.batch = tokens(16e6), .n_parameters = 405e9, .source = "Llama 3.1"});
  CHECK(critical_batch(law, {405e9, tokens(1.0)}).value() == doctest::Approx(16e6));
  CHECK(critical_batch(law, {8.0 * 405e9, tokens(1.0)}).value() == doctest::Approx(32e6));
}

TEST_CASE("a batch that follows tokens grows by 10 or by 8.71 as they grow by 100") {
  const BatchAnchor anchor{.batch = tokens(16e6), .data = tokens(15.6e12), .source = "Llama 3.1"};
  const Allocation hundredfold{1.0, tokens(15.6e14)};
  const BatchLaw square_root = anchored(batch_law("square-root-data"), anchor);
  CHECK(critical_batch(square_root, hundredfold).value() == doctest::Approx(160e6));
  // 100^0.47 = 10^0.94 = 8.709636
  const BatchLaw zhang = anchored(batch_law("data-0.47"), anchor);
  CHECK(critical_batch(zhang, hundredfold).value() == doctest::Approx(16e6 * 8.709636));
}

TEST_CASE("Kaplan's batch is 7.38e6 tokens at a loss of 2") {
  // 2e8 x 2^-4.76 = 2e8/27.0958
  CHECK(critical_batch(batch_law("kaplan-2020"), {1e9, tokens(1e10)}, 2.0).value() ==
        doctest::Approx(7.3812e6).epsilon(1e-5));
}

TEST_CASE("DeepSeek's batch is 68.0e6 tokens for the 3.8e25 FLOP of Llama 3.1 405B") {
  // 6 x 1e12 x 6.33333e12 = 3.8e25; 0.292 x 10^(25.579784 x 0.3271) = 0.292 x 10^8.367147
  const Allocation run{1e12, tokens(3.8e13 / 6.0)};
  CHECK(critical_batch(batch_law("deepseek-2024"), run).value() ==
        doctest::Approx(6.80033e7).epsilon(1e-5));
}

TEST_CASE("a batch law that lacks what it needs says what would be right") {
  const Allocation run{1e12, tokens(2e13)};
  CHECK_THROWS_WITH_AS(critical_batch(batch_law("square-root-data"), run),
                       "the batch law square-root-data has no factor of its own; anchor it with a "
                       "batch and the number of tokens that it holds at, and name the source",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(critical_batch(batch_law("kaplan-2020"), run),
                       "the batch law kaplan-2020 follows the loss; give the loss that the run "
                       "reaches",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(
      critical_batch(batch_law("deepseek-2024"), {0.0, tokens(1e12)}),
      "the batch law deepseek-2024 follows a quantity that is 0, but it must be positive",
      std::invalid_argument);
}

TEST_CASE("anchors that do not fit their law are refused with what would fit") {
  const auto refuses = [](std::string_view law, const BatchAnchor& anchor, const char* message) {
    CHECK_THROWS_WITH_AS(anchored(batch_law(law), anchor), message, std::invalid_argument);
  };
  const Tokens batch = tokens(16e6);
  refuses("kaplan-2020", {.batch = batch, .source = "x"},
          "the batch law kaplan-2020 has its own factor; give it no anchor");
  refuses("data-0.47", {.data = tokens(1e12), .source = "x"},
          "the anchor of the batch law data-0.47 needs a positive batch");
  refuses("data-0.47", {.batch = batch, .n_parameters = 1e12, .source = "x"},
          "the batch law data-0.47 is anchored with a batch and the number of tokens that it holds "
          "at and no other size");
  refuses("cube-root-parameters", {.batch = batch, .source = "x"},
          "the batch law cube-root-parameters is anchored with a batch and the number of "
          "parameters that it holds at and no other size");
  refuses("fixed", {.batch = batch, .data = tokens(1e12), .source = "x"},
          "the batch law fixed is anchored with a batch and no other size");
  refuses("data-0.47", {.batch = batch, .data = tokens(1e12)},
          "the anchor of the batch law data-0.47 needs a source: who says so");
  refuses("data-0.47", {.batch = batch, .data = tokens(0.0), .source = "x"},
          "the batch law data-0.47 follows a quantity that is 0, but it must be positive");
}

TEST_CASE("the critical batch takes twice the least steps and twice the least examples") {
  const BatchTradeOff there = batch_trade_off(tokens(4e6), tokens(4e6));
  CHECK(there.steps == 2.0);
  CHECK(there.examples == 2.0);
  // A quarter of it: 1 + 4 times the steps, 1 + 1/4 of the examples.
  const BatchTradeOff below = batch_trade_off(tokens(1e6), tokens(4e6));
  CHECK(below.steps == 5.0);
  CHECK(below.examples == 1.25);
  CHECK_THROWS_WITH_AS(batch_trade_off(tokens(0.0), tokens(4e6)),
                       "a batch and a critical batch must be positive", std::invalid_argument);
}

TEST_CASE("nine months of 120 us layers and 60e6-token steps end at 6.68e14 parameters") {
  // t_L L D/B = T with L = 0.088 N^0.27, D = 20 N: N = (T B/(20 t_L 0.088))^(1/1.27)
  //   = (2.36682e7 x 60e6/2.112e-4)^(1/1.27) = (6.72392e18)^0.787402 = 6.682e14
  // C = 120 N^2 = 5.358e31
  const Seconds layer = seconds(120e-6);
  const Seconds run_length = seconds(9.0 * seconds_per_month);
  const BatchLaw fixed =
      anchored(batch_law("fixed"), {.batch = tokens(60e6), .source = "Sevilla+ 2024"});
  const double n_parameters = root(
      [&](double n) {
        const Allocation run = run_of(TokensPerParameter{}, n);
        const double steps = run.data / critical_batch(fixed, run);
        return layer * depth(power_027, n) * steps / run_length - 1.0;
      },
      1e9, 1e18);
  CHECK(n_parameters == doctest::Approx(6.68190e14).epsilon(1e-5));
  CHECK(training_compute(run_of(TokensPerParameter{}, n_parameters)).value() ==
        doctest::Approx(5.35773e31).epsilon(1e-5));
}
