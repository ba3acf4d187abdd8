#include "experiment/forecast.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "scenario/scenario_file.hpp"

namespace longhaul::experiment {
namespace {

world::Constraints shipped() {
  const auto path = LONGHAUL_SOURCE_ROOT "/scenarios/figures/constraints_2030/scenario.toml";
  return *scenario::read_scenario(path, {}, scenario::Purpose::Forecast).scenario.constraints;
}

double p50(const ConstraintForecast& forecast, Constraint constraint) {
  return forecast.bounds[static_cast<std::size_t>(constraint)].flop.p50;
}
const Spread& detail(const ConstraintForecast& forecast, const std::string& key) {
  for (const auto& one : forecast.details)
    if (one.key == key) return one.spread;
  throw std::logic_error("no detail " + key);
}

TEST_CASE("a forecast depends on its seed and inputs alone") {
  const auto inputs = shipped();
  const auto one = forecast(inputs, 300, 1);
  const auto same = forecast(inputs, 300, 1);
  const auto other = forecast(inputs, 300, 2);
  CHECK(one.least_flop.p50 == same.least_flop.p50);
  CHECK(one.least_flop.p50 != other.least_flop.p50);
}

TEST_CASE("another distribution of one input shifts no bound that does not read it") {
  auto inputs = shipped();
  const auto before = forecast(inputs, 300, 1);
  inputs.inputs.epochs = random::Random<Ratio>(Ratio(3));
  const auto after = forecast(inputs, 300, 1);
  CHECK(p50(after, Constraint::Data) < p50(before, Constraint::Data));
  CHECK(p50(after, Constraint::Power) == p50(before, Constraint::Power));
  CHECK(p50(after, Constraint::Chips) == p50(before, Constraint::Chips));
  CHECK(p50(after, Constraint::Latency) == p50(before, Constraint::Latency));
}

TEST_CASE("the least of the four lies below each, and binding shares sum to 1") {
  const auto result = forecast(shipped(), 2000, 1);
  double sum = 0;
  for (const auto& bound : result.bounds) {
    CHECK(bound.flop.p10 < bound.flop.p50);
    CHECK(bound.flop.p50 < bound.flop.p90);
    CHECK(result.least_flop.p10 <= bound.flop.p10);
    CHECK(result.least_flop.p50 <= bound.flop.p50);
    CHECK(result.least_flop.p90 <= bound.flop.p90);
    sum += bound.binds;
  }
  CHECK(sum == doctest::Approx(1).epsilon(1e-12));
}

TEST_CASE("forms of the latency wall are told side by side, whichever the bound is") {
  auto inputs = shipped();
  const auto appendix = forecast(inputs, 500, 1);
  inputs.inputs.latency_form = world::LatencyForm::Text;
  const auto text = forecast(inputs, 500, 1);
  CHECK(p50(appendix, Constraint::Latency) == detail(text, "latency_appendix_fixed_flop").p50);
  CHECK(p50(text, Constraint::Latency) == detail(appendix, "latency_text_fixed_flop").p50);
  CHECK(p50(text, Constraint::Latency) < p50(appendix, Constraint::Latency));
}

TEST_CASE("inputs tied to each other spread what both raise") {
  // Power is the product of what data centres grow to and how long the run is, tied by 0.5.
  auto inputs = shipped();
  const auto tied = forecast(inputs, 4000, 1);
  inputs.correlations.clear();
  const auto untied = forecast(inputs, 4000, 1);
  const auto width = [](const ConstraintForecast& f) {
    const auto& power = f.bounds[static_cast<std::size_t>(Constraint::Power)].flop;
    return std::log(power.p90 / power.p10);
  };
  CHECK(width(tied) > 1.05 * width(untied));
}

TEST_CASE("a forecast that cannot be made says why") {
  auto inputs = shipped();
  CHECK_THROWS_WITH_AS(forecast(inputs, 0, 1), "a forecast wants at least one sample",
                       std::invalid_argument);
  inputs.correlations.push_back({"nothing", "epochs", 0.5});
  CHECK_THROWS_WITH_AS(forecast(inputs, 10, 1), "a correlation names 'nothing', which is no input",
                       std::invalid_argument);
  inputs = shipped();
  inputs.inputs.epochs = random::Random<Ratio>(Ratio(1e200));
  CHECK_THROWS_WITH_AS(
      forecast(inputs, 10, 1),
      "the forecast of data leaves what a double can hold; look for an input that cannot be right",
      std::invalid_argument);
  inputs = shipped();
  inputs.inputs.gpu_peak = random::Random<FlopPerSecond>(flop_per_second(1e308));
  CHECK_THROWS_AS(forecast(inputs, 10, 1), std::invalid_argument);
}

}  // namespace
}  // namespace longhaul::experiment
