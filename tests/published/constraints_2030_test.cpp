// The four constraints of 2030 [Sevilla+ 2024, "Can AI scaling continue through 2030?", Epoch AI],
// from the shipped scenario, whose inputs are the source's.
//
// Targets: an independent re-computation of the source's model from its inputs, in its appendix's
// form with a fixed batch. A median is within 15 % of it; an end of the 80 % interval within a
// quarter of an order of magnitude, both of the target and, where the source prints it, of its one
// digit.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "experiment/forecast.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;
using experiment::Constraint;
using experiment::Spread;

namespace {

const experiment::ConstraintForecast& forecast() {
  static const auto result = [] {
    const auto path = LONGHAUL_SOURCE_ROOT "/scenarios/figures/constraints_2030/scenario.toml";
    const auto loaded = scenario::read_scenario(path, {}, scenario::Purpose::Forecast);
    return experiment::forecast(*loaded.scenario.constraints, 20'000, loaded.scenario.seed);
  }();
  return result;
}

const Spread& bound(Constraint constraint) {
  return forecast().bounds[static_cast<std::size_t>(constraint)].flop;
}
const Spread& detail(const std::string& key) {
  for (const auto& one : forecast().details)
    if (one.key == key) return one.spread;
  FAIL("there is no detail " << key);
  throw std::logic_error("unreachable");
}

double orders_off(double value, double target) { return std::log10(value / target); }

void check_ends(const Spread& spread, double p10, double p90) {
  CHECK(std::abs(orders_off(spread.p10, p10)) < 0.25);
  CHECK(std::abs(orders_off(spread.p90, p90)) < 0.25);
}
void check_target(const char* what, const Spread& spread, const Spread& target) {
  INFO(fmt::format("{}: {:.3g} {:.3g} {:.3g}, target {:.3g} {:.3g} {:.3g}", what, spread.p10,
                   spread.p50, spread.p90, target.p10, target.p50, target.p90));
  CHECK(spread.p50 == doctest::Approx(target.p50).epsilon(0.15));
  check_ends(spread, target.p10, target.p90);
}

}  // namespace

TEST_CASE("constraints of 2030: power") {
  check_target("campus", detail("campus_flop"), {1.06e28, 6.1e28, 2.8e29});
  check_target("distributed power", detail("distributed_power_w"), {2.3e9, 8.8e9, 43.5e9});
  check_target("power", bound(Constraint::Power), {2.7e28, 2.3e29, 1.7e30});
}

TEST_CASE("constraints of 2030: chips") {
  check_target("H100-equivalents", detail("run_chips_h100e"), {26e6, 111e6, 388e6});
  check_target("chips", bound(Constraint::Chips), {1.3e29, 1.07e30, 5.8e30});
}

TEST_CASE("constraints of 2030: data") {
  check_target("tokens", detail("run_data_tokens"), {4.0e14, 2.4e15, 2.3e16});
  check_target("data", bound(Constraint::Data), {4.9e28, 1.8e30, 1.6e32});
}

TEST_CASE("constraints of 2030: latency") {
  check_target("latency", bound(Constraint::Latency), {2.0e30, 2.1e31, 3.0e32});
}

TEST_CASE("constraints of 2030: the published intervals of 80 %, of one digit each") {
  check_ends(detail("campus_flop"), 1e28, 3e29);
  check_ends(detail("distributed_power_w"), 2e9, 45e9);
  check_ends(detail("bandwidth_flop"), 3e29, 2e31);
  check_ends(bound(Constraint::Power), 2e28, 2e30);
  check_ends(detail("run_chips_h100e"), 20e6, 400e6);
  check_ends(bound(Constraint::Chips), 1e29, 5e30);
  check_ends(detail("run_data_tokens"), 4.5e14, 2.3e16);
  check_ends(bound(Constraint::Data), 6e28, 2e32);
  check_ends(bound(Constraint::Latency), 2e30, 2e32);
}

TEST_CASE("constraints of 2030: the order of the published medians") {
  // 10,000, 50,000, 80,000 and 1,000,000 times GPT-4: power is the least, latency the greatest.
  CHECK(bound(Constraint::Power).p50 < bound(Constraint::Chips).p50);
  CHECK(bound(Constraint::Chips).p50 < bound(Constraint::Data).p50);
  CHECK(bound(Constraint::Data).p50 < bound(Constraint::Latency).p50);
}
