#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "engine/lab_actor.hpp"
#include "lab/strategy.hpp"
#include "small_world.hpp"

using namespace longhaul;
using lab::Ending;
using lab::LabRun;
using lab::StrategyKind;
using test::best_length;
using test::only_lab;
using test::smooth_world;

namespace {

const auto year = seconds(seconds_per_year);
const auto month = seconds(seconds_per_month);

doctest::Approx near(double value, double share) { return doctest::Approx(value).epsilon(share); }

std::vector<LabRun> runs_of(const lab::YearsInputs& in) {
  std::vector<LabRun> runs;
  lab::YearsObserver observer;
  observer.on_run = [&](const LabRun& run) { runs.push_back(run); };
  engine::simulate_years(in, observer);
  return runs;
}

lab::YearsInputs one_phase_world() {
  lab::YearsInputs in;
  in.duration = 4 * 365.25 * days(1);
  in.scaling = *training::find_scaling_law("hoffmann-2022");
  world::Phase phase;
  phase.at.after = Seconds();
  phase.chips = 1000;
  phase.chip = {flop_per_second(1e15), "bf16", 0.5, watts(1000), dollars(25'000)};
  in.world.phases.push_back(phase);
  in.labs.emplace_back();
  in.labs.front().length = days(100);
  return in;
}

}  // namespace

TEST_CASE("longest run: events find the published optimum of each of the five rows") {
  // [Sevilla+ 2022, corrected 2023] g_H 0.281, g_S 0.541; with investment g_C 1.31 in all; and the
  // 2025 update, algorithms at 3 times a year. L = 1/(sum).
  struct Row {
    test::Growth growth;
    Seconds exact;
  };
  const std::vector<Row> rows{{{0.281, 0, 0}, 3.559 * year},
                              {{0.281, 0.541, 0}, 14.60 * month},
                              {{0.281, 0, 1.029}, 9.16 * month},
                              {{0.281, 0.541, 1.029}, 6.483 * month},
                              {{0.281, std::log(3.0), 0}, 8.70 * month}};
  for (const auto& row : rows) {
    const auto in = smooth_world(row.growth, 12.0 * year);
    CHECK(lab::optimal_length(per_second(row.growth.sum() / seconds_per_year), in.duration) /
              row.exact ==
          near(1, 1e-3));
    const auto best = best_length(in, days(30), 8.0 * year);
    INFO("event-driven ", best.value() / seconds_per_month, " months");
    CHECK(best / row.exact == near(1, 0.02));
  }
}

TEST_CASE("the optimum is 1/g whatever the rates") {
  rc::check([] {
    const auto rate = [](double least, double most) {
      return least + (most - least) * *rc::gen::inRange(0, 1000) / 1000.0;
    };
    const test::Growth g{rate(0.1, 0.6), rate(0, 1.5), rate(0, 1.5)};
    // Long enough for two of the runs: then none of them is the whole time.
    const auto best = best_length(smooth_world(g, 2.5 / g.sum() * year), 0.05 / g.sum() * year,
                                  1.24 / g.sum() * year);
    RC_ASSERT(std::abs(best * g.sum() / year - 1) < 0.02);
  });
}

TEST_CASE("one run by hand") {
  // 1,000 chips x 1e15 FLOP/s x 0.5 for 100 days = 4.32e24 FLOP, twice its worth a year later.
  auto in = one_phase_world();
  in.duration = days(100 + 365.25);
  in.world.algorithms.growth = 2;
  const auto runs = runs_of(in);
  REQUIRE(runs.size() == 4);  // of 100 days each, the last up to the deadline: from day 65.25 on
  CHECK(runs[0].start == days(65.25));
  CHECK(runs[3].end == in.duration);
  CHECK(runs[3].compute.value() == near(4.32e24, 1e-12));
  CHECK(runs[3].worth == near(2, 1e-12));
  CHECK(runs[3].effective.value() == near(8.64e24, 1e-12));
  CHECK(runs[3].best);
  // N = sqrt(C/120) = 1.8974e11, D = 20 N.
  CHECK(runs[3].parameters == near(1.8974e11, 1e-4));
  CHECK(runs[3].data.value() == near(3.7947e12, 1e-4));
  // 1 MW for 100 days; 25 M$ over four years.
  CHECK(runs[3].energy.value() == near(1e6 * 8.64e6, 1e-12));
  CHECK(runs[3].cost.value() == near(25e6 * 100 / (4 * 365.25), 1e-12));
  CHECK(runs[3].bound == lab::Bound::Chips);

  const auto totals = only_lab(in);
  CHECK(totals.runs == 4);
  // The chips are there and draw their power for all of the 465.25 days, idle for 65.25 of them.
  CHECK(totals.runs_energy.value() == near(4 * 8.64e12, 1e-12));
  CHECK(totals.runs_cost.value() == near(4 * 25e6 * 100 / (4 * 365.25), 1e-12));
  CHECK(totals.energy.value() == near(1e6 * 465.25 * 86400, 1e-12));
  CHECK(totals.cost.value() == near(25e6 * 465.25 / (4 * 365.25), 1e-12));
  in.world.idle_fraction = 0.2;
  CHECK(only_lab(in).energy.value() == near(1e6 * (400 + 0.2 * 65.25) * 86400, 1e-12));
  CHECK(totals.useful.value() == near(4 * 4.32e24, 1e-12));
  CHECK(totals.idle.value() == near(5e17 * 65.25 * 86400, 1e-12));
  CHECK(totals.lost.value() == near(0, 1e-12));
}

TEST_CASE("experiments and serving draw power and are paid for, a site's energy by its price") {
  // 1 MW for a year at 0.1 dollars a kWh, 876,600 dollars, half of it in the run; 25 M$ of chips.
  auto in = one_phase_world();
  in.duration = year;
  in.labs.front().length = year;
  in.labs.front().experiments = 0.5;
  world::Site site;
  site.supply.cap = watts(1e9);
  site.supply.tariff.price = dollars(0.1) / joules(3.6e6);
  in.world.sites.push_back(site);
  const auto totals = only_lab(in);
  CHECK(totals.energy.value() == near(1e6 * year.value(), 1e-12));
  CHECK(totals.runs_energy.value() == near(0.5e6 * year.value(), 1e-12));
  CHECK(totals.cost.value() == near(25e6 / 4 + 876'600, 1e-12));
  CHECK(totals.runs_cost.value() == near((25e6 / 4 + 876'600) / 2, 1e-12));
}

TEST_CASE("a run pays for energy what it cost when it was drawn, and never draws beyond the cap") {
  // 360 days at 1 MW: 350 at 0.01 dollars a kWh, 84,000 dollars, then the site that is dear: caps
  // of 1 MW and 0 there, 0 and 1 MW here, so 10 days at 1 dollar, 240,000; chips 25 M$ x 360/1461.
  auto in = one_phase_world();
  in.duration = in.labs.front().length.emplace(days(360));
  const auto site = [](double before_w, double after_w, double price) {
    world::Site site;
    site.supply.cap = watts(before_w);
    site.supply.cap_steps.push_back({{{}, days(350)}, watts(after_w)});
    site.supply.tariff.price = dollars(price) / joules(3.6e6);
    return site;
  };
  in.world.sites = {site(1e6, 0, 0.01), site(0, 1e6, 1)};
  const auto run = runs_of(in).at(0);
  CHECK(run.cost.value() == near(84'000 + 240'000 + 25e6 * 360 / 1461, 1e-9));
  CHECK(only_lab(in).cost.value() == near(run.cost.value(), 1e-9));

  // From day 100 on ten times as many chips of ten times the speed, of a tenth of the watts: then
  // half of the power. The run keeps its chips, so half of its speed and watts.
  in.world.sites = {site(1e6, 1e6, 0)};
  in.world.sites.front().supply.cap_steps.front() = {{{}, days(180)}, watts(0.5e6)};
  auto thrifty = in.world.phases.front();
  thrifty.at.after = days(100);
  thrifty.chips = 10'000;
  thrifty.chip.flops *= 10;
  thrifty.chip.power *= 0.1;
  in.world.phases.push_back(thrifty);
  const auto halved = runs_of(in).at(0);
  CHECK(halved.energy.value() == near(0.75 * 1e6 * 360 * 86'400, 1e-9));
  CHECK(halved.compute.value() == near(0.75 * 5e17 * 360 * 86'400, 1e-9));
  CHECK(only_lab(in).energy.value() <= (180 * 1e6 + 180 * 0.5e6) * 86'400 * (1 + 1e-9));
}

TEST_CASE("what serves more and more leaves a run, and all still adds up") {
  auto in = one_phase_world();
  in.duration = 2.0 * year;
  in.labs.front().length = year;
  in.labs.front().serving = 0.3;
  in.labs.front().serving_growth = 2;
  const auto t = only_lab(in);
  CHECK((t.useful + t.lost + t.idle + t.experiments + t.serving).value() ==
        near(5e17 * 2 * year.value(), 1e-9));
  CHECK(t.energy.value() == near(1e6 * 2 * year.value(), 1e-9));
  // 0.3 x 2^t on average over the second year: 0.3/ln 2; the run has the rest, in stretches.
  CHECK(t.serving.value() == near(5e17 * year.value() * 0.3 / std::log(2), 1e-4));
  CHECK(t.useful.value() == near(5e17 * year.value() * (2 - 0.3 / std::log(2)), 1e-4));
}

TEST_CASE("all chips cost at least what those of runs do, as prices and chips fall") {
  auto in = smooth_world({}, 2.0 * year);
  in.labs.front().length = year;
  in.world.trend->price_growth = 0.5;
  const auto dearer = only_lab(in);
  CHECK(dearer.cost >= dearer.runs_cost * (1 - 1e-9));
  in.world.trend->chips = 1000;
  in.world.trend->chips_growth = 0.5;
  in.world.money.budget.reset();
  const auto fewer = only_lab(in);
  CHECK(fewer.cost >= fewer.runs_cost * (1 - 1e-9));
  // 1,000 chips x 1e15 x 0.4, halved every year: 4e17 x (1 - 1/4)/ln 2 years.
  CHECK(fewer.useful.value() == near(4e17 * year.value() * 0.75 / std::log(2), 1e-3));
}

TEST_CASE("a run that ends when chips arrive is released before anybody gives it up") {
  auto in = one_phase_world();
  auto more = in.world.phases.front();
  more.at.after = days(100);
  more.chips = 10'000;
  in.world.phases.push_back(more);
  auto& lab = in.labs.front();
  lab.strategy = StrategyKind::Restart;
  lab.threshold = 2;
  const auto first = runs_of(in).at(0);
  CHECK(first.ending == Ending::Released);
  CHECK(first.end == days(100));
}

TEST_CASE("a run of a compute goes on until it has that, whatever the cap") {
  // 100 days of 1,000 chips; from day 50 on half of them: 50 + 100 days.
  auto in = one_phase_world();
  world::Site site;
  site.supply.cap = watts(1e6);
  site.supply.cap_steps.push_back({{{}, days(50)}, watts(0.5e6)});
  in.world.sites.push_back(site);
  auto& lab = in.labs.front();
  lab.strategy = StrategyKind::FixedCompute;
  lab.compute = 5e17 * 100 * 86'400 * flop(1);
  const auto first = runs_of(in).at(0);
  CHECK(first.compute.value() == near(5e17 * 100 * 86'400, 1e-9));
  CHECK(first.end / days(1) == near(150, 1e-9));
}

TEST_CASE("chips that wait for the first run could do what the step model says of one") {
  // Half of 5e17 FLOP/s, for the 65.25 days before runs of 100 days fit up to the deadline.
  auto in = one_phase_world();
  in.duration = days(365.25 + 100);
  in.utilisation = [](const auto&, std::int64_t, double, Seconds) { return 0.25; };
  CHECK(only_lab(in).idle.value() == near(2.5e17 * 65.25 * 86'400, 1e-9));
}

TEST_CASE("a lab earns from its first release on, by the rule of its best model") {
  // Runs of 100 days in 300: released after 100 and 200 (and at the end). 1 dollar a year for each
  // FLOP: 4.32e24 x 200/365.25; recipes do not get better, so the first model stays the best.
  auto in = one_phase_world();
  in.duration = days(300);
  in.revenue = [](const lab::Market& m) { return dollars(m.effective.value()); };
  CHECK(only_lab(in).revenue.value() == near(4.32e24 * 200 / 365.25, 1e-9));
  // A dollar a year for each year since the release: t^2/2.
  in.revenue = [](const lab::Market& m) { return dollars(m.years_since_release); };
  CHECK(only_lab(in).revenue.value() == near(std::pow(200 / 365.25, 2) / 2, 1e-9));
  in.revenue = [](const lab::Market& m) { return dollars(m.rival.value()); };
  CHECK(only_lab(in).revenue.value() == 0.0);
}

TEST_CASE("progress that is adopted counts from then on") {
  // Growth e a year and half of it adopted over a run of a year: the mean of e^(t/2) over [0, 1]
  // is 2 (sqrt(e) - 1).
  auto in = one_phase_world();
  in.duration = year;
  in.labs.front().length = year;
  in.world.algorithms.growth = std::exp(1.0);
  CHECK(runs_of(in).at(0).worth == near(1, 1e-12));
  in.world.algorithms.adopted = 0.5;
  CHECK(runs_of(in).at(0).worth == near(2 * (std::exp(0.5) - 1), 1e-9));
}

TEST_CASE("progress ebbs, and follows what experiments are spent on it") {
  // Rate ln 2 e^(-t): after two years 2^(1 - e^-2).
  auto in = one_phase_world();
  in.duration = 2.0 * year;
  in.world.algorithms.growth = 2;
  in.world.algorithms.acceleration = -1;
  in.timeline_every = days(10);
  const auto ebbing = engine::simulate_years(in, {});
  CHECK(ebbing.log_worth == near(std::log(2) * (1 - std::exp(-2)), 1e-9));
  // A quarter of 5e17 FLOP/s in experiments, four times the reference: with exponent 1/2 twice as
  // fast.
  in.world.algorithms.acceleration = 0;
  in.world.algorithms.experiments = world::ExperimentsLaw{flop_per_second(1.25e17 / 4), 0.5};
  in.labs.front().experiments = 0.25;
  const auto with = engine::simulate_years(in, {});
  CHECK(with.log_worth == near(2 * 2 * std::log(2), 1e-9));
  // They are taken from the runs: three quarters of 100 days.
  CHECK(runs_of(in).at(0).compute.value() == near(0.75 * 4.32e24, 1e-12));
}

TEST_CASE("jumps come at their rate and size") {
  auto in = one_phase_world();
  in.duration = 200.0 * year;
  in.labs.front().length = 10.0 * year;
  in.world.algorithms.jumps = world::Jumps{per_second(2 / seconds_per_year), {Ratio(3.0)}};
  const auto totals = engine::simulate_years(in, {});
  // 400 expected, three deviations of a Poisson process are 60.
  CHECK(std::abs(static_cast<double>(totals.jumps) - 400) < 60);
  CHECK(totals.log_worth == near(static_cast<double>(totals.jumps) * std::log(3), 1e-12));
}

TEST_CASE("power, money, the wall, data and time are named where they bind") {
  auto in = one_phase_world();
  in.duration = days(100);
  // 500 kW for chips of 1 kW: half of them.
  world::Site site;
  site.supply.cap = watts(500e3);
  in.world.sites.push_back(site);
  auto run = runs_of(in).at(0);
  CHECK(run.bound == lab::Bound::Power);
  CHECK(run.compute.value() == near(4.32e24 / 2, 1e-12));
  in.world.sites.clear();
  // 2.5 M$ buy 100 chips of 25,000.
  in.world.money.budget = dollars(2.5e6);
  run = runs_of(in).at(0);
  CHECK(run.bound == lab::Bound::Money);
  CHECK(run.compute.value() == near(4.32e24 / 10, 1e-12));
  in.world.money.budget.reset();
  // t_L 120 us, 60M tokens, 9 months: N 6.68e14, C 5.36e31 [Epoch AI 2024]. The same at 100 days
  // and 1e3 tokens is far below 4.32e24.
  in.world.latency = world::LatencyConfig{seconds(120e-6), tokens(60e6)};
  CHECK(latency_bound(in.world.latency, 9.0 * month, {}).value() == near(5.36e31, 2e-3));
  in.world.latency->batch = tokens(1e3);
  run = runs_of(in).at(0);
  CHECK(run.bound == lab::Bound::Latency);
  CHECK(run.compute.value() == near(latency_bound(in.world.latency, days(100), {}).value(), 1e-9));
  // Four times the tokens a parameter: N falls by 4^(1/1.27) and C = 6 r N^2 to 4 x 4^(-2/1.27),
  // 0.45075 of it.
  in.labs.front().over_training = 4;
  CHECK(runs_of(in).at(0).compute.value() == near(0.450748 * run.compute.value(), 1e-4));
  in.labs.front().over_training = 1;
  in.world.latency.reset();
  // 3.79e12 tokens wanted of 1e11: 37.9 epochs, of which the fit says they are worth
  // 1 + 15.39 (1 - e^(-36.9/15.39)) = 14.99 times the unique ones.
  in.world.data.emplace().stocks = {{"text", tokens(1e11), 1}};
  run = runs_of(in).at(0);
  CHECK(run.bound == lab::Bound::Data);
  CHECK(run.epochs == near(37.947, 1e-4));
  CHECK(run.data_worth < 0.5);
  in.world.data.reset();
  // Not done by the deadline.
  in.labs.front().strategy = StrategyKind::Restart;
  in.labs.front().threshold = 2;
  in.labs.front().length = days(80);
  CHECK(runs_of(in).size() == 1);
}

TEST_CASE("beyond where scaling bends compute counts for less, or for nothing") {
  // 4.32e24 FLOP are four times 1.08e24: with the square root they count twice as much as that.
  auto in = one_phase_world();
  in.duration = days(100);
  in.world.algorithms.bend = world::ScalingBend{flop(1.08e24), 0.5};
  CHECK(runs_of(in).at(0).effective.value() == near(2.16e24, 1e-9));
  in.world.algorithms.bend->keeps = 0;
  CHECK(runs_of(in).at(0).effective.value() == near(1.08e24, 1e-9));
  in.world.algorithms.bend->at = flop(1e26);
  CHECK(runs_of(in).at(0).effective.value() == near(4.32e24, 1e-9));
}

TEST_CASE("a run goes on with what the cap leaves of its cluster") {
  // 1,000 chips of 1 kW for 50 days, 500 for 50 more: three quarters of 4.32e24 FLOP and 2.4 GWh.
  auto in = one_phase_world();
  in.duration = days(100);
  world::Site site;
  site.supply.cap = watts(1e6);
  operations::CapStep step;
  step.at.after = days(50);
  step.cap = watts(500e3);
  site.supply.cap_steps.push_back(step);
  in.world.sites.push_back(site);
  const auto run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(0.75 * 4.32e24, 1e-12));
  CHECK(run.energy.value() == near(0.75 * 1e6 * 8.64e6, 1e-12));
}

TEST_CASE("a run of a compute lasts as long as the latency wall asks") {
  // N = sqrt(1e24/120), D = 20 N: T = 120 us x 0.088 N^0.27 x D/1e6.
  auto in = one_phase_world();
  in.labs.front().strategy = StrategyKind::FixedCompute;
  in.labs.front().compute = flop(1e24);
  in.world.latency = world::LatencyConfig{seconds(120e-6), tokens(1e6)};
  const double n = std::sqrt(1e24 / 120);
  const double serial = 120e-6 * 0.088 * std::pow(n, 0.27) * 20 * n / 1e6;
  const double at_once = 1e24 / 5e17;
  const auto run = runs_of(in).at(0);
  CHECK((run.end - run.start).value() == near(std::max(serial, at_once), 1e-9));
  in.world.latency->batch = tokens(1e3);
  const auto slow = runs_of(in).at(0);
  CHECK(1000 * serial > at_once);
  CHECK((slow.end - slow.start).value() == near(1000 * serial, 1e-9));
  CHECK(slow.compute.value() == near(1e24, 1e-9));
  CHECK(slow.bound == lab::Bound::Latency);
}

TEST_CASE("what comes out does not depend on how often years are sampled") {
  auto in = smooth_world({0.3, 0.5, 1}, 10.0 * year);
  in.world.algorithms.experiments = world::ExperimentsLaw{flop_per_second(1e18), 0.2};
  in.labs.front().experiments = 0.1;
  const auto rarely = engine::simulate_years(in, {});
  in.timeline_every = days(1);
  const auto daily = engine::simulate_years(in, {});
  CHECK(rarely.log_worth == near(daily.log_worth, 1e-4));
  CHECK(rarely.labs[0].idle.value() == near(daily.labs[0].idle.value(), 1e-3));
}

TEST_CASE("tokens that models write never make a run worse") {
  rc::check([] {
    auto in = one_phase_world();
    in.duration = days(100);
    in.world.data.emplace().stocks = {{"text", tokens(1e10 * *rc::gen::inRange(1, 500)), 1.0}};
    const auto without = runs_of(in).at(0);
    in.world.data->synthetic =
        world::Synthetic{*rc::gen::inRange(0, 500) / 10.0, 0.1 + *rc::gen::inRange(0, 50) / 10.0};
    const auto with = runs_of(in).at(0);
    RC_ASSERT(with.effective >= without.effective * (1 - 1e-12));
    RC_ASSERT(with.effective <= with.compute * with.worth * (1 + 1e-12));
  });
}

TEST_CASE("megawatts arrive as what makes them is built") {
  // 300 kW of grid from the start on, 200 kW of gas ordered on day 10 that take 30 days, and the
  // grid's own step to 400 kW on day 50.
  world::Site site;
  site.supply.cap = watts(300e3);
  operations::CapStep step;
  step.at.after = days(50);
  step.cap = watts(400e3);
  site.supply.cap_steps.push_back(step);
  world::PowerSource gas{{"gas", "", {days(30)}}, {}, watts(200e3)};
  gas.at.after = days(10);
  site.sources.push_back(gas);
  const auto supply = with_sources(site, 0, {}, 1);
  REQUIRE(supply.cap_steps.size() == 2);
  CHECK(*supply.cap == watts(300e3));
  CHECK(*supply.cap_steps[0].at.after == days(40));
  CHECK(supply.cap_steps[0].cap == watts(500e3));
  CHECK(supply.cap_steps[1].cap == watts(600e3));
  // So runs of 25 days, from days 0, 25, 50 and 75 on, have 300, 300, 600 and 600 chips of 1 kW:
  // caps hold from their moment on.
  auto in = one_phase_world();
  in.duration = days(100);
  in.labs.front().length = days(25);
  in.world.sites.push_back(site);
  const auto runs = runs_of(in);
  REQUIRE(runs.size() == 4);
  for (const auto& [i, chips] :
       std::vector<std::pair<int, double>>{{0, 300}, {1, 300}, {2, 600}, {3, 600}})
    CHECK(runs[static_cast<std::size_t>(i)].cluster.chips == near(chips, 1e-12));
}

TEST_CASE("a site feeds fewer chips where its PUE is more than their figures count") {
  // 500 kW at 1.25 are 400 chips of 1 kW, which the site draws 500 kW for: 4.32e15 J in 100 days.
  auto in = one_phase_world();
  in.duration = days(100);
  world::Site site;
  site.supply.cap = watts(500e3);
  site.pue = 1.25;
  in.world.sites = {site};
  auto run = runs_of(in).at(0);
  CHECK(run.cluster.chips == near(400, 1e-12));
  CHECK(run.cluster.power.value() == near(500e3, 1e-12));
  CHECK(run.energy.value() == near(500e3 * 100 * 86400, 1e-9));
  // 300 kW at 1.5 and 200 kW at 1 feed 200 chips each.
  in.world.sites.push_back(site);
  in.world.sites[0].supply.cap = watts(300e3);
  in.world.sites[0].pue = 1.5;
  in.world.sites[1].supply.cap = watts(200e3);
  in.world.sites[1].pue = 1;
  run = runs_of(in).at(0);
  CHECK(run.cluster.chips == near(400, 1e-12));
  CHECK(run.cluster.power.value() == near(500e3, 1e-12));
  // Without a cap the site feeds all 1,000, at 1.25 MW.
  in.world.sites = {site};
  in.world.sites[0].supply.cap.reset();
  run = runs_of(in).at(0);
  CHECK(run.cluster.chips == near(1000, 1e-12));
  CHECK(run.cluster.power.value() == near(1.25e6, 1e-12));
}

TEST_CASE("a run whose chips are replaced goes on, on as many of the new ones as it takes") {
  // On day 50 chips twice as fast come in place of the 1,000: 500 of them do its work, at half of
  // the power and half of the price.
  auto in = one_phase_world();
  in.duration = days(100);
  auto second = in.world.phases.front();
  second.at.after = days(50);
  second.chip.flops = flop_per_second(2e15);
  second.replaces = true;
  in.world.phases.push_back(second);
  const auto run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(4.32e24, 1e-12));
  CHECK(run.energy.value() == near((1e6 + 0.5e6) * 50 * 86400, 1e-9));
  // 25 M$ over four years of 365.25 days: for 50 days all of it, for 50 days half.
  CHECK(run.cost.value() == near(25e6 * (50 + 25) / 1461, 1e-9));
  // As slow ones come instead, 250 of the 1,000 FLOP/s are left.
  in.world.phases[1].chip.flops = flop_per_second(0.25e15);
  CHECK(runs_of(in).at(0).compute.value() == near(4.32e24 * (0.5 + 0.125), 1e-9));
}

TEST_CASE("a run pays for as many of the chips that came as it is on, fewer ones too") {
  // 100 chips of four times the FLOP/s, 2 kW and 80,000 dollars do 40 % of its work: all of them.
  auto in = one_phase_world();
  in.duration = days(100);
  auto second = in.world.phases.front();
  second.at.after = days(50);
  second.chips = 100;
  second.chip.flops = flop_per_second(4e15);
  second.chip.power = watts(2000);
  second.chip.price = dollars(80'000);
  second.replaces = true;
  in.world.phases.push_back(second);
  auto run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(4.32e24 * (0.5 + 0.2), 1e-9));
  CHECK(run.energy.value() == near((1e6 + 0.2e6) * 50 * 86400, 1e-9));
  CHECK(run.cost.value() == near((25e6 + 8e6) * 50 / 1461, 1e-9));
  // 500 of 1,000 chips of 2 kW fill a cap of 1 MW, and do half of its work.
  in.world.phases[1].chips = 1000;
  in.world.phases[1].chip.flops = flop_per_second(1e15);
  world::Site site;
  site.supply.cap = watts(1e6);
  in.world.sites.push_back(site);
  run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(4.32e24 * 0.75, 1e-9));
  CHECK(run.energy.value() == near(2e6 * 50 * 86400, 1e-9));
}

TEST_CASE(
    "a run gets no more of the chips that came than money buys, and gets them in the dark too") {
  // 10 M$ buy all 1,000 chips of 10,000 dollars, and 100 of those that come at ten times the price.
  auto in = one_phase_world();
  in.duration = days(100);
  in.world.money.budget = dollars(10e6);
  in.world.phases[0].chip.price = dollars(10'000);
  auto second = in.world.phases.front();
  second.at.after = days(50);
  second.chip.price = dollars(100'000);
  second.replaces = true;
  in.world.phases.push_back(second);
  auto run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(4.32e24 * (0.5 + 0.05), 1e-9));
  CHECK(run.cost.value() == near(10e6 * 100 / 1461, 1e-9));
  // They come while there is no power, from day 40 to 60: 500 of 2 kW and twice the FLOP/s.
  in.world.money.budget.reset();
  in.world.phases[1].chip.flops = flop_per_second(2e15);
  in.world.phases[1].chip.power = watts(3000);
  world::Site site;
  site.supply.cap = watts(10e6);
  site.supply.cap_steps = {{{{}, days(40)}, watts(0)}, {{{}, days(60)}, watts(10e6)}};
  in.world.sites.push_back(site);
  run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(4.32e24 * 0.8, 1e-9));
  CHECK(run.energy.value() == near((1e6 + 1.5e6) * 40 * 86400, 1e-9));
  // Others of a thousandth of the speed are no replacement for chips that go off line.
  in = one_phase_world();
  in.duration = days(100);
  in.world.phases[0].at.after = days(1);
  in.world.phases[0].chip.flops = flop_per_second(1e12);
  world::Trend trend;
  trend.chips = 1000;
  trend.chip = second.chip;
  trend.chips_growth = 1e-3;
  in.world.trend = trend;
  // Integral of 1e-3^t over 100 days of 365.25, in years: (1 - 1e-3^0.27379)/ln 1000 = 0.12294; and
  // a thousandth of 99 days.
  CHECK(runs_of(in).at(0).compute.value() ==
        near(5e17 * (0.12294 * year.value() + 0.001 * 99 * 86400), 2e-3));
}

TEST_CASE("a run feels the PUE of the sites that there are") {
  // 500 kW at 1 and 1 MW at 2 feed 1,000 chips of 1 kW; on day 50 the second goes off, and 500
  // chips draw 500 kW.
  auto in = one_phase_world();
  in.duration = days(100);
  world::Site site;
  site.supply.cap = watts(500e3);
  in.world.sites.push_back(site);
  site.supply.cap = watts(1e6);
  site.pue = 2;
  site.supply.cap_steps.push_back({{{}, days(50)}, watts(0)});
  in.world.sites.push_back(site);
  const auto run = runs_of(in).at(0);
  CHECK(run.cluster.power.value() == near(1.5e6, 1e-12));
  CHECK(run.compute.value() == near(4.32e24 * 0.75, 1e-9));
  CHECK(run.energy.value() == near(2e6 * 50 * 86400, 1e-9));
}

TEST_CASE("what a run was bought it keeps, whatever new chips cost and draw") {
  // 25 M$ buy 1,000 chips today and 500 in a year, at twice the price.
  auto in = one_phase_world();
  in.duration = 2.0 * year;
  in.labs.front().length = 2.0 * year;
  world::Trend trend;
  trend.chip = in.world.phases.front().chip;
  trend.price_growth = 2;
  in.world.trend = trend;
  in.world.phases.clear();
  in.world.money.budget = dollars(25e6);
  CHECK(runs_of(in).at(0).compute.value() == near(5e17 * 2 * year.value(), 1e-9));
  in.world.trend->price_growth = 1;
  in.world.trend->power_growth = 2;
  world::Site site;
  site.supply.cap = watts(1e6);
  in.world.sites.push_back(site);
  const auto run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(5e17 * 2 * year.value(), 1e-9));
  CHECK(run.energy.value() == near(1e6 * 2 * year.value(), 1e-9));
  // It still feels chips that are there no more: half of them after a year.
  in.world.sites.clear();
  in.world.trend->chips = 1000;
  in.world.trend->chips_growth = 0.5;
  // Integral of 2^-t over two years, 0.75/ln 2; taken in stretches of ten days.
  CHECK(runs_of(in).at(0).compute.value() == near(5e17 * year.value() * 0.75 / std::log(2), 1e-4));
}

TEST_CASE("chips that the latency wall leaves waiting are no loss") {
  // The wall lets through less than a tenth of what 1,000 chips could do; half of them do as much.
  auto in = one_phase_world();
  in.duration = days(100);
  in.world.latency = world::LatencyConfig{seconds(120e-6), tokens(1e3)};
  const auto whole = runs_of(in).at(0);
  REQUIRE(whole.compute < flop(0.1 * 4.32e24));
  world::Site site;
  site.supply.cap = watts(1e6);
  site.supply.cap_steps.push_back({{{}, days(1)}, watts(500e3)});
  in.world.sites.push_back(site);
  const auto run = runs_of(in).at(0);
  CHECK(run.compute.value() == near(whole.compute.value(), 1e-12));
  CHECK(run.bound == lab::Bound::Latency);
  CHECK(run.energy.value() == near((1e6 + 99 * 0.5e6) * 86400, 1e-9));
}

TEST_CASE("chips of a phase that is simulated do what the step model says, beside others") {
  // 1,000 chips at 0.5 of 1 PFLOP/s, and as many of which the step model says 0.25.
  auto in = one_phase_world();
  in.duration = days(100);
  auto second = in.world.phases.front();
  second.chip.utilisation = 1;
  in.world.phases.push_back(second);
  in.utilisation = [](const auto&, std::int64_t phase, double chips, Seconds) {
    return phase == 1 ? std::optional(chips > 600 ? 0.25 : 0.75) : std::nullopt;
  };
  CHECK(runs_of(in).at(0).cluster.sustained.value() == near(7.5e17, 1e-12));
  // Alone, and with power for half of them, they are 500 and busier.
  in.world.phases[1].replaces = true;
  world::Site site;
  site.supply.cap = watts(0.5e6);
  in.world.sites.push_back(site);
  CHECK(runs_of(in).at(0).cluster.sustained.value() == near(3.75e17, 1e-12));
}

TEST_CASE("a run says what held it for most of its time") {
  // 2.16e24 FLOP are 50 days of 1,000 chips; from day 25 on power is there for half of them.
  auto in = one_phase_world();
  in.duration = days(80);
  in.labs.front().strategy = StrategyKind::FixedCompute;
  in.labs.front().compute = flop(2.16e24);
  world::Site site;
  site.supply.cap = watts(1e6);
  site.supply.cap_steps.push_back({{{}, days(25)}, watts(0.5e6)});
  in.world.sites.push_back(site);
  const auto run = runs_of(in).at(0);
  CHECK(run.end.value() == near(days(75).value(), 1e-9));
  CHECK(run.cluster.limit == world::Cluster::Limit::Chips);
  CHECK(run.bound == lab::Bound::Power);
  // A cap that comes down for the last five days of 100 is not what made the run what it is.
  in.duration = days(100);
  in.labs.front().strategy = StrategyKind::FixedLength;
  in.world.sites.front().supply.cap_steps.front().at.after = days(95);
  CHECK(runs_of(in).at(0).bound == lab::Bound::Chips);
}

TEST_CASE("a run that waits longer than expected is done by the deadline all the same") {
  // 90 days and 10 days of waiting on the average fit 100 days.
  auto in = one_phase_world();
  in.duration = days(100);
  in.labs.front().length = days(90);
  in.labs.front().queue = random::Random<Seconds>(
      random::Distribution(random::Distribution::Kind::Uniform, {0, 20 * 86400.0}));
  int n_late = 0;
  for (in.seed = 1; in.seed <= 20; ++in.seed) {
    const auto runs = runs_of(in);
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].ending == Ending::Released);
    const auto length = runs[0].end - runs[0].start;
    CHECK(length <= days(90) + seconds(1));
    CHECK(runs[0].bound == (length < days(90) - seconds(1) ? lab::Bound::Time : lab::Bound::Chips));
    if (length < days(89.9)) {
      ++n_late;
      CHECK(runs[0].end == days(100));
    }
  }
  CHECK(n_late > 0);
  CHECK(n_late < 20);
}

TEST_CASE("progress that is no number any more says whose it is") {
  auto in = one_phase_world();
  in.world.algorithms.growth = 3;
  in.world.algorithms.experiments = world::ExperimentsLaw{flop_per_second(1), 3};
  in.labs.front().experiments = 0.1;
  CHECK_THROWS_WITH_AS(runs_of(in), doctest::Contains("a FLOP is worth more than 1e260"),
                       std::invalid_argument);
}

TEST_CASE("parameters that a strategy does not read are known") {
  lab::LabConfig lab;
  lab.length = days(90);
  lab.threshold = 2;
  CHECK(lab::unread_parameters(lab) == std::vector<std::string_view>{"threshold"});
  lab.strategy = StrategyKind::Restart;
  CHECK(lab::unread_parameters(lab).empty());
  lab.compute = flop(1e25);
  lab.adopting = days(1);
  CHECK(lab::unread_parameters(lab) == std::vector<std::string_view>{"compute", "adopting"});
}

TEST_CASE("strategies: phases, waiting, restarting, new recipes") {
  // 1,000 chips at the start and 4,000 after a year.
  auto in = one_phase_world();
  in.duration = 2.0 * year;
  auto second = in.world.phases.front();
  second.at.after = year;
  second.chips = 4000;
  in.world.phases.push_back(second);
  auto& lab = in.labs.front();

  lab.strategy = StrategyKind::StartAtPhase;
  lab.length.reset();
  auto runs = runs_of(in);
  REQUIRE(runs.size() == 2);  // until the next phase, and to the deadline
  CHECK(runs[0].end == year);
  CHECK(runs[1].start == year);
  CHECK(runs[1].compute / runs[0].compute == near(5, 1e-9));

  // 100 days back to back; from day 300 on the phase of day 365.25 is nearer than 70 days.
  lab.strategy = StrategyKind::WaitForNext;
  lab.length = days(100);
  lab.patience = days(70);
  runs = runs_of(in);
  REQUIRE(runs.size() == 6);
  CHECK(runs[2].end == days(300));
  CHECK(runs[3].start == year);
  // So it is where the power for them comes with the chips, 1 MW before.
  auto powered = in;
  world::Site site;
  site.supply.cap = watts(1e6);
  site.supply.cap_steps.push_back({{{}, year}, watts(5e6)});
  powered.world.sites.push_back(site);
  CHECK(runs_of(powered).at(3).start == year);

  // A run of 300 days is given up at the phase (a cluster 5 times as large, threshold 2).
  lab.strategy = StrategyKind::Restart;
  lab.length = days(300);
  lab.threshold = 2;
  runs = runs_of(in);
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].ending == Ending::Released);
  CHECK(runs[1].ending == Ending::Abandoned);
  CHECK(runs[1].end == year);
  CHECK(runs[2].start == year);
  CHECK(runs[2].end == year + days(300));

  // Growth 2 a year and threshold 2^(1/4): four recipes a year of worth 1, 2^(1/4), .. each for a
  // quarter of it.
  lab.strategy = StrategyKind::NewRecipe;
  lab.length = year;
  lab.threshold = std::pow(2, 0.25);
  in.world.algorithms.growth = 2;
  in.duration = year;
  runs = runs_of(in);
  REQUIRE(runs.size() == 1);
  const double r = std::pow(2, 0.25);
  CHECK(runs[0].worth == near((1 + r + r * r + r * r * r) / 4, 1e-6));
}

TEST_CASE("a race: the later lab releases as soon as it beats the other by a fifth") {
  // Both have 5e17 FLOP/s; the rival's runs take 100 days, this one's up to 300, in a world where
  // nothing grows. Beaten at day 100, it needs 1.2 x 100 days of work.
  auto in = one_phase_world();
  in.duration = days(300);
  in.labs.front().strategy = StrategyKind::Race;
  in.labs.front().length = days(300);
  in.labs.front().threshold = 1.2;
  auto rival = in.labs.front();
  rival.name = "rival";
  rival.strategy = StrategyKind::FixedLength;
  rival.length = days(100);
  in.labs.push_back(rival);
  const auto runs = runs_of(in);
  CHECK(runs[0].lab == 1);
  CHECK(runs[0].end == days(100));
  CHECK(runs[1].lab == 0);
  CHECK(runs[1].end.value() == near(days(120).value(), 1e-9));
  const auto totals = engine::simulate_years(in, {});
  CHECK(totals.labs[0].leading.value() == near(days(180).value(), 1e-6));
  CHECK(totals.labs[1].leading.value() == near(days(20).value(), 1e-6));
}

TEST_CASE("faster progress never lengthens the best run, and without any it takes all the time") {
  rc::check([] {
    const auto rate = [](int most) { return *rc::gen::inRange(0, most) / 1000.0; };
    test::Growth slow{0.1 + rate(500), rate(1000), rate(1000)};
    auto fast = slow;
    fast.software += 0.05 + rate(1000);
    const Seconds duration = 3.0 / slow.sum() * year;
    const auto best = [&](const test::Growth& g) {
      return best_length(smooth_world(g, duration), 0.02 * duration, 0.49 * duration);
    };
    RC_ASSERT(best(fast) <= best(slow) * 1.001);
  });
  auto in = smooth_world({}, 5.0 * year);
  in.labs.front().length = in.duration;
  const Flop all = only_lab(in).best_effective;
  for (double share = 0.05; share < 1; share += 0.05) {
    in.labs.front().length = share * in.duration;
    CHECK(only_lab(in).best_effective < all);
  }
  CHECK(lab::optimal_length({}, in.duration) == in.duration);
}

TEST_CASE("what a lab's chips could do adds up") {
  rc::check([] {
    auto in = one_phase_world();
    const auto share = [](double most) { return most * *rc::gen::inRange(0, 100) / 100.0; };
    in.duration = days(*rc::gen::inRange(50, 2000));
    in.world.algorithms.growth = 1 + share(3);
    auto& lab = in.labs.front();
    lab.strategy = static_cast<StrategyKind>(*rc::gen::inRange(0, 8));
    lab.length = days(*rc::gen::inRange(10, 400));
    lab.compute = flop(1e24 * *rc::gen::inRange(1, 100));
    lab.threshold = 1.01 + share(2);
    lab.patience = days(*rc::gen::inRange(0, 400));
    lab.experiments = share(0.5);
    lab.serving = share(0.4);
    lab.queue = {days(*rc::gen::inRange(0, 50))};
    lab.adopting = days(*rc::gen::inRange(0, 5));
    in.goodput = [goodput = 0.5 + share(0.5)](const lab::LabConfig&, const world::Cluster&, Seconds,
                                              std::int64_t) { return goodput; };
    auto second = in.world.phases.front();
    second.at.after = days(*rc::gen::inRange(1, 1000));
    in.world.phases.push_back(second);
    const auto t = only_lab(in);
    const double could =
        5e17 * (in.duration.value() + std::max(0.0, (in.duration - *second.at.after).value()));
    const double spent = (t.useful + t.lost + t.idle + t.experiments + t.serving).value();
    RC_ASSERT(std::abs(spent / could - 1) < 1e-9);
    RC_ASSERT(t.useful >= flop(0));
    RC_ASSERT(t.lost.value() >= -1e-9 * could);
  });
}

TEST_CASE("two labs alike finish alike, and more of anything is no worse") {
  rc::check([] {
    auto in = one_phase_world();
    in.world.algorithms.growth = 1 + *rc::gen::inRange(0, 300) / 100.0;
    in.world.data.emplace().stocks = {{"text", tokens(1e12 * *rc::gen::inRange(1, 100)), 1.07}};
    world::Site site;
    site.supply.cap = watts(1e4 * *rc::gen::inRange(1, 200));
    in.world.sites.push_back(site);
    auto other = in.labs.front();
    other.name = "other";
    in.labs.push_back(other);
    const auto both = engine::simulate_years(in, {}).labs;
    RC_ASSERT(both[0].best_effective == both[1].best_effective);
    RC_ASSERT(both[0].runs == both[1].runs);
    std::array<int, 2> n_best{};
    for (const auto& run : runs_of(in))
      n_best.at(static_cast<std::size_t>(run.lab)) += run.best ? 1 : 0;
    RC_ASSERT(n_best[0] == n_best[1]);
    in.labs.pop_back();
    const Flop before = only_lab(in).best_effective;
    auto more = in;
    *more.world.sites.front().supply.cap *= 1.5;
    RC_ASSERT(only_lab(more).best_effective >= before);
    more = in;
    more.world.phases.front().chips *= 1.5;
    RC_ASSERT(only_lab(more).best_effective >= before);
    more = in;
    more.world.data->stocks.front().tokens *= 1.5;
    RC_ASSERT(only_lab(more).best_effective >= before * (1 - 1e-12));
  });
}
