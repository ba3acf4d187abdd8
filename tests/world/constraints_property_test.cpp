// Bounds over random draws of their inputs.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>

#include "draws.hpp"
#include "world/constraints.hpp"

namespace longhaul::world {
namespace {

/// A factor of up to ten either way, even in its logarithm.
double factor() { return std::pow(10.0, *rc::gen::inRange(-1000, 1001) / 1000.0); }
/// A growth of 1 % to 100 % a year.
double growth() { return *rc::gen::inRange(101, 201) / 100.0; }

ConstraintDraw random_draw() {
  auto d = median_draw();
  d.run_duration *= factor();
  d.run_share = *rc::gen::inRange(1, 101) / 100.0;
  d.gpu_peak *= factor();
  d.utilisation = *rc::gen::inRange(1, 101) / 100.0;
  d.gpu_performance_growth = growth();
  d.gpu_power *= factor();
  d.gpu_efficiency_growth = growth();
  d.ai_power *= factor();
  d.datacentre_power *= factor();
  d.datacentre_growth = growth();
  d.non_ai_growth = growth();
  d.campus_power *= factor();
  d.loop_length *= factor();
  d.site_bandwidth *= factor();
  d.site_bandwidth_growth = growth();
  d.gpu_stock *= factor();
  d.gpu_production *= factor();
  d.gpu_production_growth = growth();
  d.wafers *= factor();
  d.dies_per_wafer *= factor();
  d.capex_growth = growth();
  d.volume_per_capex *= factor();
  d.text *= factor();
  d.images *= factor();
  d.video *= factor();
  d.audio *= factor();
  d.tokens_per_image *= factor();
  d.tokens_per_audio *= factor();
  d.data_growth = growth();
  d.data_quality = *rc::gen::inRange(1, 101) / 100.0;
  d.epochs *= factor();
  d.batch *= factor();
  d.batch_exponent = *rc::gen::inRange(0, 60) / 100.0;
  d.layer_exponent = *rc::gen::inRange(10, 60) / 100.0;
  d.base_latency *= factor();
  d.scale_up_latency *= factor();
  d.scale_out_latency *= factor();
  d.latency_form = *rc::gen::arbitrary<bool>() ? LatencyForm::Text : LatencyForm::Appendix;
  d.batch_growth = *rc::gen::arbitrary<bool>() ? BatchGrowth::WithParameters : BatchGrowth::Fixed;
  return d;
}

/// Not lower, but for rounding and the solver's 1e-12 of a logarithm.
bool no_lower(Flop more, Flop less) { return more.value() >= less.value() * (1 - 1e-9); }

TEST_CASE("more of anything never lowers a bound") {
  REQUIRE(rc::check([] {
    const auto less = random_draw();
    auto more = less;
    const double times = 1 + std::abs(factor());
    switch (*rc::gen::inRange(0, 11)) {
      case 0:
        more.campus_power *= times;
        break;
      case 1:
        more.datacentre_power *= times;
        break;
      case 2:
        more.ai_power *= times;
        break;
      case 3:
        more.site_bandwidth *= times;
        break;
      case 4:
        more.batch *= times;
        break;
      case 5:
        more.gpu_stock *= times;
        break;
      case 6:
        more.gpu_production *= times;
        break;
      case 7:
        more.wafers *= times;
        break;
      case 8:
        more.text *= times;
        break;
      case 9:
        more.epochs *= times;
        break;
      default:
        more.run_duration *= times;
        break;
    }
    const auto low = constraint_bounds(less);
    const auto high = constraint_bounds(more);
    RC_ASSERT(no_lower(high.campus, low.campus));
    RC_ASSERT(no_lower(high.bandwidth, low.bandwidth));
    RC_ASSERT(no_lower(high.power, low.power));
    RC_ASSERT(no_lower(high.chips, low.chips));
    RC_ASSERT(no_lower(high.data, low.data));
    RC_ASSERT(no_lower(high.latency, low.latency));
  }));
}

TEST_CASE("bounds of all draws are positive and finite, and power lies between its parts") {
  REQUIRE(rc::check([] {
    const auto draw = random_draw();
    const auto bounds = constraint_bounds(draw);
    for (const auto bound : {bounds.campus, bounds.bandwidth, bounds.power, bounds.chips,
                             bounds.data, bounds.latency}) {
      RC_ASSERT(std::isfinite(bound.value()));
      RC_ASSERT(bound > flop(0));
    }
    RC_ASSERT(bounds.distributed_power >= watts(0));
    RC_ASSERT(bounds.power >= bounds.campus);
    RC_ASSERT(bounds.power <= std::max(bounds.campus, bounds.bandwidth));
  }));
}

TEST_CASE("at the wall the serial time is the run's duration") {
  REQUIRE(rc::check([] {
    const auto draw = random_draw();
    const double n =
        std::sqrt(latency_bound(draw).value() / (6 * draw.tokens_per_parameter.value()));
    const double layers =
        0.088 * std::pow(1e12, 0.27) * std::pow(n / 1e12, double(draw.layer_exponent));
    const double steps = draw.tokens_per_parameter.value() * n / batch_of(draw, n).value();
    RC_ASSERT(std::abs(steps * layers * layer_latency(draw, n).value() / draw.run_duration.value() -
                       1) < 1e-6);
  }));
}

}  // namespace
}  // namespace longhaul::world
