// How often what nodes make up fails, as they come and go.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "engine/run_actor.hpp"
#include "small_run.hpp"

namespace longhaul::engine {
namespace {

using namespace operations;
using random::Distribution;

random::Random<Seconds> weibull(Seconds mean, double shape) {
  return random::Random<Seconds>(Distribution(Distribution::Kind::Weibull,
                                              {mean.value() / std::tgamma(1 + 1 / shape), shape}));
}

/// Every step is saved at no cost, and all but repairs takes no time.
RunInputs only_repairs(std::int64_t platform, std::int64_t used) {
  auto in = run_on(platform, used);
  in.checkpoint_policy = IntervalPolicy::Step;
  in.tiers.back().write = seconds(0);
  in.recovery.restart = seconds(0);
  in.duration = days(1000);
  in.units[Strikes::Node] = in.units[Strikes::Gpu] = static_cast<double>(used);
  in.units[Strikes::Rack] = 1;
  return in;
}

double stops(const RunInputs& in) {
  return static_cast<double>(simulate_run(in, {}).interruptions_by_cause[0]);
}

/// "4 14 ": the full hours at which it stopped.
std::string hours_of_stops(const RunInputs& in) {
  std::string times;
  RunObserver observer;
  observer.on_event = [&](const RunEvent& event) {
    if (event.kind == EventKind::Interruption)
      times += std::to_string(std::lround(event.time / hours(1))) + ' ';
  };
  simulate_run(in, observer);
  return times;
}

TEST_CASE("causes with a life of their own strike as often as it says") {
  auto in = run_on(0, 0);
  in.nodes = {0, 1, 0, 1, 1};
  in.duration = days(400);
  in.recovery.restart = seconds(0);
  in.failures.causes = {cause(Strikes::Gpu)};
  in.failures.causes[0].life =
      random::Random<Seconds>(Distribution(Distribution::Kind::Weibull, {86400.0 * 10, 3.0}));
  in.units[Strikes::Gpu] = 50;
  const auto totals = simulate_run(in, {});
  // Renewals of mean m = 10 Gamma(4/3) = 8.930 days, deviation s = 3.246: in t = 400 days from new
  // t/m + (s^2/m^2 - 1)/2 = 44.79 - 0.434 each, 2,218 of 50; deviation 50 s^2 t/m^3 = 17 in all
  CHECK(std::abs(static_cast<double>(totals.interruptions_by_cause[0]) - 2218) < 3 * 17);
}

TEST_CASE("a node does not fail while it is repaired") {
  auto in = only_repairs(1, 1);
  in.repair.automatic = hours(100);
  in.failures.causes = {cause(Strikes::Node)};
  auto& node = in.failures.causes[0];
  // In 24,000 h a cycle of 10 h of work on average and 100 h of repair: 218.2; of cycles with
  // deviation s and mean m there are T/m, with deviation s sqrt(T/m^3): 1.3 for s = 10 h.
  node.mtbf = hours(10);
  CHECK(std::abs(stops(in) - 218.2) < 4 * 1.4);
  node.mtbf.reset();
  for (const double shape : {1.0, 3.0}) {
    CAPTURE(shape);
    node.life = weibull(hours(10), shape);
    CHECK(std::abs(stops(in) - 218.2) < 4 * 1.4);
  }
  // The same where it fails only while it computes.
  node.clock = FailureClock::Compute;
  CHECK(std::abs(stops(in) - 218.2) < 4 * 1.4);
}

TEST_CASE("a run that grows fails as often as its nodes, racks and GPUs do") {
  auto in = only_repairs(100, 10);
  in.nodes.per_rack = 10;
  in.nodes.off = 90;
  in.arrivals = {{hours(1), 90}};
  in.sizes = {100, 10};
  in.repair.automatic = seconds(0);
  in.units[Strikes::Gpu] = 40;
  const auto grown = [&](Strikes strikes, bool has_life) {
    in.failures.causes = {cause(strikes)};
    if (has_life)
      in.failures.causes[0].life = weibull(hours(1000), 1);
    else
      in.failures.causes[0].mtbf = hours(1000);
    return stops(in);
  };
  // Poisson: 100 nodes, 400 GPUs or 10 racks x 24,000 h / 1,000 h; within 4 deviations.
  for (const bool has_life : {false, true}) {
    CAPTURE(has_life);
    CHECK(std::abs(grown(Strikes::Node, has_life) - 2400) < 4 * std::sqrt(2400));
    CHECK(std::abs(grown(Strikes::Gpu, has_life) - 9600) < 4 * std::sqrt(9600));
    CHECK(std::abs(grown(Strikes::Rack, has_life) - 240) < 4 * std::sqrt(240));
  }
}

TEST_CASE("a life that is spent in part goes on when the node is back") {
  // Two nodes share one place. Each lives 10 h in the run; one is struck by record at 4 h and out
  // for 1 h. The other takes its place, dies at 14 h; the first takes over, dies 6 h later, at
  // 20 h, and so on every 10 h: 14, 20, 30, 40, ... but not at 0 mod 10 + 4.
  auto in = only_repairs(2, 1);
  in.duration = hours(35);
  in.repair.automatic = hours(1);
  auto lives = cause(Strikes::Node);
  lives.life = hours(10);
  strike_at(in, lives, {});
  in.failures.causes.push_back(cause(Strikes::Node));
  in.replay = {{hours(4), 1, std::nullopt, 0}};
  CHECK(hours_of_stops(in) == "4 14 20 30 ");
}

TEST_CASE("a rack ages while any node of it is in the run") {
  // A rack of 2 lives 10 h. One node is out from 4 to 5 h while the run waits: it dies at 10 h, and
  // is out for an hour. From 11 h on it lives until 21 h; both are struck at 13 h and out until 14,
  // so it dies at 22 h, then at 33 h.
  auto in = only_repairs(2, 2);
  in.nodes.per_rack = 2;
  in.duration = hours(35);
  in.repair.automatic = hours(1);
  in.failures.causes = {cause(Strikes::Rack), cause(Strikes::Node), cause(Strikes::Pod)};
  in.failures.causes[0].life = hours(10);
  in.replay = {{hours(4), 1, std::nullopt, 0}, {hours(13), 2, std::nullopt, 0}};
  CHECK(hours_of_stops(in) == "4 10 13 22 33 ");
}

TEST_CASE("lemons fail so many times as often, whatever the life") {
  // Half of 10 nodes at 10 times the rate, mended by no repair: 24,000 h / 1,000 h x (5 + 5 x 10) =
  // 1,320, of them 5 x 9 x 24 = 1,080 more than without. Which half is at random: all, to compare.
  auto in = only_repairs(10, 10);
  in.lemons = {1, 10};
  in.repair.automatic = seconds(0);
  in.repair.automatic_leaves_fault = 1;
  in.failures.causes = {cause(Strikes::Node)};
  const auto check = [&](double deviations) {
    const auto totals = simulate_run(in, {});
    const auto all = static_cast<double>(totals.interruptions_by_cause[0]);
    const auto more = static_cast<double>(totals.interruptions_by_lemons);
    CHECK(std::abs(all - 2400) < deviations * std::sqrt(2400));
    CHECK(std::abs(more - 2160) < deviations * std::sqrt(2160));
  };
  in.failures.causes[0].mtbf = hours(1000);
  check(4);
  in.failures.causes[0].mtbf.reset();
  for (const double shape : {1.0, 3.0}) {
    in.failures.causes[0].life = weibull(hours(1000), shape);
    check(4);
  }
  // One that is mended ages as the others do: its life of 1,000 h ends after 100, then every 1,000.
  in.repair.automatic_leaves_fault = 0;
  in.nodes = {1, 1, 1, 1, 1};
  in.units[Strikes::Node] = 1;
  in.failures.causes[0].life = hours(1000);
  CHECK(stops(in) == 1 + 23);  // 100, 1,100, ..., 23,100 h of 24,000
}

}  // namespace
}  // namespace longhaul::engine
