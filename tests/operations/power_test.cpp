// Power of nodes by state, of capped chips, and what it adds up to.
#include "operations/power.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "operations/frequency.hpp"
#include "operations/power_meter.hpp"

namespace longhaul::operations {
namespace {

/// Meta's 24k cluster.
const PowerConfig meta{watts(575), 0.1, 1.2, 1.0, 0.3, 0.15};

TEST_CASE("nodes out of the run draw a share of chips and server together") {
  // (700 + 575) / 0.9 x 1.2 = 1,700 W a GPU: half of it standing by, a quarter in repair, none off
  CHECK(run_power(meta, watts(700), 8, PowerState::Standby).value() == doctest::Approx(8 * 850.0));
  CHECK(run_power(meta, watts(700), 8, PowerState::Repair).value() == doctest::Approx(8 * 425.0));
  CHECK(run_power(meta, watts(700), 8, PowerState::Off).value() == 0);
  PowerConfig managed = meta;
  managed.off_fraction = 0.01;
  CHECK(run_power(managed, watts(700), 8, PowerState::Off).value() == doctest::Approx(8 * 17.0));
}

TEST_CASE("capped chips follow the cube") {
  const FrequencyLaw law{3, 0.5};
  // 100 + 600 x 0.9^3 = 537.4 W
  CHECK(power_at_speed(law, watts(100), watts(700), 0.9).value() == doctest::Approx(537.4));
  CHECK(*find_speed_at_power(law, watts(100), watts(700), watts(537.4)) == doctest::Approx(0.9));
  // at half speed 100 + 600 / 8 = 175 W: no speed draws less
  CHECK(*find_speed_at_power(law, watts(100), watts(700), watts(175)) == doctest::Approx(0.5));
  CHECK_FALSE(find_speed_at_power(law, watts(100), watts(700), watts(174.9)));
  CHECK(*find_speed_at_power(law, watts(100), watts(700), watts(700)) == 1);
  CHECK(*find_speed_at_power(law, watts(100), watts(700), watts(1e9)) == 1);
  CHECK_THROWS_AS(power_at_speed(law, watts(100), watts(700), 0.49), std::invalid_argument);
  CHECK_THROWS_AS(power_at_speed(law, watts(100), watts(700), 1.01), std::invalid_argument);
  // chips that draw the same whatever they do cannot be capped
  CHECK_FALSE(find_speed_at_power(law, watts(700), watts(700), watts(600)));
}

TEST_CASE("the cube beside the published cap of 150 W on 250 W: 6.8 % slower, 13.7 % less energy") {
  // Mean power 0.863 / 1.068 = 0.808 of before. Without static power the cube gives a speed of
  // 0.808^(1/3) = 0.9315: 7.4 % slower, energy 0.808 / 0.9315 = 0.8675, 13.2 % less. With 0.15 of
  // static power ((0.808 - 0.15) / 0.85)^(1/3) = 0.9182: 8.9 % slower, 12.0 % less.
  const double power = 0.863 / 1.068;
  const double cube = *find_speed_at_power({3, 0.5}, watts(0), watts(1), watts(power));
  CHECK(1 / cube == doctest::Approx(1.074).epsilon(5e-4));
  CHECK(power / cube == doctest::Approx(0.8675).epsilon(5e-4));
  const double with_static = *find_speed_at_power({3, 0.5}, watts(0.15), watts(1), watts(power));
  CHECK(1 / with_static == doctest::Approx(1.089).epsilon(5e-4));
  CHECK(power / with_static == doctest::Approx(0.880).epsilon(5e-4));
}

TEST_CASE("property: speed and power are each other's inverse") {
  CHECK(rc::check([] {
    const auto share = [] { return *rc::gen::inRange(0, 10'001) / 1e4; };
    const FrequencyLaw law{1 + 3 * share(), 0.01 + 0.98 * share()};
    const Watts full = watts(1 + 1e8 * share());
    const Watts idle = 0.99 * share() * full;
    const double speed = law.lowest_speed + (1 - law.lowest_speed) * share();
    const Watts power = power_at_speed(law, idle, full, speed);
    RC_ASSERT(power <= full);
    const auto back = find_speed_at_power(law, idle, full, power);
    // What rounding of the power may take from a speed: dP / P = a (1 - idle / P) ds / s.
    RC_ASSERT(back.has_value());
    RC_ASSERT(std::abs(power_at_speed(law, idle, full, *back) / power - 1) < 1e-12);
    RC_ASSERT(std::abs(*back - speed) < 1e-9 * double(power / (full - idle)) / std::pow(speed, 3));
  }));
}

TEST_CASE("a meter adds energy, peak, dollars and carbon dioxide up") {
  // 0.08 USD/kWh and 0.4 kg/kWh
  PowerMeter meter({DollarsPerJoule::from_value(0.08 / 3.6e6), 0.4});
  meter.add(hours(2), watts(10e6));  // 20 MWh
  meter.add(hours(1), watts(4e6));   //  4 MWh
  meter.add(seconds(0), watts(99e6));
  CHECK(meter.energy().value() == doctest::Approx(24 * 3.6e9).epsilon(1e-15));
  CHECK(meter.peak() == watts(10e6));
  CHECK(meter.cost().value() == doctest::Approx(1'920));  // 24,000 kWh x 0.08
  CHECK(meter.co2_kg() == doctest::Approx(9'600));        // 24,000 kWh x 0.4
  PowerMeter ramped;
  ramped.add_ramp(hours(1), watts(4e6), watts(10e6));  // 7 MWh
  CHECK(ramped.energy().value() == doctest::Approx(7 * 3.6e9).epsilon(1e-15));
  CHECK(ramped.peak() == watts(10e6));
}

TEST_CASE("ten million stretches of a tenth of a second cost what one of them all does") {
  // 1e7 x 0.1 s x 27.2 MW = 2.72e13 J; a plain sum is off by about 1e-10 of it
  PowerMeter meter;
  for (int i = 0; i < 10'000'000; ++i) meter.add(seconds(0.1), watts(27.2e6));
  CHECK(std::abs(meter.energy().value() / 2.72e13 - 1) < 1e-15);
}

TEST_CASE("property: a stretch costs the same in whatever pieces") {
  CHECK(rc::check([] {
    const auto pieces =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000'000)));
    const Watts power = watts(*rc::gen::inRange(0, 100'000'000) / 7.0);
    PowerMeter split, whole;
    std::int64_t total = 0;
    for (const int piece : pieces) {
      split.add(seconds(piece / 3.0), power);
      total += piece;
    }
    whole.add(seconds(static_cast<double>(total) / 3.0), power);
    RC_ASSERT(abs(split.energy() - whole.energy()) <= 1e-14 * whole.energy());
    RC_ASSERT(split.peak() == whole.peak());
  }));
}

TEST_CASE("a ramp takes its change over its rate, at the mean power") {
  // 10 to 4 MW at 2 MW/min: 3 min, 7 MW x 180 s = 1.26 GJ
  const Ramp down{watts(10e6), watts(4e6), watts_per_second(2e6 / 60)};
  CHECK(down.duration().value() == doctest::Approx(180));
  CHECK(down.energy().value() == doctest::Approx(1.26e9));
  CHECK(down.at(seconds(0)) == watts(10e6));
  CHECK(down.at(minutes(1)).value() == doctest::Approx(8e6));
  CHECK(down.at(minutes(4)) == watts(4e6));
  const Ramp up{watts(4e6), watts(10e6), watts_per_second(2e6 / 60)};
  CHECK(up.at(minutes(1)).value() == doctest::Approx(6e6));
  CHECK(up.energy() == down.energy());
  const Ramp free{watts(4e6), watts(10e6), watts_per_second(0)};
  CHECK(free.duration() == seconds(0));
  CHECK(free.energy() == joules(0));
  CHECK(free.at(seconds(0)) == watts(10e6));
}

}  // namespace
}  // namespace longhaul::operations
