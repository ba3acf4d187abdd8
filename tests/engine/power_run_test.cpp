// What electricity does to a run, and what the run draws, on the clock.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engine/run_actor.hpp"
#include "engine/settings.hpp"

namespace longhaul::engine {
namespace {

using namespace operations;

/// Four nodes of 8 chips of 700 W, each with 575 W of server: in steps 4 x 8 x 1,275 = 40.8 kW,
/// standing idle 4 x 8 x (0.15 x 700 + 575) = 21.76 kW, writing 4 x 8 x (0.3 x 700 + 575) = 25.12.
/// One-minute steps for a day; nothing fails; a checkpoint takes 5 minutes and comes only when
/// asked.
RunInputs powered_run() {
  start_engine(Clock::Months);
  RunInputs in;
  in.step = [](const std::vector<std::int64_t>&) { return minutes(1); };
  in.checkpoint_interval = minutes(1e6);
  in.tiers.back().write = minutes(5);
  in.nodes = {6, 6, 4, 1, 1};
  in.duration = hours(24);
  in.recovery.detect = in.recovery.restart = seconds(0);
  auto& power = in.power.emplace();
  power.config = {watts(575), 0, 1, 1, 0.3, 0.15, 0.5, 0.25, 0};
  power.tdp = watts(700);
  power.gpus_per_node = 8;
  return in;
}
constexpr double compute_w = 40'800, idle_w = 21'760, write_w = 25'120;

CurtailmentConfig curtailment(double at_hours, double fraction, Seconds notice) {
  return {{std::nullopt, hours(at_hours)}, fraction, notice, hours(3)};
}
SupplyConfig& site(RunInputs& in) { return in.power->sites.front(); }

auto near(double value, double epsilon = 1e-9) { return doctest::Approx(value).epsilon(epsilon); }
double minutes_spent(const RunTotals& totals, Spending on) {
  return totals.ledger.spent(on) / minutes(1);
}
double watt_hours(const RunTotals& totals) { return totals.energy.value() / 3600; }

TEST_CASE("without limits a run draws what its nodes do") {
  auto in = powered_run();
  in.spares.warm = 1;  // and one that is free, which is not the run's
  in.steps = 600;      // 600 min of steps, 5 min of the last checkpoint
  site(in).tariff = {DollarsPerJoule::from_value(0.1 / 3.6e6), 0.4};
  const auto totals = simulate_run(in, {});
  const double spare_w = 0.5 * 8 * 1275;
  const double wh = 10 * compute_w + 5 / 60.0 * write_w + 605 / 60.0 * spare_w;
  CHECK(watt_hours(totals) == near(wh));
  CHECK(totals.peak_power.value() == near(compute_w + spare_w));
  REQUIRE(totals.sites.size() == 1);
  CHECK(totals.sites[0].energy == totals.energy);
  CHECK(totals.sites[0].cost.value() == near(wh / 1000 * 0.1));
  CHECK(totals.sites[0].co2_kg == near(wh / 1000 * 0.4));
}

TEST_CASE("free and cold nodes draw what the card says of them") {
  auto in = powered_run();
  in.spares.cold = 1;  // beside the four of the run, and one that is free
  in.steps = 600;
  in.tiers.back().write = seconds(0);
  in.power->config.free_fraction = 0.3;
  in.power->config.cold_fraction = 0.01;
  CHECK(watt_hours(simulate_run(in, {})) == near(10 * (compute_w + 0.31 * 8 * 1275)));
}

TEST_CASE("a quarter less for 3 hours by the clock of the chips is 0.75 P MWh less") {
  auto in = powered_run();
  in.power->response = Response::Frequency;
  site(in).curtailments = {curtailment(10, 0.25, seconds(0))};
  in.timeline_every = minutes(30);
  double most_w = 0;
  Joules before;
  RunObserver observer;
  observer.on_sample = [&](const RunSample& sample) {
    if (sample.time > hours(10) && sample.time <= hours(13))
      most_w = std::max(most_w, ((sample.energy - before) / minutes(30)).value());
    before = sample.energy;
  };
  const auto totals = simulate_run(in, observer);
  CHECK(watt_hours(totals) == near(24 * compute_w - 0.75 * compute_w));
  CHECK(most_w <= 0.75 * compute_w * (1 + 1e-9));
  // idle + (full - idle) s^3 = 0.75 full
  const double speed = std::cbrt((0.75 * compute_w - idle_w) / (compute_w - idle_w));
  CHECK(minutes_spent(totals, Spending::Capped) == near(180 * (1 - speed), 1e-3));
  CHECK(totals.steps == static_cast<std::int64_t>(21 * 60 + 180 * speed));
  CHECK(minutes_spent(totals, Spending::Curtailed) == 0);
}

TEST_CASE("only what goes with the clock of the chips takes longer") {
  auto in = powered_run();
  in.power->response = Response::Frequency;
  in.power->clocked_share = 0.5;
  site(in).cap = watts(30'600);
  const double speed = std::cbrt((30'600 - idle_w) / (compute_w - idle_w));
  const auto totals = simulate_run(in, {});
  CHECK(totals.steps == static_cast<std::int64_t>(24 * 60 / (1 + 0.5 * (1 / speed - 1))));
}

TEST_CASE("a run that is told in time saves its work and stands idle") {
  auto in = powered_run();
  site(in).curtailments = {curtailment(10, 0.25, hours(2))};
  const auto totals = simulate_run(in, {});
  // From 594 min a step and a write fit before 600: the step ends at 595, the write at 600.
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(180));
  CHECK(totals.checkpoints == 1);
  CHECK(totals.steps == 24 * 60 - 180 - 5);
  CHECK(watt_hours(totals) ==
        near((24 - 3 - 5 / 60.0) * compute_w + 5 / 60.0 * write_w + 3 * idle_w));
}

TEST_CASE("without notice it stands idle amid a step, and loses nothing") {
  auto in = powered_run();
  site(in).curtailments = {curtailment(10 + 0.5 / 60, 0.25, seconds(0))};
  const auto totals = simulate_run(in, {});
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(180));
  CHECK(totals.checkpoints == 0);
  CHECK(totals.redone_steps == 0);
  CHECK(totals.steps == 24 * 60 - 180);
}

TEST_CASE("a write under way when power goes is finished at the power of standing idle") {
  auto in = powered_run();
  in.checkpoint_interval = minutes(60);
  in.duration = minutes(250);
  // Steps until 60 min, a write until 65; from 62 to 242 the run may not draw more than idle.
  site(in).curtailments = {curtailment(62.0 / 60, 0.45, seconds(0))};
  const auto totals = simulate_run(in, {});
  CHECK(totals.checkpoints == 1);
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(177));
  CHECK(60 * watt_hours(totals) ==
        near(60 * compute_w + 2 * write_w + 180 * idle_w + 8 * compute_w));
}

TEST_CASE("a run waits for the power that comes later, and steps at its date") {
  auto in = powered_run();
  in.power->start = *parse_date("2026-03-01");
  site(in).cap = watts(25'000);
  site(in).cap_steps = {{{parse_date("2026-03-01T06:00:00"), std::nullopt}, watts(41'000)}};
  const auto totals = simulate_run(in, {});
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(360));
  CHECK(totals.steps == 18 * 60);
}

TEST_CASE("replicas are given up for want of power and taken up again") {
  auto in = powered_run();
  in.sizes = {4, 3, 2, 1};
  in.step = [](const std::vector<std::int64_t>& nodes) {
    return minutes(4.0 / static_cast<double>(nodes.size()));
  };
  in.elastic.reconfigure = minutes(10);
  in.checkpoint_interval = minutes(60);
  in.power->response = Response::Shrink;
  // 31 kW leave three nodes (30.6 kW) from 10 h on, for 3 h.
  site(in).curtailments = {curtailment(10, 1 - 31.0 / 40.8, seconds(0))};
  std::vector<std::int64_t> sizes;
  RunObserver observer;
  observer.on_event = [&](const RunEvent& event) {
    if (event.kind == EventKind::Resized) sizes.push_back(event.node);
  };
  const auto totals = simulate_run(in, observer);
  CHECK(sizes == std::vector<std::int64_t>{3, 4});
  CHECK(minutes_spent(totals, Spending::Replacement) == near(20));
  // Checkpoints every 60 + 5 min: 15 min into steps at 10 h. From 610 min on 30 steps of 4/3 min to
  // the next, 45 from 655, 45 from 720 to 780: 120, a quarter of each for want of the fourth node.
  CHECK(minutes_spent(totals, Spending::Resized) == near(40));
  CHECK(totals.redone_steps == 0);
}

TEST_CASE("nodes given up for want of power are off, and not as free nodes are") {
  auto in = powered_run();
  in.sizes = {4, 3, 2, 1};
  in.step = [](const std::vector<std::int64_t>& nodes) {
    return minutes(4.0 / static_cast<double>(nodes.size()));
  };
  in.checkpoint_interval = minutes(60);
  in.tiers.back().write = seconds(0);
  in.power->response = Response::Shrink;
  in.power->config.free_fraction = 0.3;
  in.power->config.off_fraction = 0.01;
  // Two free nodes draw 0.3 x 20.4 = 6.12 kW beside 40.8. Three tenths less are 32.844 kW, which
  // leave 26.724: two nodes at 10.2, the two given up at 0.102.
  site(in).curtailments = {curtailment(10, 0.3, seconds(0))};
  const double free_w = 6'120, less_w = 2 * (compute_w / 4) + 2 * 102;
  CHECK(watt_hours(simulate_run(in, {})) == near(24 * free_w + 21 * compute_w + 3 * less_w));
}

/// The same run over two sites, its step as long as it has fewer nodes, which shrinks at no cost.
RunInputs on_two_sites(std::int64_t platform) {
  auto in = powered_run();
  in.nodes = {platform, platform, 4, 1, 1, 1, platform / 2};
  in.power->sites.resize(2);
  in.power->response = Response::Shrink;
  in.sizes = {4, 3, 2, 1};
  in.step = [](const std::vector<std::int64_t>& nodes) {
    return minutes(4.0 / static_cast<double>(nodes.size()));
  };
  in.checkpoint_interval = minutes(60);
  in.tiers.back().write = seconds(0);
  return in;
}
constexpr double node_w = compute_w / 4;

TEST_CASE("of a run on two sites the one without power gives its replicas up") {
  auto in = on_two_sites(4);
  // 0.55 of 20.4 kW leave one node of two at the first site, from 10 h on.
  site(in).curtailments = {curtailment(10, 0.45, seconds(0))};
  std::vector<std::int64_t> sizes;
  double grown_h = 0;
  RunObserver observer;
  observer.on_event = [&](const RunEvent& event) {
    if (event.kind != EventKind::Resized) return;
    sizes.push_back(event.node);
    grown_h = event.time / hours(1);
  };
  const auto totals = simulate_run(in, observer);
  CHECK(sizes == std::vector<std::int64_t>{3, 4});
  CHECK(grown_h == near(13));  // 135 steps of 80 s after 10 h, where the limit ends
  CHECK(totals.sites[0].energy.value() / 3600 == near(24 * 2 * node_w - (grown_h - 10) * node_w));
  CHECK(totals.sites[1].energy.value() / 3600 == near(24 * 2 * node_w));
  CHECK(totals.redone_steps == 0);
}

TEST_CASE("free nodes of a site with power take the places of those without") {
  auto in = on_two_sites(6);  // nodes 0 to 2 and 3 of the run, 4 and 5 free
  // 0.7 of 30.6 kW leave two nodes of three.
  site(in).curtailments = {curtailment(10, 0.3, seconds(0))};
  const auto totals = simulate_run(in, {});
  CHECK(totals.steps == 24 * 60);
  CHECK(totals.sites[0].energy.value() / 3600 == near((10 * 3 + 14 * 2) * node_w));
  CHECK(totals.sites[1].energy.value() / 3600 == near((10 * 1 + 14 * 2) * node_w));
}

TEST_CASE("a run that all its sites leave without power stands still") {
  auto in = on_two_sites(4);
  for (auto& one : in.power->sites) one.curtailments = {curtailment(10, 0.99, seconds(0))};
  in.power->config.off_fraction = 0;
  const auto totals = simulate_run(in, {});
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(180));
  CHECK(totals.steps == 21 * 60);
}

TEST_CASE("power rises and falls no faster than it may") {
  auto in = powered_run();
  in.steps = 600;
  // 19.04 kW from idle to steps in 10 minutes; down to 25.12 kW in 8.235, more than the write takes
  site(in).ramp = watts_per_second((compute_w - idle_w) / 600);
  const auto totals = simulate_run(in, {});
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(10));
  const double at_end = compute_w - 300 * (compute_w - idle_w) / 600;
  CHECK(watt_hours(totals) == near(10 / 60.0 * (idle_w + compute_w) / 2 + 10 * compute_w +
                                   5 / 60.0 * (compute_w + at_end) / 2));
}

TEST_CASE("the site with the least power sets the pace of all") {
  auto in = powered_run();
  in.nodes = {4, 4, 4, 1, 1, 1, 2};
  in.power->response = Response::Frequency;
  in.power->sites.resize(2);
  in.power->sites[1].cap = watts(0.75 * compute_w / 2);
  const double speed = std::cbrt((0.75 * compute_w - idle_w) / (compute_w - idle_w));
  const auto totals = simulate_run(in, {});
  CHECK(totals.steps == static_cast<std::int64_t>(24 * 60 * speed));
  for (const auto& site : totals.sites)
    CHECK(site.energy.value() / 3600 == near(24 * 0.75 * compute_w / 2));
}

TEST_CASE("a run that only power disturbs can be stopped all the same") {
  auto in = powered_run();
  in.duration = days(1000);
  in.power->response = Response::Frequency;
  for (int day = 0; day < 900; ++day)
    site(in).curtailments.push_back(curtailment(24 * day, 0.25, seconds(0)));
  RunObserver observer;
  observer.go_on = [](Seconds time, std::int64_t) { return time < days(10); };
  const auto totals = simulate_run(in, observer);
  CHECK(totals.interrupted);
  CHECK(totals.simulated == days(10));
}

TEST_CASE("a node that fails while the run is paused is replaced, and the pause goes on") {
  auto in = powered_run();
  site(in).curtailments = {curtailment(10, 0.25, seconds(0))};
  FailureCause cause;
  cause.name = "node";
  cause.strikes = Strikes::Node;
  in.failures = {"test", "", 1, days(1), {cause}};
  in.replay = {{hours(11), 0, std::nullopt, 0}};
  in.recovery.restart = minutes(30);
  in.repair.automatic = hours(48);
  const auto totals = simulate_run(in, {});
  // Nothing was saved: 600 steps are done again. 3 h less 30 min of restart are booked as pause.
  CHECK(totals.redone_steps == 600);
  CHECK(minutes_spent(totals, Spending::Curtailed) == near(150));
  CHECK(totals.steps == 11 * 60);
}

}  // namespace
}  // namespace longhaul::engine
