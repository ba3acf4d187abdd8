// Policies that share machines out by a programme, elastic jobs, and machines that come and go.
#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "scheduling/linear_program.hpp"
#include "scheduling/policies/in_rounds.hpp"
#include "scheduling/schedules.hpp"

namespace longhaul::scheduling {
namespace {

TEST_CASE("a linear programme by hand") {
  // Most of 3x + 2y with x + y <= 4, x + 3y <= 6, x <= 3: at (3, 1), 11.
  LinearProgram programme;
  const auto x = programme.add_variable(3), y = programme.add_variable(2);
  programme.at_most({{x, 1}, {y, 1}}, 4);
  programme.at_most({{x, 1}, {y, 3}}, 6);
  programme.at_most({{x, 1}}, 3);
  const auto values = programme.solve();
  CHECK(values[x] == doctest::Approx(3));
  CHECK(values[y] == doctest::Approx(1));
  LinearProgram endless;
  endless.add_variable(1);
  CHECK_THROWS_AS(endless.solve(), std::runtime_error);
}

TEST_CASE("the greatest least rate over two kinds, by hand") {
  // One machine of each. The first job is 4 times faster on the V100 (40 against 10), the second 2
  // times (8 against 4). Each is due its mean over both: 25 and 6. With the first on the V100 for a
  // share a, else on the K80, and the second the other way round: (40a + 10(1-a))/25 = (8(1-a) +
  // 4a)/6 at (10 + 30a)/25 = (8 - 4a)/6: 60 + 180a = 200 - 100a, a = 1/2: 1 for both.
  Contest contest;
  contest.slots = {1, 1};
  contest.jobs = {{0, 1, 100, 1, {40, 10}}, {1, 1, 100, 1, {8, 4}}};
  const auto shares = greatest_least(contest, {25, 6});
  CHECK(shares[0][0] == doctest::Approx(0.5));
  CHECK(shares[0][1] == doctest::Approx(0.5));
  CHECK(shares[1][0] == doctest::Approx(0.5));
  CHECK(shares[1][1] == doctest::Approx(0.5));
}

/// Two kinds of one machine each. The first job runs 8 h on either; the second 2 h on the fast one
/// and 10 h on the slow one.
Trace two_kinds() {
  auto trace = trace_of({{0, 1, 28800}, {0, 1, 7200}});
  trace.kinds = {"fast", "slow"};
  trace.jobs[0].choices = {{1, hours(8), 0}, {1, hours(8), 1}};
  trace.jobs[1].choices = {{1, hours(2), 0}, {1, hours(10), 1}};
  return trace;
}

TEST_CASE("the earliest last end gives the second job enough of the machine it gains by") {
  // FIFO gives the first job the fast machine, as it is there first.
  Layout layout = pool_of(2);
  layout.kinds = {0, 1};
  ScheduleOf fifo(two_kinds(), layout, policy_named("fifo"));
  CHECK(fifo.run().ends() == Times{28800, 36000});
  // All ends after 8 h where the second has the fast machine for at least a sixteenth of its time:
  // x + (1-x)/5 >= 2/8. Shares are kept to a round of 6 minutes: a round on the fast machine that
  // is missing at the end, 288 s of work more than on the slow one, takes four rounds there.
  ScheduleOf both(two_kinds(), layout, policy_named("min-makespan"));
  CHECK(both.run().metrics().makespan.value() <= 28800 + 4 * 360);
}

TEST_CASE("max-min shares one machine among three jobs by rounds, by their weights") {
  auto config = policy_named("max-min");
  config.round = seconds(10);
  // All alike: each gets a third of the rounds, and the last ends when all work is done.
  ScheduleOf alike(trace_of({{0, 1, 100}, {0, 1, 100}, {0, 1, 100}}), pool_of(1), config);
  alike.run();
  for (std::size_t i = 0; i < 3; ++i) CHECK(alike.job(i).end.value() >= 280);
  CHECK(alike.metrics().makespan.value() == 300);
  // Twice the weight, twice the rounds: the first has 100 s of work done when the other has 50.
  auto trace = trace_of({{0, 1, 100}, {0, 1, 100}});
  trace.jobs[0].priority = 2;
  trace.jobs[1].priority = 1;
  ScheduleOf weighted(trace, pool_of(1), config);
  weighted.run();
  CHECK(weighted.job(0).end.value() >= 140);
  CHECK(weighted.job(0).end.value() <= 160);
  CHECK(weighted.job(1).end.value() == 200);
}

TEST_CASE("an elastic job takes what others leave, and gives it back") {
  // Alone it runs 100 s of work on 1, 50 s on 2, 25 s on 4 slots (all linear). At 10 a rigid job
  // of 2 slots and 10 s comes.
  auto trace = trace_of({{0, 1, 100}, {10, 2, 10}});
  trace.jobs[0].flexibility = Flexibility::Elastic;
  trace.jobs[0].choices = {{1, seconds(100)}, {2, seconds(50)}, {4, seconds(25)}};
  auto config = policy_named("goodput");
  config.round = seconds(5);
  ScheduleOf both(trace, pool_of(4), config);
  both.run();
  // On 4 from 0: 40 s of work by 10. At 10 a round begins: the rigid job needs 2; the elastic one
  // shrinks to 2 and does 20 by 20, then grows again: 40 left at 4 a second.
  CHECK(both.ends() == Times{30, 20});
  CHECK(both.metrics().totals.preemptions == 0);
}

TEST_CASE("a moldable job starts at the fastest size that fits") {
  auto trace = trace_of({{0, 3, 100}, {0, 1, 80}});
  trace.jobs[1].flexibility = Flexibility::Moldable;
  trace.jobs[1].choices = {{1, seconds(80)}, {2, seconds(40)}, {4, seconds(20)}};
  ScheduleOf both(trace, pool_of(5), policy_named("fifo"));
  CHECK(both.run().ends() == Times{100, 40});
}

TEST_CASE("a failed machine sends its job back to its last checkpoint") {
  // One machine, which fails once; repair takes 100 s. When it failed, whole intervals of 10 s
  // are kept, and the end comes later by what was lost and the repair.
  ClusterOptions options;
  options.checkpoint_every = seconds(10);
  options.restart = seconds(2);
  Disturbances disturbances;
  operations::RepairConfig repair;
  repair.automatic = random::Random<Seconds>(seconds(100));
  disturbances.causes = {{"node", per_second(1.0 / 2000), repair}};
  ScheduleOf one(trace_of({{0, 1, 5000}}), pool_of(1), policy_named("fifo"), options, disturbances);
  one.run();
  const auto& job = one.job(0);
  const auto totals = one.metrics().totals;
  REQUIRE(job.n_failed > 0);
  CHECK(totals.failures == job.n_failed);
  CHECK(totals.useful == doctest::Approx(5000).epsilon(1e-12));
  CHECK(totals.redone < 10.0 * job.n_failed);
  CHECK(totals.redone > 0);
  CHECK(totals.down == doctest::Approx(100.0 * job.n_failed).epsilon(1e-9));
  CHECK(job.end.value() ==
        doctest::Approx(totals.useful + totals.redone + totals.restarting + totals.down));
}

TEST_CASE("a rack that fails takes its nodes, sends each job back once, and returns whole") {
  // Two racks of 4 nodes. The first job wants 6, of both racks; the second 2. At 600 s or so a rack
  // fails; repair takes 100 s.
  ClusterOptions options;
  options.checkpoint_every = seconds(10);
  options.restart = seconds(2);
  Disturbances disturbances;
  operations::RepairConfig repair;
  repair.automatic = random::Random<Seconds>(seconds(100));
  const auto rack = [](std::int64_t unit) {
    return std::vector{unit * 4, unit * 4 + 1, unit * 4 + 2, unit * 4 + 3};
  };
  disturbances.causes = {{"rack", per_second(1.0 / 2000), repair, 2, rack}};
  ScheduleOf two(trace_of({{0, 6, 5000}, {0, 2, 50'000}}), pool_of(8), policy_named("fifo"),
                 options, disturbances);
  std::vector<std::pair<double, std::int64_t>> changes{{0, 0}};  // when, and nodes down since
  double failed_s = -1;
  two.run([&](const Cluster& cluster) {
    auto up = cluster.free().count();
    for (const auto& release : cluster.releases()) up += release.slots;
    const double now_s = cluster.now().value();
    if (8 - up != changes.back().second) changes.emplace_back(now_s, 8 - up);
    if (failed_s >= 0 || changes.size() == 1) return;
    failed_s = now_s;
    // The first failure: the job on 6 nodes of both racks went back once, to its last checkpoint,
    // and does not fit on the other 4; the one of 2 went back where its rack failed, and may start
    // again at once.
    CHECK(cluster.state(0).n_failed == 1);
    CHECK(cluster.state(0).phase == Phase::Waiting);
    CHECK(cluster.done(0) == 10 * std::floor(failed_s / 10));
  });
  REQUIRE(changes.size() >= 3);
  CHECK(changes[1].second == 4);
  CHECK(changes[2].second == 0);
  CHECK(changes[2].first - changes[1].first == doctest::Approx(100).epsilon(1e-9));
  // Four nodes a strike. The job of 6 runs only while both racks are up, and lost what each strike
  // took since its last checkpoint.
  const auto& totals = two.replay().causes().at(0);
  CHECK(totals.failures % 4 == 0);
  CHECK(totals.jobs == two.job(0).n_failed + two.job(1).n_failed);
  CHECK(totals.redone < 10 * (6 * two.job(0).n_failed + 2 * two.job(1).n_failed));
  CHECK(two.metrics().totals.useful == doctest::Approx(6 * 5000 + 2 * 50'000));
}

TEST_CASE("a node under repair waits for its rack, and a rack for its nodes") {
  // A rack of 2 that fails all the time but for moments, and nodes that take longer to repair: all
  // that is not up is down, whatever for, and nothing is down twice.
  Disturbances disturbances;
  operations::RepairConfig short_repair, long_repair;
  short_repair.automatic = random::Random<Seconds>(seconds(50));
  long_repair.automatic = random::Random<Seconds>(seconds(300));
  const auto rack = [](std::int64_t) { return std::vector<std::int64_t>{0, 1}; };
  disturbances.causes = {{"node", per_second(1.0 / 200), long_repair},
                         {"rack", per_second(1.0 / 100), short_repair, 1, rack}};
  ScheduleOf one(trace_of({{0, 1, 1}, {100'000, 1, 1}}), pool_of(2), policy_named("fifo"), {},
                 disturbances);
  const auto totals = one.run().metrics().totals;
  CHECK(totals.down + totals.idle + totals.useful + totals.redone ==
        doctest::Approx(2 * one.metrics().makespan.value()));
  CHECK(totals.unpowered == doctest::Approx(0).epsilon(1e-6));
}

TEST_CASE("machines that fail are down as long as their rates say") {
  // 100 machines, each failing every 1,000 s and repaired in 100 s: down 100/1100 of the time.
  Disturbances disturbances;
  operations::RepairConfig repair;
  repair.automatic = random::Random<Seconds>(seconds(100));
  disturbances.causes = {{"node", per_second(100.0 / 1000), repair}};
  ScheduleOf idle(trace_of({{0, 1, 1}, {200'000, 1, 1}}), pool_of(100), policy_named("fifo"), {},
                  disturbances);
  const auto totals = idle.run().metrics().totals;
  const double share = totals.down / (100 * 200'000.0);
  CHECK(share == doctest::Approx(1.0 / 11).epsilon(0.03));
}

TEST_CASE("hardware that arrives on a date is waited for, and promised by backfill") {
  // 2 machines, 2 more at 100. A job of 4 for 10 s at 0; one of 1 for 90 s, which ends before; one
  // of 1 for 200 s, which would delay it: EASY holds it back, FIFO's order does as well.
  ClusterOptions options;
  options.arrivals = {{seconds(100), 2}};
  for (const char* policy : {"easy", "easy-machines", "conservative"}) {
    CAPTURE(policy);
    ScheduleOf all(trace_of({{0, 4, 10}, {1, 1, 90}, {2, 1, 200}}), pool_of(4),
                   policy_named(policy), options);
    CHECK(all.run().starts() == Times{100, 1, 110});
    CHECK(all.metrics().totals.absent == 200);
  }
}

TEST_CASE("under a cap the last machines go off, free ones first, and come back") {
  // 4 machines of 10 W: 40 W, from 10 to 30 s 20 W. One job on two of them (0 and 1) is left
  // alone; the one on 2 and 3 goes off with them and does its last 20 s after 30.
  Disturbances disturbances;
  disturbances.power = SitePower{};
  disturbances.power->node = watts(10);
  disturbances.power->supply.cap_steps = {{{std::nullopt, seconds(10)}, watts(20)},
                                          {{std::nullopt, seconds(30)}, watts(40)}};
  ScheduleOf both(trace_of({{0, 2, 50}, {0, 2, 30}}), pool_of(4), policy_named("fifo"), {},
                  disturbances);
  CHECK(both.run().ends() == Times{50, 50});
  CHECK(both.metrics().totals.unpowered == 40);
  CHECK(both.job(1).n_preempted == 1);
  CHECK(both.job(0).n_preempted == 0);
}

TEST_CASE("with notice nothing starts on machines that go off before it ends") {
  // 4 machines of 10 W; from 100 to 200 s half of the power, called at 40. One job keeps two. At 50
  // one of 30 s starts on the others, 2 and 3, as it ends in time; one of 30 s that comes at 85
  // would not, and waits until they are on again.
  for (const char* policy : {"fifo", "first-fit", "easy", "easy-machines", "conservative"}) {
    CAPTURE(policy);
    for (const double notice_s : {60.0, 0.0}) {
      CAPTURE(notice_s);
      Disturbances disturbances;
      disturbances.power = SitePower{};
      disturbances.power->node = watts(10);
      disturbances.power->supply.curtailments = {
          {{std::nullopt, seconds(100)}, 0.5, seconds(notice_s), seconds(100)}};
      ScheduleOf all(trace_of({{0, 2, 1000}, {50, 2, 30}, {85, 2, 30}}), pool_of(4),
                     policy_named(policy), {}, disturbances);
      all.run();
      CHECK(all.metrics().totals.unpowered == doctest::Approx(200));
      CHECK(all.job(0).n_preempted == 0);
      CHECK(all.job(1).start.value() == 50);
      // Without notice it starts, is preempted at 100 with 15 s done, and does the rest from 200.
      CHECK(all.job(2).start.value() == doctest::Approx(notice_s > 0 ? 200 : 85));
      CHECK(all.job(2).n_preempted == (notice_s > 0 ? 0 : 1));
      CHECK(all.job(2).end.value() == doctest::Approx(notice_s > 0 ? 230 : 215));
    }
  }
}

TEST_CASE("placements: packed fills nodes up, spread does not, groups are not straddled") {
  Layout layout;
  layout.nodes = 8;
  layout.slots_per_node = 4;
  layout.nodes_per_leaf = 2;
  layout.nodes_per_pod = 4;
  SlotSet free(layout.n_slots());
  free.add(SlotRange{0, 31});
  free.remove(SlotRange{0, 1});    // node 0 has 2 left
  free.remove(SlotRange{4, 6});    // node 1 has 1
  free.remove(SlotRange{16, 18});  // node 4, in the other pod, has 1
  const auto placed = [&](const char* name, std::int64_t slots) {
    return to_string(make_placement(name)->place({slots, 0}, free, layout));
  };
  CHECK(placed("lowest", 2) == "2-3");
  CHECK(placed("packed", 1) == "7");           // the fullest node
  CHECK(placed("packed", 2) == "2-3");         // exactly what node 0 has
  CHECK(placed("packed", 4) == "8-11");        // a whole node
  CHECK(placed("spread", 2) == "8 12");        // the emptiest nodes
  CHECK(placed("spread", 8) == "8-11 20-23");  // whole nodes 2 and 5, of two leaves
  // 8 slots: leaf 1 (nodes 2 and 3) has them whole.
  CHECK(placed("rail", 8) == "8-15");
  // 12 slots: pod 0 has 11, pod 1 has 13.
  const auto in_pod = make_placement("pod")->place({12, 0}, free, layout);
  CHECK(in_pod.front().first >= 16);
  CHECK(count(make_placement("nearest")->place({8, 0}, free, layout)) == 8);
}

}  // namespace
}  // namespace longhaul::scheduling
