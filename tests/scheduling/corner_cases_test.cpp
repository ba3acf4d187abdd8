// Schedules in which estimates are wrong, sizes can be chosen, or nodes are partly used.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "scheduling/schedules.hpp"
#include "scheduling/synthetic.hpp"

namespace longhaul::scheduling {
namespace {

Layout nodes_of(std::int64_t nodes, std::int64_t slots) {
  Layout layout;
  layout.nodes = nodes;
  layout.slots_per_node = slots;
  return layout;
}

TEST_CASE("a job that outruns its estimate delays reservations, and holds nobody for ever") {
  // The second was promised 50, when the first should have ended.
  for (const auto& policy : policies()) {
    CAPTURE(policy.name);
    ScheduleOf both(trace_of({{0, 1, 100, 50}, {0, 1, 10, 10}}), pool_of(1),
                    policy_named(policy.name));
    both.run();
    CHECK(both.metrics().jobs == 2);
    CHECK(both.metrics().makespan.value() == 110);
  }
}

TEST_CASE("a job of no time keeps its reservation where others are placed again") {
  // 8 machines. A on 4 until 100, B on 4 until 33 by its estimate, and ends at 30. Z, 8 machines
  // for no time, was promised 100; at 30, C (8 machines, 20 s) cannot move before it.
  ScheduleOf all(trace_of({{0, 4, 100, 100}, {0, 4, 30, 33}, {1, 8, 0, 0}, {2, 8, 20, 20}}),
                 pool_of(8), policy_named("conservative"));
  CHECK(all.run().starts() == Times{0, 0, 100, 100});
}

TEST_CASE("shares are kept while jobs come and go in every round") {
  // One machine, two long jobs, and a short one in every round: both long ones get rounds.
  std::vector<JobOf> jobs = {{0, 1, 7200}, {0, 1, 7200}};
  for (int i = 1; i <= 30; ++i) jobs.push_back({360.0 * i - 1, 1, 30});
  ScheduleOf shared(trace_of(jobs), pool_of(1), policy_named("max-min"));
  shared.run();
  CHECK(shared.job(1).start.value() < 3600);
  CHECK(shared.job(0).end.value() > 8000);  // alone it would end at 7200
  CHECK(shared.metrics().totals.preemptions > 10);
}

TEST_CASE("levels of attained service are passed at dates far from the start, too") {
  for (const double slots : {501.0, 999.0}) {
    ScheduleOf both(trace_of({{1e9, slots, 100'000}, {1e9 + 1, slots, 100'000}}), pool_of(1000),
                    policy_named("las"));
    both.run();
    CHECK(both.metrics().jobs == 2);
  }
}

TEST_CASE("jobs that will never run end a schedule with the user's mistake") {
  // A cap that leaves two of four machines on; the job asks for four.
  for (const auto& policy : policies()) {
    CAPTURE(policy.name);
    Disturbances capped;
    capped.power = SitePower{};
    capped.power->node = watts(10);
    capped.power->supply.cap = watts(20);
    ScheduleOf one(trace_of({{0, 4, 10}}), pool_of(4), policy_named(policy.name), {}, capped);
    CHECK_THROWS_AS(one.run(), InputError);
  }
}

Trace with_choices(const std::vector<JobOf>& jobs, std::size_t job, std::vector<Choice> choices,
                   Flexibility flexibility = Flexibility::Moldable) {
  auto trace = trace_of(jobs);
  trace.jobs[job].choices = std::move(choices);
  trace.jobs[job].flexibility = flexibility;
  return trace;
}

TEST_CASE("choices come beside a job's own size, under every policy") {
  for (const auto& policy : policies()) {
    CAPTURE(policy.name);
    // Its own size is the only one that fits.
    ScheduleOf own(with_choices({{0, 4, 100}}, 0, {{8, seconds(50)}}), pool_of(4),
                   policy_named(policy.name));
    CHECK(own.run().ends() == Times{100});
    // A choice is.
    ScheduleOf choice(with_choices({{0, 8, 100}}, 0, {{2, seconds(400)}}), pool_of(4),
                      policy_named(policy.name));
    CHECK(choice.run().ends() == Times{400});
  }
  // The fastest of those that fit.
  ScheduleOf fastest(with_choices({{0, 4, 100}}, 0, {{1, seconds(400)}, {2, seconds(200)}}),
                     pool_of(4), policy_named("fifo"));
  CHECK(fastest.run().ends() == Times{100});
  ScheduleOf twice(with_choices({{0, 2, 100}}, 0, {{2, seconds(50)}}), pool_of(4),
                   policy_named("fifo"));
  CHECK(twice.run().ends() == Times{50});
}

TEST_CASE("a job of whole nodes with choices may have its nodes") {
  // Two nodes of 4 slots for 100 s, or 2 slots for 300 s, of which one node is left at first.
  auto trace = with_choices({{0, 4, 50}, {0, 0, 100}}, 1, {{2, seconds(300)}});
  trace.jobs[1].nodes = 2;
  ScheduleOf easy(trace, nodes_of(2, 4), policy_named("easy"));
  CHECK(easy.run().ends() == Times{50, 150});
  ScheduleOf fifo(trace, nodes_of(2, 4), policy_named("fifo"));
  CHECK(fifo.run().ends() == Times{50, 300});
}

TEST_CASE("a job of no time with choices ends at once") {
  ScheduleOf both(with_choices({{0, 1, 0}, {0, 1, 10}}, 0, {{1, seconds(100)}}), pool_of(4),
                  policy_named("fifo"));
  CHECK(both.run().ends() == Times{0, 10});
  CHECK(both.metrics().jobs == 2);
}

TEST_CASE("EASY charges a moldable job as what it starts") {
  // 8 machines, 4 busy until 100; the head wants 6, then. The moldable job may take one of the two
  // left over for 400 s, not four for 200 s.
  ScheduleOf all(with_choices({{0, 4, 100}, {1, 6, 10}, {2, 1, 400}}, 2, {{4, seconds(200)}}),
                 pool_of(8), policy_named("easy"));
  CHECK(all.run().starts() == Times{0, 100, 2});
  CHECK(all.job(2).end.value() == 402);
}

TEST_CASE("EASY by counts keeps its promise where the head wants whole nodes") {
  // 5 nodes of 4 slots, three slots of each busy until 100, but of the second until 50. The head
  // wants one whole node: five slots are free, but no node before 50. Nobody runs beyond that.
  auto trace = trace_of({{0, 3, 100},
                         {0, 3, 50},
                         {0, 3, 100},
                         {0, 3, 100},
                         {0, 3, 100},
                         {1, 0, 10},
                         {2, 1, 60},
                         {2, 1, 40}});
  for (std::size_t i = 0; i < 6; ++i) trace.jobs[i].nodes = 1;
  ScheduleOf all(trace, nodes_of(5, 4), policy_named("easy"));
  all.run();
  CHECK(all.job(5).start.value() == 50);
  CHECK(all.job(6).start.value() >= 50);
  CHECK(all.job(7).start.value() == 2);
}

TEST_CASE("nobody is preempted for a job that would not fit even so") {
  // 2 nodes of 4 slots, one slot of each taken for good by jobs that may not be preempted. The last
  // job wants a whole node: preempting the third would not make one.
  auto trace = trace_of({{0, 1, 1e5}, {0, 1, 1e5}, {1, 3, 5000}, {30, 0, 10}});
  trace.jobs[0].preemptible = trace.jobs[1].preemptible = false;
  trace.jobs[3].nodes = 1;
  trace.jobs[3].priority = 1;
  for (const char* policy : {"srtf", "priority", "finish-time-fair", "las"}) {
    CAPTURE(policy);
    ScheduleOf all(trace, nodes_of(2, 4), policy_named(policy), {}, {}, "spread");
    all.run();
    CHECK(all.job(2).n_preempted == 0);
    CHECK(all.job(2).end.value() == 5001);
  }
}

TEST_CASE("without kinds a job with choices by kind runs at its fastest; with them on its own") {
  auto trace = trace_of({{0, 2, 10}, {0, 2, 10}});
  trace.kinds = {"slow", "fast"};
  for (auto& job : trace.jobs) job.choices = {{2, seconds(100), 0}, {2, seconds(10), 1}};
  ScheduleOf plain(trace, pool_of(4), policy_named("fifo"));
  CHECK(plain.run().ends() == Times{10, 10});
  // One slow machine and three fast ones: gangs of two never straddle the kinds.
  auto layout = pool_of(4);
  layout.kinds = {0, 1, 1, 1};
  for (const auto& policy : policies()) {
    CAPTURE(policy.name);
    ScheduleOf kinds(trace, layout, policy_named(policy.name));
    CHECK(kinds.run().metrics().makespan.value() == 20);
  }
}

TEST_CASE("nothing is counted before the first job comes") {
  ScheduleOf late(trace_of({{1e6, 1, 100}}), pool_of(2), policy_named("fifo"));
  CHECK(late.run().metrics().totals.idle == 100);
  CHECK(late.metrics().utilisation == 0.5);
}

TEST_CASE("the slowdown of a killed job is over the time it was given") {
  auto trace = trace_of({{0, 1, 900}, {0, 1, 1000}});
  trace.jobs[1].limit = seconds(100);
  ScheduleOf both(trace, pool_of(1), policy_named("fifo"));
  // It waits 900 and runs 100: 1000/100. The first is not slowed.
  CHECK(both.run().metrics().mean_bounded_slowdown == doctest::Approx((1 + 10) / 2.0));
}

TEST_CASE("between rounds a moldable job starts at the fastest size that fits") {
  ScheduleOf both(
      with_choices({{0, 1, 1}, {2, 1, 80}}, 1, {{4, seconds(20)}}, Flexibility::Moldable),
      pool_of(4), policy_named("goodput"));
  CHECK(both.run().job(1).end.value() == 22);
}

TEST_CASE("fair shares are of groups where no user is named; equals go by submission") {
  auto trace = trace_of({{0, 1, 100}, {1, 1, 10}, {2, 1, 10}});
  trace.groups = {"x", "y"};
  trace.jobs[0].group = trace.jobs[1].group = 0;
  trace.jobs[2].group = 1;
  ScheduleOf shared(trace, pool_of(1), policy_named("fair-share"));
  CHECK(shared.run().starts() == Times{0, 110, 100});
  // Preempted at 100 by the third, the first goes on before the second, which came later.
  auto equals = trace_of({{0, 1, 10'000}, {10, 1, 2'000}, {3'600, 1, 10}});
  equals.jobs[2].priority = 1;
  ScheduleOf priorities(equals, pool_of(1), policy_named("priority"));
  CHECK(priorities.run().ends() == Times{10'010, 12'010, 3'610});
}

TEST_CASE("conservative backfill keeps the promise of a job that takes no time") {
  // On 2 machines: a has both until 10, by its estimate until 20. b, of no time, is promised 20 on
  // both, and c, of one machine for 30, comes after it. When a ends at 10 all are placed again.
  const auto starts = ScheduleOf(trace_of({{0, 2, 10, 20}, {1, 2, 0}, {1, 1, 30}}), pool_of(2),
                                 policy_named("conservative"))
                          .run()
                          .starts();
  CHECK(starts == Times{0, 10, 10});
  // 3 machines: d has one until 25. b, of all three for no time, is promised 25. c wants 2 for 10:
  // from 5 to 15 before b; e wants 2 for 20: across 25 it may not run, and comes after it.
  const auto apart = ScheduleOf(trace_of({{0, 1, 25}, {1, 3, 0}, {5, 2, 10}, {6, 2, 20}}),
                                pool_of(3), policy_named("conservative"))
                         .run()
                         .starts();
  CHECK(apart == Times{0, 25, 5, 25});
}

TEST_CASE("whole nodes count their slots in an offered load") {
  // Two jobs of one node of 8 slots for 100 s, 100 s apart, on one such node: twice what there is.
  auto trace = trace_of({{0, 0, 100}, {100, 0, 100}});
  for (auto& job : trace.jobs) job.nodes = 1;
  CHECK(offered_load(trace, 8, 8) == 2);
}

}  // namespace
}  // namespace longhaul::scheduling
