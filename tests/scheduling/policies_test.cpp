// Schedules that are known start by start: published ones, and small ones by hand.
#include <doctest/doctest.h>

#include <vector>

#include "engine/scheduler_actor.hpp"
#include "engine/settings.hpp"
#include "scheduling/schedules.hpp"

namespace longhaul::scheduling {
namespace {

ScheduleOf schedule(const std::vector<JobOf>& jobs, std::int64_t machines,
                    std::string_view policy) {
  return ScheduleOf(trace_of(jobs), pool_of(machines), policy_named(policy));
}

TEST_CASE("EASY backfill gives WRENCH's published ends") {
  // [WRENCH, BatchComputeService tests, EASY_BF] (nodes, seconds), all at 0 in the first two.
  for (const char* policy : {"easy", "easy-machines"}) {
    CAPTURE(policy);
    auto four = schedule({{0, 2, 60}, {0, 4, 30}, {0, 2, 30}, {0, 2, 50}}, 4, policy);
    CHECK(four.run().ends() == Times{60, 90, 30, 140});
    auto six =
        schedule({{0, 1, 6000}, {0, 2, 70}, {0, 4, 20}, {0, 5, 20}, {0, 1, 6000}}, 6, policy);
    CHECK(six.run().ends() == Times{6000, 70, 90, 6020, 6000});
    auto late = schedule({{0, 3, 660}, {1, 1, 120}, {2, 3, 1740}, {3, 1, 1080}}, 6, policy);
    // The third does not fit beside the first two until 121; the fourth fits at once.
    CHECK(late.run().ends() == Times{660, 121, 1861, 1740});
  }
}

TEST_CASE("ten jobs of 10 s, one every 3 s, under FIFO on two machines and on one") {
  std::vector<JobOf> jobs;
  for (int i = 0; i < 10; ++i) jobs.push_back({3.0 * i, 1, 10});
  auto two = schedule(jobs, 2, "fifo");
  CHECK(two.run().starts() == Times{0, 3, 10, 13, 20, 23, 30, 33, 40, 43});
  auto one = schedule(jobs, 1, "fifo");
  CHECK(one.run().starts() == Times{0, 10, 20, 30, 40, 50, 60, 70, 80, 90});
  const auto metrics = one.metrics();
  // Job i waits 10 i - 3 i: 7 x 45 s in all; the last one 63 s.
  CHECK(metrics.sum_wait.value() == 315);
  CHECK(metrics.max_wait.value() == 63);
  CHECK(metrics.jobs_that_wait == 9);
  CHECK(metrics.makespan.value() == 100);
  CHECK(metrics.utilisation == doctest::Approx(1).epsilon(1e-12));
  // At 30 s four jobs were submitted after the one that starts then (at 21, 24, 27 and 30 less
  // one): job i waits from 3 i to 10 i, so at 27+ jobs 3..9 wait: seven.
  CHECK(metrics.longest_queue == 7);
  // The turnarounds are 10 + 7 i; the 99th percentile of ten is the tenth.
  CHECK(metrics.p99_turnaround.value() == 73);
}

TEST_CASE("the simulated clock and the bare story agree") {
  const std::vector<JobOf> jobs = {{0.5, 2, 60}, {1.25, 4, 30}, {1.25, 2, 30}, {7, 2, 50}};
  auto bare = schedule(jobs, 4, "easy");
  bare.run();
  engine::start_engine(engine::Clock::Months);
  auto on_clock = schedule(jobs, 4, "easy");
  CHECK(engine::run_schedule(on_clock.replay()));
  CHECK(on_clock.starts() == bare.starts());
  CHECK(on_clock.ends() == bare.ends());
}

TEST_CASE("first fit lets small jobs past a large one, FIFO does not") {
  // On 4 machines: 3 busy until 10; the second wants 4; the third would fit.
  const std::vector<JobOf> jobs = {{0, 3, 10}, {1, 4, 10}, {2, 1, 100}};
  auto fifo = schedule(jobs, 4, "fifo");
  CHECK(fifo.run().starts() == Times{0, 10, 20});
  auto first_fit = schedule(jobs, 4, "first-fit");
  CHECK(first_fit.run().starts() == Times{0, 102, 2});
  // EASY: it would end at 102, after the promise of 10, and the head leaves none over.
  auto easy = schedule(jobs, 4, "easy");
  CHECK(easy.run().starts() == Times{0, 10, 20});
}

TEST_CASE("shortest first, with and without preemption") {
  // One machine: 100 s at 0, then 10 s at 1 and 5 s at 2.
  const std::vector<JobOf> jobs = {{0, 1, 100}, {1, 1, 10}, {2, 1, 5}};
  auto sjf = schedule(jobs, 1, "sjf");
  CHECK(sjf.run().starts() == Times{0, 105, 100});
  auto srtf = schedule(jobs, 1, "srtf");
  // At 1 the second has 10 left against 99; at 2 the third 5 against 9; it goes on at 7, the
  // first at 16 with 99 left.
  CHECK(srtf.run().starts() == Times{0, 1, 2});
  CHECK(srtf.ends() == Times{115, 16, 7});
  CHECK(srtf.job(0).n_preempted == 1);
  CHECK(srtf.job(0).waited.value() == 15);
  CHECK(srtf.metrics().totals.preemptions == 2);
}

TEST_CASE("loading state again costs a preempted job its time") {
  const std::vector<JobOf> jobs = {{0, 1, 100}, {1, 1, 10}};
  ClusterOptions options;
  options.restart = seconds(3);
  ScheduleOf srtf(trace_of(jobs), pool_of(1), policy_named("srtf"), options);
  CHECK(srtf.run().ends() == Times{113, 11});
  CHECK(srtf.metrics().totals.restarting == 3);
  CHECK(srtf.metrics().totals.useful == 110);
}

TEST_CASE("EASY on named machines keeps the head's machines free, by count it keeps a number") {
  // 3 machines. A on 0 until 10, B on 1 until 4, C on 2 until 20 (estimates); D wants 2 at 1.
  // Machines 0 and 1 are free first, at 10. E, one machine for 12 s at 2, fits nowhere yet.
  // At 4, machine 1 is free and reserved from 10: E would end at 16 and waits in both.
  // F, one machine for 6 s, at 5 ends at 11: too late as well; for 5 s it starts at 5.
  const std::vector<JobOf> jobs = {{0, 1, 10}, {0, 1, 4},  {0, 1, 20},
                                   {1, 2, 10}, {2, 1, 12}, {5, 1, 5}};
  auto machines = schedule(jobs, 3, "easy-machines");
  CHECK(machines.run().starts() == Times{0, 0, 0, 10, 20, 5});
}

TEST_CASE("shortest-first backfill takes the shortest candidate, not the first") {
  // 2 machines: A on one until 100; the head wants both; two could fill the other.
  const std::vector<JobOf> jobs = {{0, 1, 100}, {1, 2, 10}, {2, 1, 90}, {2, 1, 40}};
  auto easy = schedule(jobs, 2, "easy");
  CHECK(easy.run().starts() == Times{0, 100, 2, 110});
  auto shortest = schedule(jobs, 2, "sjf-backfill");
  CHECK(shortest.run().starts() == Times{0, 100, 110, 2});
}

TEST_CASE("conservative backfill: nobody is pushed behind a promise, early ends move all forward") {
  // One machine free of 2 beside A (until 100 by its estimate, but it ends at 50).
  // B wants 2: promised 100. C (1 machine, 60 s) may run 1 .. 61. D (1, 60 s) cannot run before B:
  // promised 110. At 50 A ends: B cannot start, C runs until 61, so B is at 61 and D at 71.
  const std::vector<JobOf> jobs = {{0, 1, 50, 100}, {0, 2, 10}, {1, 1, 60}, {2, 1, 60}};
  for (const char* policy : {"conservative", "conservative-rebuild"}) {
    CAPTURE(policy);
    auto both = schedule(jobs, 2, policy);
    CHECK(both.run().starts() == Times{0, 61, 1, 71});
  }
}

TEST_CASE("keeping reservations and making them anew differ") {
  // 2 machines, busy until 100 and 50 by the estimates; both are free at 30. A, 2 machines for
  // 30 s, was promised 100; B, 1 machine for 40 s, 50 .. 90.
  const std::vector<JobOf> jobs = {{0, 1, 30, 100}, {0, 1, 30, 50}, {1, 2, 30}, {2, 1, 40}};
  // Kept: at 30, B's reservation leaves A both machines for 20 s only, so that A moves to 90; B
  // moves to 30 and runs. When it ends, at 70, A moves there.
  auto kept = schedule(jobs, 2, "conservative");
  CHECK(kept.run().starts() == Times{0, 0, 70, 30});
  // Anew: A is placed before B, at 30.
  auto anew = schedule(jobs, 2, "conservative-rebuild");
  CHECK(anew.run().starts() == Times{0, 0, 30, 60});
}

TEST_CASE("a limit kills, and a job as long as its limit ends well") {
  auto trace = trace_of({{0, 1, 10}, {0, 1, 10}});
  trace.jobs[0].limit = seconds(10);
  trace.jobs[1].limit = seconds(9);
  ScheduleOf both(trace, pool_of(2), policy_named("fifo"));
  both.run();
  CHECK(both.job(0).phase == Phase::Done);
  CHECK(both.job(1).phase == Phase::Killed);
  CHECK(both.ends() == Times{10, 9});
  CHECK(both.metrics().totals.useful == 10);
  CHECK(both.metrics().totals.killed == 9);
}

TEST_CASE("a job that never fits is refused, and holds nobody up") {
  auto both = schedule({{0, 5, 10}, {0, 1, 10}}, 4, "fifo");
  both.run();
  CHECK(both.job(0).phase == Phase::Refused);
  CHECK(both.job(1).end.value() == 10);
  CHECK(both.metrics().refused == 1);
  CHECK(both.metrics().jobs == 1);
}

TEST_CASE("higher priorities preempt after the protected time") {
  auto trace = trace_of({{0, 2, 100}, {10, 1, 20}});
  trace.jobs[1].priority = 1;
  auto config = policy_named("priority");
  config.protected_time = seconds(30);
  ScheduleOf both(trace, pool_of(2), config);
  // The first may be preempted from 30 on; the second runs 30 .. 50, then the first its 70 s.
  CHECK(both.run().ends() == Times{120, 50});
  trace.jobs[0].preemptible = false;
  ScheduleOf left_alone(trace, pool_of(2), config);
  CHECK(left_alone.run().ends() == Times{100, 120});
}

TEST_CASE("least attained service: a long job falls behind one that used less") {
  auto config = policy_named("las");
  config.levels = {1};
  // One machine, two jobs of 2 h. The first falls at 1 slot-hour, the second runs from 1 h to 2 h,
  // falls too, and in the lower level the first submitted goes on.
  ScheduleOf both(trace_of({{0, 1, 7200}, {1, 1, 7200}}), pool_of(1), config);
  CHECK(both.run().ends() == Times{10800, 14400});
  CHECK(both.job(0).n_preempted == 1);
}

TEST_CASE("fair share lets the user go first who used less") {
  auto trace = trace_of({{0, 1, 100}, {1, 1, 10}, {2, 1, 10}});
  trace.users = {"a", "b"};
  trace.jobs[0].user = trace.jobs[1].user = 0;
  trace.jobs[2].user = 1;
  ScheduleOf shared(trace, pool_of(1), policy_named("fair-share"));
  CHECK(shared.run().starts() == Times{0, 110, 100});
}

TEST_CASE("finish-time fairness gives the round to the one that sharing delays most") {
  auto config = policy_named("finish-time-fair");
  config.round = seconds(10);
  // At 10 the first has rho (10 + 90)/100 = 1, the second, 5 s long, (9 + 5)/5 = 2.8.
  ScheduleOf both(trace_of({{0, 1, 100}, {1, 1, 5}}), pool_of(1), config);
  CHECK(both.run().ends() == Times{105, 15});
}

}  // namespace
}  // namespace longhaul::scheduling
