// What months do to a run, one mechanism at a time, on the clock.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "engine/repair_shop.hpp"
#include "engine/run_actor.hpp"
#include "engine/settings.hpp"
#include "engine/timers.hpp"
#include "small_run.hpp"

namespace longhaul::engine {
namespace {

using namespace operations;
using random::Distribution;

TEST_CASE("a run goes back to the nearest checkpoint that survives what failed") {
  // Peer memory takes each checkpoint (1 min), the store every second one (5 min).
  const auto run_with = [](Strikes strikes) {
    auto in = run_on(4, 2);
    in.tiers.insert(in.tiers.begin(), {"peer", 1, minutes(1), {}, minutes(2), Scope::Node, 1});
    in.tiers.back().every = 2;
    in.tiers.back().read = minutes(7);
    in.nodes.per_rack = 2;
    in.steps = 300;
    // 100 steps, 1 min; 100 steps, 6 min: saved at 207; 100 steps, 1 min of peer: 308 .. but it
    // fails at 307.5: 0.5 min into that write
    strike_at(in, cause(strikes), {307.5});
    return simulate_run(in, {});
  };
  const auto node = run_with(Strikes::Node);  // peers still hold step 200
  CHECK(node.redone_steps == 100);
  CHECK(spent(node, Spending::Restart) == near(12));
  // until 307.5, restart until 319.5, 100 steps, and all tiers at the end: 6 min
  CHECK(minutes_of(node.simulated) == near(425.5));
  const auto rack =
      run_with(Strikes::Rack);  // both nodes of it: the store's is left, the same step
  CHECK(rack.redone_steps == 100);
  CHECK(spent(rack, Spending::Restart) == near(17));
}

TEST_CASE("a tier that a failure takes leaves the older checkpoint of the store") {
  auto in = run_on(4, 2);
  in.tiers.insert(in.tiers.begin(), {"nvme", 1, minutes(1), {}, minutes(2), Scope::Job, 1});
  in.tiers.back().every = 2;
  in.steps = 400;
  // saved at step 200 in both by 207, at step 300 on nvme alone by 308; a node fails at 318
  strike_at(in, cause(Strikes::Node), {318});
  const auto totals = simulate_run(in, {});
  CHECK(totals.redone_steps == 110);
  CHECK(spent(totals, Spending::Redone) == near(110));
}

TEST_CASE("what drains in the background is lost when the failure comes first") {
  const auto run_with = [](double at) {
    auto in = run_on(4, 2);
    in.steps = 200;
    in.tiers.back().write = minutes(1);
    in.tiers.back().drain = minutes(30);
    strike_at(in, cause(Strikes::Node), {at});
    return simulate_run(in, {});
  };
  CHECK(run_with(130).redone_steps == 129);  // written until 101, whole at 131: all is redone
  CHECK(run_with(132).redone_steps == 31);
}

TEST_CASE("a write waits for the drain before it: a store is as fast as it is") {
  auto in = run_on(4, 2);
  in.steps = 300;
  in.tiers.back().write = minutes(1);
  in.tiers.back().drain = minutes(150);
  // written 100-101, whole at 251; 100 steps until 201 wait until 251, write until 252, whole at
  // 402; 100 steps until 352 wait until 402, write until 403
  CHECK(minutes_of(simulate_run(in, {}).simulated) == near(403));
}

TEST_CASE("a corruption noticed later takes the run back to before it") {
  auto in = run_on(4, 2);
  in.steps = 400;
  in.tiers.back().keep = 3;
  auto silent = cause(Strikes::Node);
  silent.corrupts = true;
  silent.latent = random::Random<Seconds>(minutes(150));
  // Saved at 105, 210 (step 200), 315 (step 300). Corrupt at 150, noticed at 300: of the
  // checkpoints begun at 100 and 205 the first is sound. 190 steps and none under way are lost.
  strike_at(in, silent, {150});
  const auto totals = simulate_run(in, {});
  CHECK(totals.redone_steps == 190);
  CHECK(totals.faults_by_cause[0] == 1);
  CHECK(totals.interruptions_by_cause[0] == 1);
  // 300, restart until 310, 300 steps with 3 writes until 625
  CHECK(minutes_of(totals.simulated) == near(625));
}

TEST_CASE("a slow node slows every step until it is noticed and replaced, and no work is lost") {
  auto in = run_on(4, 2);
  in.steps = 100;
  auto slow = cause(Strikes::Node);
  slow.slows = 2;
  slow.latent = random::Random<Seconds>(minutes(19.5));
  strike_at(in, slow, {10});
  // 10 steps; noticed at 29.5, in the last of 10 of 2 min until 30; then a checkpoint until 35,
  // restart until 45, 80 steps, 5
  const auto totals = simulate_run(in, {});
  CHECK(minutes_of(totals.simulated) == near(45 + 80 + 5));
  CHECK(totals.redone_steps == 0);
  CHECK(spent(totals, Spending::Stragglers) == near(10));
  CHECK(spent(totals, Spending::Useful) == near(100));
}

TEST_CASE("warm spares come first, then a selection, then cold ones, then the wait for a repair") {
  auto in = run_on(5, 2);
  in.steps = 100;
  in.spares.warm = 1;
  in.spares.swap = minutes(1);
  in.spares.selection = minutes(3);
  in.spares.cold = 1;
  in.spares.fetch = minutes(20);
  in.failures.causes = {cause(Strikes::Node)};
  const auto stop = [&](double at) { in.replay.push_back({minutes(at), 0, std::nullopt, -1}); };
  // Selection until 3. Fails at 13: warm until 14, restart until 24. At 34: no warm one: selection
  // until 37 takes the idle one; none is left to stand by, so the cold one is fetched until 57,
  // restart until 67. At 77: it is warm: until 78, restart until 88. At 98: selection until 101,
  // nothing is left: the first repair ends at 13 + 360.
  for (const double at : {13, 34, 77, 98}) stop(at);
  const auto totals = simulate_run(in, {});
  CHECK(spent(totals, Spending::Replacement) == near(3 + 1 + 3 + 1 + 3));
  CHECK(spent(totals, Spending::Waiting) == near(20 + (373 - 101)));
  CHECK(minutes_of(totals.simulated) == near(373 + 10 + 100 + 5));
}

TEST_CASE("nodes x time is booked to the last second") {
  auto in = run_on(6, 3);
  in.duration = days(30);
  in.nodes.off = 1;
  in.arrivals = {{days(3), 1}};
  in.spares.warm = 1;
  in.maintenance = {days(2), 2, hours(5)};
  in.failures.causes = {cause(Strikes::Node)};
  in.failures.causes[0].count = 1;
  in.units[Strikes::Gpu] = in.units[Strikes::Node] = 1;
  const auto totals = simulate_run(in, {});
  CHECK(totals.interruptions_by_cause[0] > 10);
  CHECK(totals.ledger.node_total() / days(1) == near(6 * 30));
  CHECK(totals.ledger.held(NodeState::Off) / days(1) == near(3));
  CHECK(totals.ledger.held(NodeState::Drained) > hours(20));
  CHECK(totals.ledger.total() / days(1) == near(30));
}

TEST_CASE("an elastic run goes on with fewer nodes and grows back at the next checkpoint") {
  auto in = run_on(4, 4);
  in.steps = 200;
  in.sizes = {4, 2};
  in.elastic.shrink = true;
  in.step = [](const std::vector<std::int64_t>& placement) {
    return minutes(4.0 / static_cast<double>(placement.size()));
  };
  strike_at(in, cause(Strikes::Node), {10});
  // 10 lost; restart until 20 on 2 nodes, in steps of 2 min, with the next checkpoint after 50. The
  // node is back at 115: 2.5 steps more would win 2.5 min, less than a write takes. Saved at 120
  // until 125; 100 steps of 1 min, write, 50 steps, write.
  in.repair.automatic = minutes(105);
  const auto totals = simulate_run(in, {});
  CHECK(minutes_of(totals.simulated) == near(125 + 105 + 55));
  CHECK(spent(totals, Spending::Useful) == near(200));
  CHECK(spent(totals, Spending::Resized) == near(50));
  // the same work took the same node time on half of the nodes
  CHECK(minutes_of(totals.ledger.node_time(Spending::Useful)) == near(800));
  CHECK(std::abs(minutes_of(totals.ledger.node_time(Spending::Resized))) < 1e-9);
  CHECK(totals.ledger.node_total() / minutes(1) == near(4 * 285));
}

TEST_CASE("an elastic run does not wait for a far checkpoint to grow back") {
  auto in = run_on(4, 4);
  in.steps = 200;
  in.sizes = {4, 2};
  in.step = [](const std::vector<std::int64_t>& placement) {
    return minutes(4.0 / static_cast<double>(placement.size()));
  };
  in.repair.automatic = minutes(61);
  strike_at(in, cause(Strikes::Node), {10});
  // 10 lost; restart until 20 on 2 nodes, 50 steps of 2 min to the next checkpoint. The node is
  // back at 71: 24.5 steps more on 4 would win 24.5 min, a write takes 5. The 26th step ends at 72,
  // write until 77; 100 steps, write, 74 steps, write.
  CHECK(minutes_of(simulate_run(in, {}).simulated) == near(77 + 105 + 79));
  // What drains in the background goes first. Restart until 20, 50 steps of 2 min until 120, write
  // until 121, whole at 161; the node is back at 130. At 161 20 steps are done and 30 more on 4
  // would win 30 min: the 21st ends at 163, write until 164, whole at 204. Of the 129 steps left
  // 100 until 264, write until 265, 29 until 294, wait for the drain until 305, write.
  in.tiers.back().write = minutes(1);
  in.tiers.back().drain = minutes(40);
  in.repair.automatic = minutes(120);
  CHECK(minutes_of(simulate_run(in, {}).simulated) == near(306));
}

TEST_CASE("a run that restarts from a checkpoint takes up nodes that are free by then") {
  auto in = run_on(4, 4);
  in.steps = 200;
  in.sizes = {4, 2};
  in.step = [](const std::vector<std::int64_t>& placement) {
    return minutes(4.0 / static_cast<double>(placement.size()));
  };
  in.repair.automatic = minutes(5);
  strike_at(in, cause(Strikes::Node), {10});
  // back at 15, amid the restart, which ends at 20: 100 steps, write, 100 steps, write
  CHECK(minutes_of(simulate_run(in, {}).simulated) == near(20 + 105 + 105));
}

TEST_CASE("where writes and changes of size are free, shrinking beats waiting") {
  // One of 2 nodes fails at 1 h and is out for 1 h; checkpoints are 20 h apart. The one that waits
  // goes on at 130 min. The other does steps of 2 min from 70 on; the 26th is under way when the
  // node is back, and ends at 122.
  const auto steps = [](bool shrinks) {
    auto in = run_on(2, 2);
    in.duration = hours(100);
    in.checkpoint_interval = hours(20);
    in.tiers.back().write = seconds(0);
    in.step = [](const std::vector<std::int64_t>& placement) {
      return minutes(2.0 / static_cast<double>(placement.size()));
    };
    in.repair.automatic = hours(1);
    in.elastic.shrink = shrinks;
    if (shrinks) in.sizes = {2, 1};
    strike_at(in, cause(Strikes::Node), {60});
    return simulate_run(in, {}).steps;
  };
  CHECK(steps(false) == 6000 - 130);
  CHECK(steps(true) == 26 + 6000 - 122);
}

TEST_CASE("what a run does on more nodes than planned is all useful") {
  auto in = run_on(4, 2);
  in.steps = 200;
  in.sizes = {4, 2};
  in.nodes.off = 2;
  in.arrivals = {{minutes(50), 2}};
  in.step = [](const std::vector<std::int64_t>& placement) {
    return minutes(2.0 / static_cast<double>(placement.size()));
  };
  // 51 steps until 51 (the 51st was under way), write until 56, 149 steps of half a minute with one
  // write: the interval is 200 of them
  const auto totals = simulate_run(in, {});
  CHECK(minutes_of(totals.simulated) == near(51 + 5 + 74.5 + 5));
  CHECK(spent(totals, Spending::Useful) == near(51 + 74.5));
  CHECK(spent(totals, Spending::Resized) == 0);
  CHECK(minutes_of(totals.ledger.node_time(Spending::Useful)) == near(2 * 51 + 4 * 74.5));
  CHECK(totals.ledger.node_total() / minutes(1) == near(4 * 135.5));
}

TEST_CASE("an elastic run that saves every step is never behind one that waits") {
  random::Stream draws(1, "draws");
  for (int i = 0; i < 40; ++i) {
    auto in = run_on(4, 4);
    in.duration = days(2);
    in.checkpoint_policy = IntervalPolicy::Step;
    in.tiers.back().write = seconds(0);
    in.step = [](const std::vector<std::int64_t>& placement) {
      return minutes(4.0 / static_cast<double>(placement.size()));
    };
    in.failures.causes = {cause(Strikes::Node)};
    std::vector<double> at(5);
    for (double& minute : at) minute = 2880 * draws.uniform();
    std::sort(at.begin(), at.end());
    for (const double minute : at) in.replay.push_back({minutes(minute), 0, std::nullopt, -1});
    const auto waits = simulate_run(in, {});
    in.sizes = {4, 3, 2, 1};
    in.elastic.shrink = true;
    const auto shrinks = simulate_run(in, {});
    CHECK(shrinks.steps >= waits.steps);
  }
}

TEST_CASE("a node that fails too often is barred") {
  auto in = run_on(3, 1);
  in.steps = 100;
  in.repair.automatic = minutes(0);
  in.repair.bar_after = 2;
  in.failures.causes = {cause(Strikes::Node)};
  for (const double at : {10, 40, 70}) in.replay.push_back({minutes(at), 0, std::nullopt, -1});
  const auto totals = simulate_run(in, {});
  // Node 0 is repaired at once and fails again at 40, the next one at 70; restart until 80, 100
  // steps, write until 185.
  CHECK(totals.nodes_barred == 1);
  CHECK(totals.ledger.held(NodeState::Barred) / minutes(1) == near(185 - 40));
}

TEST_CASE("a run whose nodes are all barred says so, unless there is an end to wait for") {
  for (const auto clock : {FailureClock::Wall, FailureClock::Compute}) {
    auto in = run_on(1, 1);
    in.steps = 1000;
    in.repair.bar_after = 1;
    auto node = cause(Strikes::Node);
    node.mtbf = days(1000);
    node.clock = clock;
    strike_at(in, node, {250});
    in.units[Strikes::Node] = 1;
    in.maintenance = {days(1), 1, hours(1)};  // goes on for ever
    auto totals = simulate_run(in, {});
    CHECK(totals.stuck == Standstill::TooFewNodes);
    CHECK(totals.steps == 200);  // the last that was saved, at 210
    CHECK(minutes_of(totals.simulated) == near(250));
    in.duration = hours(10);
    totals = simulate_run(in, {});
    CHECK(!totals.stuck);
    CHECK(spent(totals, Spending::Waiting) == near(600 - 250));
  }
}

TEST_CASE("a run that waits for power that never comes says so") {
  auto in = run_on(1, 1);
  in.steps = 1000;
  auto& power = in.power.emplace();  // 100 W in steps, 10 standing idle
  power.config = {watts(0), 0, 1, 1, 0.5, 0.1, 0.1, 0.1, 0.1};
  power.tdp = watts(100);
  power.sites.front().cap_steps = {{{std::nullopt, hours(1)}, watts(50)}};
  auto totals = simulate_run(in, {});
  CHECK(totals.stuck == Standstill::NoProgress);
  CHECK(totals.steps == 60);
  // It is asked once a year: 3,652.5 days after the last step by day 11 x 365. The same where other
  // things go on happening: samples are told each day, and curtailments come without notice.
  CHECK(totals.simulated / days(1) == near(11 * 365));
  in.timeline_every = days(1);
  RunObserver observer;
  observer.on_sample = [](const RunSample&) {};
  totals = simulate_run(in, observer);
  CHECK(totals.stuck == Standstill::NoProgress);
  CHECK(totals.steps == 60);
  CHECK(totals.simulated / days(1) == near(3653));
  in.power->sites.front().random_curtailments = {per_second(1 / days(1).value()), Ratio(0.1),
                                                 seconds(0), hours(1)};
  CHECK(simulate_run(in, {}).stuck == Standstill::NoProgress);
  // A run with an end waits for it.
  in.duration = days(5000);
  totals = simulate_run(in, observer);
  CHECK(!totals.stuck);
  CHECK(totals.simulated == in.duration);
}

TEST_CASE("a cause may bar nodes by itself") {
  auto in = run_on(3, 1);
  in.steps = 100;
  in.failures.causes = {cause(Strikes::Node), cause(Strikes::Node)};
  auto& own = in.failures.causes[1].repair.emplace();
  own.automatic = in.repair.automatic = minutes(0);
  own.bar_after = 2;
  own.bar_window = minutes(35);
  // Failures at 10 and 40 are of a cause that bars none; the one at 70 is the second within 35 min.
  for (const auto& [at, which] : {std::pair{10, 0}, {40, 0}, {70, 1}})
    in.replay.push_back({minutes(at), static_cast<std::size_t>(which), std::nullopt, 0});
  in.nodes.platform = in.nodes.per_pod = 2;
  in.spares.select = Selection::FewestFailures;
  const auto totals = simulate_run(in, {});
  CHECK(totals.nodes_barred == 1);
}

TEST_CASE("a node is barred at the score of its failures, which halve with time") {
  const auto barred = [](double bar_score) {
    auto in = run_on(2, 1);
    in.steps = 100;
    in.repair.automatic = minutes(0);
    in.repair.bar_score = bar_score;
    in.repair.score_half_life = minutes(60);
    in.failures.causes = {cause(Strikes::Node), cause(Strikes::Node)};
    in.failures.causes[1].score = 0.25;
    in.replay = {{minutes(10), 0, std::nullopt, 0}, {minutes(70), 1, std::nullopt, 0}};
    return simulate_run(in, {}).nodes_barred;
  };
  // 1 at 10 min, half of it and 0.25 at 70
  CHECK(barred(0.76) == 1);  // at the first
  CHECK(barred(1.01) == 0);
  auto in = run_on(2, 1);
  in.steps = 100;
  in.repair.automatic = minutes(0);
  in.repair.bar_score = 1.4999;
  in.repair.score_half_life = minutes(60);
  in.failures.causes = {cause(Strikes::Node)};
  in.replay = {{minutes(10), 0, std::nullopt, 0}, {minutes(70), 0, std::nullopt, 0}};
  CHECK(simulate_run(in, {}).nodes_barred == 1);  // 0.5 + 1
  in.repair.bar_score = 1.5001;
  CHECK(simulate_run(in, {}).nodes_barred == 0);
}

TEST_CASE("a record may name a node that is not in the run") {
  auto in = run_on(3, 1);
  in.steps = 100;
  in.failures.causes = {cause(Strikes::Node)};
  // Node 2 is free and goes to repair, then it is out already: the run does not notice.
  for (const double at : {10, 20}) in.replay.push_back({minutes(at), 0, std::nullopt, 2});
  const auto totals = simulate_run(in, {});
  CHECK(minutes_of(totals.simulated) == near(105));
  CHECK(totals.ledger.held(NodeState::Repair) / minutes(1) == near(95));
  CHECK(totals.interruptions_by_cause[0] == 0);
}

TEST_CASE("a recorded rack takes those of its nodes that are in the run, whichever is named") {
  auto in = run_on(4, 2);
  in.nodes.per_rack = 3;
  in.steps = 100;
  strike_at(in, cause(Strikes::Rack), {10});
  in.replay.front().node = 2;  // idle; nodes 0 and 1 of its rack are the run's
  // 10 lost; a wait for the repair of 6 h until 370, restart until 380, 100 steps, write
  const auto totals = simulate_run(in, {});
  CHECK(totals.interruptions_by_cause[0] == 1);
  CHECK(minutes_of(totals.simulated) == near(370 + 10 + 105));
  CHECK(minutes_of(totals.ledger.held(NodeState::Repair)) == near(3 * 360));
}

TEST_CASE("a switch that the fabric outlives slows the run; one that cuts nodes off stops it") {
  auto in = run_on(6, 4);
  in.steps = 100;
  bool is_down = false;
  std::vector<std::int64_t> cut;
  in.fabric.set_alive = [&](Strikes, std::int64_t, bool alive) {
    is_down = !alive;
    return alive ? std::vector<std::int64_t>() : cut;
  };
  in.step = [&](const std::vector<std::int64_t>&) { return minutes(is_down ? 2 : 1); };
  in.repair.automatic = minutes(40);
  in.units[Strikes::Switch] = 1;
  auto spine = cause(Strikes::Switch);
  spine.degrades = true;
  strike_at(in, spine, {10});
  // 10 steps, 20 of 2 min until 50, 70 more
  CHECK(minutes_of(simulate_run(in, {}).simulated) == near(120 + 5));
  cut = {0, 1};
  // 10 lost, restart until 20 with the two spares, 15 of 2 min until 50, 85 more, write
  const auto totals = simulate_run(in, {});
  CHECK(totals.interruptions_by_cause[0] == 1);
  CHECK(minutes_of(totals.simulated) == near(135 + 5));
}

TEST_CASE("a node that a dead switch cuts off stays out, whatever else brings it back") {
  auto in = run_on(4, 2);
  in.steps = 300;
  in.nodes.off = 1;
  in.arrivals = {{minutes(40), 1}};  // node 3, while it is cut off
  bool is_down = false;
  in.fabric.set_alive = [&](Strikes, std::int64_t, bool alive) {
    is_down = !alive;
    return alive ? std::vector<std::int64_t>() : std::vector<std::int64_t>{0, 3};
  };
  in.step = [&](const std::vector<std::int64_t>& placement) {
    const auto is_cut = [](std::int64_t node) { return node == 0 || node == 3; };
    if (is_down && std::ranges::any_of(placement, is_cut)) throw std::runtime_error("no path");
    return minutes(1);
  };
  in.units[Strikes::Switch] = 1;
  in.repair.automatic = minutes(50);
  auto spine = cause(Strikes::Switch);
  spine.degrades = true;
  spine.repair = RepairConfig{.automatic = minutes(180)};
  in.failures.causes = {cause(Strikes::Node), spine};
  // Node 0 fails at 10 and is repaired at 60; the switch is down from 30 to 210. At 100 node 1
  // fails: nothing joins node 2 until node 1 is repaired at 150.
  in.replay = {{minutes(10), 0, std::nullopt, 0},
               {minutes(30), 1, std::nullopt, -1},
               {minutes(100), 0, std::nullopt, 1}};
  const auto totals = simulate_run(in, {});
  CHECK(spent(totals, Spending::Waiting) == near(50));
  // 10 lost, restart until 20; 80 of 100 lost, waiting until 150, restart until 160; 300 steps
  // with three writes of 5 min
  CHECK(minutes_of(totals.simulated) == near(160 + 300 + 15));
}

TEST_CASE("a run can be stopped, extended, and restarted with another recipe") {
  auto in = run_on(2, 2);
  in.steps = 100;
  using Kind = Decision::Kind;
  in.decisions = {{minutes(50), Kind::Extend, 20, std::nullopt, {}}};
  CHECK(simulate_run(in, {}).steps == 120);
  in.decisions = {{minutes(50.5), Kind::Stop, std::nullopt, std::nullopt, {}}};
  CHECK(simulate_run(in, {}).steps == 50);
  in.decisions = {{minutes(50.5), Kind::Restart, std::nullopt, std::nullopt,
                   [](const std::vector<std::int64_t>&) { return minutes(3); }}};
  // step 51 ends at 51, write until 56, restart until 66, 33 steps of 3 min, write, 16 more, write
  CHECK(minutes_of(simulate_run(in, {}).simulated) == near(66 + 147 + 10));
}

TEST_CASE("an elastic run takes up a node that came back during its restart at the next step") {
  auto in = run_on(2, 2);
  in.duration = minutes(60);
  in.checkpoint_policy = IntervalPolicy::Step;
  in.tiers.back().write = seconds(0);
  in.sizes = {2, 1};
  in.elastic.shrink = true;
  in.step = [](const std::vector<std::int64_t>& placement) {
    return minutes(2.0 / static_cast<double>(placement.size()));
  };
  in.repair.automatic = minutes(3);
  strike_at(in, cause(Strikes::Node), {5});
  // 5 steps, restart on one node until 15; the other is back since 8: at the latest after one step
  // of 2 min it grows, and does 43 more until 60. Now it stays at one node to the end: 5 + 22.
  CHECK(simulate_run(in, {}).steps == 5 + 45);
}

TEST_CASE("a new recipe is asked for its step on nodes that are all there") {
  auto in = run_on(4, 2);
  in.duration = days(1);
  in.maintenance = {minutes(30.25), 1, hours(1)};
  const auto step = [](const std::vector<std::int64_t>& placement) {
    for (const auto node : placement) CHECK(node >= 0);
    return minutes(1);
  };
  in.step = step;
  in.decisions = {{minutes(30.5), Decision::Kind::Restart, std::nullopt, std::nullopt, step}};
  simulate_run(in, {});
}

TEST_CASE("the time between checkpoints stays as it is when steps get longer") {
  auto in = run_on(1, 0);
  in.nodes = {0, 1, 0, 1, 1};
  in.steps = 120;
  in.decisions = {{minutes(100), Decision::Kind::Restart, std::nullopt, std::nullopt,
                   [](const auto&) { return minutes(10); }}};
  // 100 steps and their write until 105; restart until 115; 10 steps of 10 min, write, 10 and the
  // last write
  const auto totals = simulate_run(in, {});
  CHECK(totals.checkpoints == 3);
  CHECK(minutes_of(totals.simulated) == near(115 + 105 + 105));
}

TEST_CASE("a recorded halt amid maintenance leaves no vacant place in the next step") {
  auto in = run_on(4, 2);
  in.steps = 200;
  in.maintenance = {minutes(30.5), 1, hours(1)};
  auto planned = cause(Strikes::Job);
  planned.planned = true;
  in.failures.causes = {planned};
  in.step = [](const std::vector<std::int64_t>& placement) {
    for (const auto node : placement) CHECK(node >= 0);
    return minutes(1);
  };
  // Step 31 ends at 31, write until 36, then maintenance of 20 min with node 0 drained; halted
  // at 40.
  in.replay = {{minutes(30.25), 0, std::nullopt, -1}, {minutes(40), 0, minutes(5), -1}};
  simulate_run(in, {});
}

TEST_CASE("a planned stop announced amid steps does not put off what strikes while computing") {
  auto in = run_on(1, 0);
  in.step = [](const std::vector<std::int64_t>&) { return minutes(100); };
  in.checkpoint_interval = minutes(1e6);
  in.tiers.back().write = seconds(0);
  in.recovery.restart = in.recovery.maintenance = seconds(0);
  in.duration = minutes(700);
  auto planned = cause(Strikes::Job);
  planned.planned = true;
  planned.life = minutes(500);
  auto failure = cause(Strikes::Job);
  failure.clock = FailureClock::Compute;
  failure.life = minutes(550);
  in.failures.causes = {planned, failure};
  in.units[Strikes::Job] = 1;
  // Announced at 500 for the end of the step at 600; the other one strikes in that step.
  std::vector<double> at;
  RunObserver observer;
  observer.on_event = [&](const RunEvent& event) {
    if (event.kind == EventKind::Interruption) at.push_back(minutes_of(event.time));
  };
  simulate_run(in, observer);
  REQUIRE(at.size() >= 2);
  CHECK(at[0] == near(500));
  CHECK(at[1] == near(550));
}

TEST_CASE("timers keep exact times, whatever the engine's clock said before") {
  start_engine(Clock::Months);
  const auto sums = [] {
    Timers timers;
    std::vector<double> times;
    std::function<void()> next = [&] {
      times.push_back(timers.now().value());
      if (times.size() < 100) timers.at(timers.now() + seconds(0.1), next);
    };
    timers.at(seconds(0.1), next);
    timers.run();
    return times;
  };
  double sum = 0;
  std::vector<double> expected(100);
  for (double& one : expected) one = sum += 0.1;
  CHECK(sums() == expected);
  {
    Timers later;
    later.at(seconds(1e9 / 3), [] {});
    later.run();
  }
  CHECK(sums() == expected);
}

TEST_CASE("of two timers that were set apart the earlier fires first, and stop leaves none") {
  start_engine(Clock::Months);
  Timers timers;
  std::string order;
  const auto late = timers.at(seconds(3), [&] { order += 'd'; });
  timers.at(seconds(2), [&] {
    order += 'b';
    timers.at(seconds(1), [&] { order += 'c'; });  // has passed: now, after what was set before
    timers.cancel(late);
    timers.at(seconds(4), [&] {
      order += 'e';
      timers.stop();
      CHECK(timers.at(seconds(5), [&] { order += 'f'; }) == Timers::none);
    });
    timers.at(seconds(4), [&] { order += 'g'; });
  });
  timers.at(seconds(1), [&] { order += 'a'; });
  CHECK(timers.run() == 4);
  CHECK(order == "abce");
}

TEST_CASE("a run comes out the same to the last bit after another one in its process") {
  auto in = run_on(4, 2);
  auto often = cause(Strikes::Node);
  often.count = 3;
  in.failures.causes = {often};
  in.units[Strikes::Gpu] = 1;
  in.units[Strikes::Node] = 2;
  in.random_failures = true;
  in.steps = 20'000;
  const auto alone = simulate_run(in, {});
  auto other = in;
  other.seed = 7;
  simulate_run(other, {});
  const auto again = simulate_run(in, {});
  CHECK(alone.redone_steps > 0);
  CHECK(again.simulated.value() == alone.simulated.value());
  CHECK(again.redone_steps == alone.redone_steps);
  CHECK(again.lost_by_cause == alone.lost_by_cause);
}

TEST_CASE("crews are a queue: M/M/4 at 90 % waits 1.969 on average") {
  // Erlang C: mean wait 1.96938 service times. Waits of a queue this full are alike for long:
  // 400,000 repairs scatter by 2 % of the mean.
  start_engine(Clock::Months);
  Timers timers;
  RepairConfig config;
  config.automatic = seconds(0);
  config.escalates = 1;
  config.manual = random::Random<Seconds>(Distribution(Distribution::Kind::Exponential, {1.0}));
  constexpr std::int64_t n_jobs = 400'000;
  std::vector<double> came(n_jobs);
  double stay_s = 0;
  std::int64_t n_done = 0;
  RepairShop shop(timers, 4, 1, [&](const std::vector<std::int64_t>& nodes, bool) {
    stay_s += timers.now().value() - came[static_cast<std::size_t>(nodes.front())];
    ++n_done;
  });
  random::Stream arrivals(1, "arrivals");
  std::function<void(std::int64_t)> arrive = [&](std::int64_t job) {
    came[static_cast<std::size_t>(job)] = timers.now().value();
    shop.take_in({job}, config);
    if (job + 1 < n_jobs)
      timers.at(timers.now() + seconds(arrivals.exponential(1 / 3.6)),
                [&, job] { arrive(job + 1); });
  };
  timers.at(seconds(0), [&] { arrive(0); });
  timers.run();
  CHECK(n_done == n_jobs);
  CHECK(std::abs(stay_s / n_jobs - 1 - 1.96938) < 0.06 * 1.96938);
}

}  // namespace
}  // namespace longhaul::engine
