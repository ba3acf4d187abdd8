// Caps, curtailments, and how a run answers them.
#include "operations/supply.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "operations/power_response.hpp"

namespace longhaul::operations {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
const Date start{*parse_date("2026-03-01")};

CurtailmentConfig curtailment(Seconds after, double fraction, Seconds notice, Seconds duration) {
  return {{std::nullopt, after}, fraction, notice, duration};
}
CapStep step(Seconds after, double cap_w) { return {{std::nullopt, after}, watts(cap_w)}; }

/// 16,000 GPUs of Meta's 24k cluster in 8 replicas: 27.2 MW in steps, 14.507 MW idle.
PoweredRun meta_run() {
  return {{watts(575), 0.1, 1.2, 1.0, 0.3, 0.15}, watts(700), 16'000, 8, watts(0)};
}
Watts load_of(const PoweredRun& run) {
  return site_power(run, {}, {run.replicas}, PowerState::Compute);
}

TEST_CASE("without caps a site draws what it likes") {
  Supply supply({}, start, 1);
  CHECK(supply.cap().value() == infinite);
  CHECK(supply.limit(watts(5)).value() == infinite);
  CHECK(supply.next_change().value() == infinite);
}

TEST_CASE("caps arrive in steps, by date or by time") {
  SupplyConfig config;
  config.cap = watts(10e6);
  config.cap_steps = {{{parse_date("2026-03-11"), std::nullopt}, watts(20e6)}, step(days(30), 3e7)};
  Supply supply(config, start, 1);
  CHECK(supply.cap() == watts(10e6));
  CHECK(supply.next_change() == days(10));
  supply.advance(days(10));  // a step holds from its own moment on
  CHECK(supply.cap() == watts(20e6));
  CHECK(supply.next_change() == days(30));
  supply.advance(days(31));
  CHECK(supply.cap() == watts(30e6));
  CHECK(supply.next_change().value() == infinite);
  CHECK_THROWS_AS(supply.advance(days(30)), std::logic_error);
}

TEST_CASE("a cap from before the start is in force at it") {
  SupplyConfig config;
  config.cap_steps = {{{parse_date("2025-01-01"), std::nullopt}, watts(5e6)}};
  CHECK(Supply(config, start, 1).cap() == watts(5e6));
}

TEST_CASE("a curtailment is called, begins and ends, and leaves its share of the load") {
  SupplyConfig config;
  config.cap = watts(30e6);
  config.curtailments = {curtailment(hours(10), 0.25, hours(2), hours(3))};
  Supply supply(config, start, 1);
  CHECK(supply.next_change() == hours(8));
  CHECK(supply.called().empty());
  supply.advance(hours(8));
  REQUIRE(supply.called().size() == 1);
  CHECK(supply.called()[0].start == hours(10));
  CHECK(supply.limit(watts(20e6)) == watts(30e6));  // not yet
  CHECK(supply.next_change() == hours(10));
  supply.advance(hours(10));
  CHECK(supply.fraction() == 0.25);
  CHECK(supply.limit(watts(20e6)) == watts(15e6));
  CHECK(supply.limit(watts(40e6)) == watts(22.5e6));  // it could draw no more than the cap
  CHECK(supply.next_change() == hours(13));
  supply.advance(hours(13));
  CHECK(supply.fraction() == 0);
  CHECK(supply.called().empty());
  CHECK(supply.next_change().value() == infinite);
}

TEST_CASE("of curtailments that overlap the tightest holds") {
  SupplyConfig config;
  config.curtailments = {curtailment(hours(1), 0.2, seconds(0), hours(10)),
                         curtailment(hours(3), 0.5, seconds(0), hours(2)),
                         curtailment(hours(4), 0.1, seconds(0), hours(2))};
  Supply supply(config, start, 1);
  const auto at = [&](double h) {
    supply.advance(hours(h));
    return supply.limit(watts(100)).value();
  };
  CHECK(at(2) == doctest::Approx(80));
  CHECK(at(3) == doctest::Approx(50));
  CHECK(at(4) == doctest::Approx(50));
  CHECK(at(5) == doctest::Approx(80));
  CHECK(supply.next_change() == hours(6));
  CHECK(at(6) == doctest::Approx(80));
  CHECK(supply.next_change() == hours(11));
  CHECK(at(11) == infinite);
}

TEST_CASE("preparations end as a curtailment begins, or begin with its call") {
  const Curtailment c{hours(8), hours(10), hours(13), 0.25};
  CHECK(c.begin_by(minutes(15)) == hours(10) - minutes(15));
  CHECK(c.begin_by(hours(5)) == hours(8));
}

TEST_CASE("curtailments at random come at their rate, by seed, however often one looks") {
  SupplyConfig config;
  config.random_curtailments = RandomCurtailments{
      2.0 / days(30),
      random::Random<Ratio>(random::Distribution(random::Distribution::Kind::Uniform, {0.1, 0.3})),
      random::Random<Seconds>(hours(1)), random::Random<Seconds>(hours(3))};
  const auto calls = [&](std::uint64_t seed, Seconds every) {
    Supply supply(config, start, seed);
    std::vector<double> seen;
    for (Seconds t = seconds(0); t < days(3'000); t += every) {
      supply.advance(t);
      for (const auto& c : supply.called())
        if (seen.empty() || c.called.value() > seen.back()) {
          seen.push_back(c.called.value());
          CHECK(c.fraction >= 0.1);
          CHECK(c.fraction < 0.3);
          CHECK((c.start - c.called - hours(1)).value() == doctest::Approx(0));
        }
    }
    return seen;
  };
  const auto hourly = calls(7, hours(1));
  // 200 expected in 3,000 days, standard deviation 14
  CHECK(hourly.size() > 150);
  CHECK(hourly.size() < 250);
  CHECK(hourly == calls(7, minutes(90)));
  CHECK(hourly != calls(8, hours(1)));

  // Going from change to change meets every one of them.
  Supply supply(config, start, 7);
  std::size_t met = 0;
  for (Seconds t = supply.next_change(); t < days(3'000); t = supply.next_change()) {
    supply.advance(t);
    CHECK(supply.next_change() > t);
    if (met < hourly.size() && t.value() == hourly[met]) ++met;
  }
  CHECK(met == hourly.size());
}

TEST_CASE("a curtailment by 25 % for 3 h takes 0.75 MWh for each MW") {
  const auto run = meta_run();
  const Watts load = load_of(run);
  const FrequencyLaw law;
  SupplyConfig config;
  config.curtailments = {curtailment(hours(4), 0.25, hours(1), hours(3))};
  PowerMeter all, window, uncurtailed;
  uncurtailed.add(hours(10), load);
  Supply supply(config, start, 1);
  Seconds now;
  while (now < hours(10)) {
    const Seconds next = std::min(supply.next_change(), hours(10));
    const auto level = level_under(run, law, Response::Frequency, supply.limit(load));
    const Watts power = site_power(run, law, level, PowerState::Compute);
    all.add(next - now, power);
    if (supply.fraction() > 0) window.add(next - now, power);
    supply.advance(now = next);
  }
  const double p_mw = load.value() / 1e6;
  const double less_mwh = (uncurtailed.energy() - all.energy()).value() / 3.6e9;
  CHECK(std::abs(less_mwh / (0.75 * p_mw) - 1) < 1e-9);
  CHECK(window.peak() <= 0.75 * load);
  CHECK(window.energy().value() == doctest::Approx((3 * 0.75) * p_mw * 3.6e9).epsilon(1e-12));
}

TEST_CASE("under a limit a run pauses, shrinks or slows down") {
  const auto run = meta_run();
  const FrequencyLaw law;
  const Watts load = load_of(run);
  CHECK(load.value() == doctest::Approx(27.2e6));
  const auto level = [&](Response response, double limit_w) {
    return level_under(run, law, response, watts(limit_w));
  };
  for (const auto response : {Response::Pause, Response::Shrink, Response::Frequency}) {
    CHECK(level(response, 28e6).replicas == 8);
    CHECK(level(response, 28e6).speed == 1);
  }
  // Idle: (0.15 x 700 + 575) / 0.9 x 1.2 x 16,000 = 14.507 MW
  const auto paused = level(Response::Pause, 20e6);
  CHECK(paused.replicas == 0);
  CHECK(site_power(run, law, paused, PowerState::Idle).value() ==
        doctest::Approx(14.50667e6).epsilon(1e-6));
  // A replica draws 27.2 / 8 = 3.4 MW and nothing when off: 5 fit 20 MW
  const auto shrunk = level(Response::Shrink, 20e6);
  CHECK(shrunk.replicas == 5);
  CHECK(site_power(run, law, shrunk, PowerState::Compute).value() == doctest::Approx(17e6));
  CHECK(level(Response::Shrink, 3.3e6).replicas == 0);
  // (20 - 14.507) / (27.2 - 14.507) = 0.43277; its cube root 0.75641
  const auto slow = level(Response::Frequency, 20e6);
  CHECK(slow.replicas == 8);
  CHECK(slow.speed == doctest::Approx(0.75641).epsilon(1e-5));
  CHECK(site_power(run, law, slow, PowerState::Compute).value() == doctest::Approx(20e6));
  // Half speed draws 14.507 + 12.693 / 8 = 16.093 MW: below that it pauses
  CHECK(level(Response::Frequency, 16.1e6).speed == doctest::Approx(0.5).epsilon(1e-2));
  CHECK(level(Response::Frequency, 16.0e6).replicas == 0);
}

TEST_CASE("a limit of just what some replicas draw lets them all run") {
  auto run = meta_run();
  run.gpus = 160'000;
  run.replicas = 1'000;
  run.config.off_fraction = 0.01;
  run.others = watts(1.0 / 3.0);
  for (std::int64_t replicas = 1; replicas < run.replicas; ++replicas) {
    const Watts limit = site_power(run, {}, {replicas, 1, true}, PowerState::Compute);
    CHECK(level_under(run, {}, Response::Shrink, limit).replicas == replicas);
  }
}

TEST_CASE("nodes that are not in the run leave it less") {
  auto run = meta_run();
  run.others = watts(4e6);
  const auto level = level_under(run, {}, Response::Shrink, watts(20e6));
  CHECK(level.replicas == 4);  // 4 + 4 x 3.4 = 17.6 MW
  CHECK(site_power(run, {}, level, PowerState::Compute).value() == doctest::Approx(17.6e6));
}

TEST_CASE("property: no response in steps draws more than the limit, nor less than it need") {
  CHECK(rc::check([] {
    const auto share = [] { return *rc::gen::inRange(0, 10'001) / 1e4; };
    PoweredRun run;
    run.config = {watts(1 + 1000 * share()),
                  0.5 * share(),
                  1 + share(),
                  share(),
                  share(),
                  share(),
                  share(),
                  share(),
                  share()};
    run.tdp = watts(1 + 2000 * share());
    run.replicas = *rc::gen::inRange(1, 2'000);
    run.gpus = run.replicas * *rc::gen::inRange(1, 2'000);
    run.others = watts(1e6 * share());
    const FrequencyLaw law{1 + 3 * share(), 0.01 + 0.98 * share()};
    const auto response = *rc::gen::element(Response::Pause, Response::Shrink, Response::Frequency);
    const Watts load = load_of(run);
    const Watts limit = 1.1 * share() * load;
    const auto level = level_under(run, law, response, limit);
    const auto power_at = [&](const RunLevel& at) {
      return site_power(run, law, at, PowerState::Compute);
    };
    if (level.replicas > 0) RC_ASSERT(power_at(level) <= limit);
    if (response == Response::Shrink && level.replicas < run.replicas) {
      const RunLevel one_more{level.replicas + 1, 1, level.replicas + 1 < run.replicas};
      RC_ASSERT(power_at(one_more) > limit * (1 - 1e-12));
    }
    if (response == Response::Frequency && level.replicas > 0 && level.speed < 1)
      RC_ASSERT(power_at(level) >= limit * (1 - 1e-12));
  }));
}

}  // namespace
}  // namespace longhaul::operations
