// What holds for every schedule of every load.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "random/stream.hpp"
#include "scheduling/profile.hpp"
#include "scheduling/schedules.hpp"

namespace longhaul::scheduling {
namespace {

constexpr std::int64_t machines = 8;

/// Up to 60 jobs on 8 machines, many at one moment; estimates are at least the run times.
std::vector<JobOf> random_load() {
  const auto n = *rc::gen::inRange(1, 60);
  std::vector<JobOf> jobs;
  double submit = 0;
  for (int i = 0; i < n; ++i) {
    submit += *rc::gen::inRange(0, 30);
    const double run_time = *rc::gen::inRange(0, 100);
    jobs.push_back({submit, static_cast<double>(*rc::gen::inRange(1, 9)), run_time,
                    run_time + *rc::gen::inRange(0, 50)});
  }
  return jobs;
}

/// Each slot is free, down, or one job's; jobs have what they asked for; nobody starts early.
void check_now(const Cluster& cluster) {
  SlotSet used(cluster.n_slots());
  std::int64_t n = 0;
  for (std::size_t i = 0; i < cluster.trace().jobs.size(); ++i) {
    const auto id = static_cast<JobId>(i);
    const auto& state = cluster.state(id);
    if (state.phase != Phase::Running) continue;
    RC_ASSERT(count(state.slots) == cluster.asked(id).request.slots);
    RC_ASSERT(state.start >= cluster.job(id).submit);
    n += count(state.slots);
    used.add(state.slots);
  }
  RC_ASSERT(used.count() == n);
  for (const auto& range : used.lowest(n)) RC_ASSERT(cluster.free().count_in(range) == 0);
  RC_ASSERT(cluster.free().count() + n <= cluster.n_slots());
}

std::vector<std::string_view> all_policies() {
  std::vector<std::string_view> names;
  for (const auto& entry : policies()) names.push_back(entry.name);
  return names;
}

TEST_CASE("under every policy no machine is used twice, all jobs end, and all work is done") {
  for (const auto policy : all_policies()) {
    CAPTURE(policy);
    CHECK(rc::check([&] {
      const auto jobs = random_load();
      ScheduleOf schedule(trace_of(jobs), pool_of(machines), policy_named(policy));
      schedule.run(check_now);
      double work = 0;
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        RC_ASSERT(schedule.job(i).phase == Phase::Done);
        const auto spent = schedule.job(i).end - seconds(jobs[i].submit);
        const auto wanted = schedule.job(i).waited + seconds(jobs[i].run_time);
        RC_ASSERT(std::abs((spent - wanted).value()) < 1e-5);
        work += jobs[i].run_time * jobs[i].slots;
      }
      const auto totals = schedule.metrics().totals;
      RC_ASSERT(std::abs(totals.useful - work) <= 1e-6 * (1 + work));
      // Slot time by cause is all there is, from the first submission to the last end.
      double last = 0;
      for (const double end : schedule.ends()) last = std::max(last, end);
      RC_ASSERT(std::abs(totals.useful + totals.restarting + totals.redone + totals.idle -
                         machines * (last - jobs[0].submit)) <= 1e-6 * (1 + machines * last));
    }));
  }
}

TEST_CASE("whatever the estimates, on whole and shared nodes, all jobs end and all work is done") {
  for (const auto policy : all_policies()) {
    CAPTURE(policy);
    CHECK(rc::check([&] {
      auto trace = trace_of(random_load());
      double work = 0;
      for (auto& job : trace.jobs) {
        job.estimate = seconds(*rc::gen::inRange(0, 150));
        if (*rc::gen::inRange(0, 3) == 0) {
          job.nodes = *rc::gen::inRange(1, 3);
          job.slots = *rc::gen::inRange(0, 5);
        }
        job.preemptible = *rc::gen::arbitrary<bool>();
      }
      Layout layout;
      layout.nodes = 2;
      layout.slots_per_node = 4;
      auto config = policy_named(policy);
      config.round = seconds(20);
      ScheduleOf schedule(trace, layout, config);
      schedule.run(check_now);
      for (std::size_t i = 0; i < trace.jobs.size(); ++i) {
        RC_ASSERT(schedule.job(i).phase == Phase::Done);
        work += trace.jobs[i].run_time.value() *
                static_cast<double>(schedule.cluster().asked(static_cast<JobId>(i)).request.slots);
      }
      RC_ASSERT(std::abs(schedule.metrics().totals.useful - work) <= 1e-6 * (1 + work));
    }));
  }
}

TEST_CASE("FIFO starts in the order of submission") {
  CHECK(rc::check([] {
    ScheduleOf schedule(trace_of(random_load()), pool_of(machines), policy_named("fifo"));
    const auto starts = schedule.run().starts();
    RC_ASSERT(std::is_sorted(starts.begin(), starts.end()));
  }));
}

/// The moment by which enough machines are free by the estimates, for the first in the queue.
Seconds promise_of_head(const Cluster& cluster) {
  auto free = cluster.free().count();
  for (const auto& release : cluster.releases()) {
    free += release.slots;
    if (free >= cluster.queue().front().slots) return release.time;
  }
  return cluster.now();
}

TEST_CASE("EASY never delays the first in the queue past its promise") {
  for (const char* policy : {"easy", "easy-machines", "sjf-backfill"}) {
    CAPTURE(policy);
    CHECK(rc::check([&] {
      ScheduleOf schedule(trace_of(random_load()), pool_of(machines), policy_named(policy));
      std::map<JobId, Seconds> promised;  // the first one, as the head
      schedule.run([&](const Cluster& cluster) {
        if (cluster.queue().empty()) return;
        promised.try_emplace(cluster.queue().front().job, promise_of_head(cluster));
      });
      for (const auto& [job, promise] : promised)
        RC_ASSERT(schedule.cluster().state(job).start <= promise + same_moment);
    }));
  }
}

TEST_CASE("conservative backfill never moves a promise back") {
  CHECK(rc::check([] {
    ScheduleOf schedule(trace_of(random_load()), pool_of(machines), policy_named("conservative"));
    std::map<JobId, Seconds> promised;
    schedule.run([&](const Cluster& cluster) {
      for (const auto& waiting : cluster.queue()) {
        const auto promise = schedule.policy().promise(waiting.job);
        RC_ASSERT(promise.has_value());
        const auto before = promised.try_emplace(waiting.job, *promise).first;
        RC_ASSERT(*promise <= before->second + same_moment);
        before->second = *promise;
      }
    });
    for (const auto& [job, promise] : promised)
      RC_ASSERT(schedule.cluster().state(job).start <= promise + same_moment);
  }));
}

TEST_CASE("failing machines: jobs go on from their checkpoints, and slot time still adds up") {
  for (const auto policy : all_policies()) {
    CAPTURE(policy);
    CHECK(rc::check([&] {
      auto jobs = random_load();
      ClusterOptions options;
      options.checkpoint_every = seconds(*rc::gen::inRange(5, 50));
      options.restart = seconds(*rc::gen::inRange(0, 5));
      Disturbances disturbances;
      disturbances.seed = static_cast<std::uint64_t>(*rc::gen::inRange(1, 1000));
      operations::RepairConfig repair;
      repair.automatic = random::Random<Seconds>(seconds(20));
      // Racks of 3, the last of 2: nodes under repair may be taken by their racks, too.
      const auto rack = [](std::int64_t unit) {
        return unit < 2 ? std::vector{unit * 3, unit * 3 + 1, unit * 3 + 2} : std::vector{6L, 7L};
      };
      disturbances.causes = {{"node", per_second(1.0 / 60), repair},
                             {"rack", per_second(1.0 / 90), repair, 3, rack}};
      ScheduleOf schedule(trace_of(jobs), pool_of(machines), policy_named(policy), options,
                          disturbances);
      schedule.run(check_now);
      double last = 0, work = 0;
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        RC_ASSERT(schedule.job(i).phase == Phase::Done);
        last = std::max(last, schedule.job(i).end.value());
        work += jobs[i].run_time * jobs[i].slots;
      }
      const auto totals = schedule.metrics().totals;
      RC_ASSERT(std::abs(totals.useful - work) <= 1e-6 * (1 + work));
      RC_ASSERT(std::abs(totals.useful + totals.restarting + totals.redone + totals.idle +
                         totals.down - machines * (last - jobs[0].submit)) <=
                1e-6 * (1 + machines * last));
    }));
  }
}

TEST_CASE("a machine more breaks no invariant, and placements fit the same jobs") {
  CHECK(rc::check([] {
    const auto jobs = random_load();
    for (const std::int64_t more : {0, 1, 5}) {
      ScheduleOf schedule(trace_of(jobs), pool_of(machines + more), policy_named("easy"));
      schedule.run(check_now);
    }
    // The same counts start under every placement, as machines are alike.
    ScheduleOf lowest(trace_of(jobs), pool_of(machines), policy_named("easy"));
    lowest.run();
    for (const auto placement : placement_names()) {
      ScheduleOf other(trace_of(jobs), pool_of(machines), policy_named("easy"), {}, {}, placement);
      RC_ASSERT(other.run().starts() == lowest.starts());
    }
  }));
}

TEST_CASE("every placement gives what was asked for, of what is free, whenever it fits") {
  CHECK(rc::check([] {
    Layout layout;
    layout.nodes = *rc::gen::inRange(1, 40);
    layout.slots_per_node = *rc::gen::inRange(1, 9);
    layout.nodes_per_leaf = *rc::gen::inRange(1, 5);
    layout.nodes_per_pod = layout.nodes_per_leaf * *rc::gen::inRange(1, 4);
    SlotSet free(layout.n_slots());
    for (std::int32_t slot = 0; slot < layout.n_slots(); ++slot)
      if (*rc::gen::arbitrary<bool>()) free.add(SlotRange{slot, slot});
    Request request;
    if (*rc::gen::arbitrary<bool>()) {
      request.per_node = *rc::gen::inRange<std::int64_t>(1, layout.slots_per_node + 1);
      request.slots = request.per_node * *rc::gen::inRange<std::int64_t>(1, 10);
    } else {
      request.slots = *rc::gen::inRange<std::int64_t>(1, 60);
    }
    for (const auto name : placement_names()) {
      const auto slots = make_placement(name)->place(request, free, layout);
      RC_ASSERT(slots.empty() == !fits(request, free, layout));
      if (slots.empty()) continue;
      RC_ASSERT(count(slots) == request.slots);
      RC_ASSERT(free.contains(slots));
      if (request.per_node == 0) continue;
      SlotSet chosen(layout.n_slots());
      chosen.add(slots);
      for (std::int64_t node = 0; node < layout.nodes; ++node) {
        const auto here = chosen.count_in(layout.slots_of(node));
        RC_ASSERT((here == 0 || here == request.per_node));
      }
    }
  }));
}

TEST_CASE("sets of slots agree with a plain set") {
  CHECK(rc::check([] {
    const auto size = *rc::gen::inRange(1, 300);
    SlotSet slots(size);
    std::vector<bool> plain(static_cast<std::size_t>(size));
    for (int i = 0; i < 20; ++i) {
      const auto first = *rc::gen::inRange(0, size);
      const auto last = *rc::gen::inRange(first, size);
      const bool add = *rc::gen::arbitrary<bool>();
      add ? slots.add(SlotRange{first, last}) : slots.remove(SlotRange{first, last});
      std::fill(plain.begin() + first, plain.begin() + last + 1, add);
    }
    RC_ASSERT(slots.count() == std::count(plain.begin(), plain.end(), true));
    const auto n = *rc::gen::inRange(0, size + 1);
    std::vector<int> wanted;
    for (int i = 0; i < size && static_cast<int>(wanted.size()) < n; ++i)
      if (plain[static_cast<std::size_t>(i)]) wanted.push_back(i);
    std::vector<int> got;
    for (const auto& range : slots.lowest(n))
      for (auto slot = range.first; slot <= range.last; ++slot) got.push_back(slot);
    RC_ASSERT(got == wanted);
  }));
}

/// Mean wait of M/M/c with a mean service of 1, over `n` jobs.
double mean_wait(int servers, double load, int n, std::uint64_t seed) {
  random::Stream arrivals(seed, "arrivals"), services(seed, "services");
  std::vector<JobOf> jobs;
  double now = 0;
  for (int i = 0; i < n; ++i) {
    now += arrivals.exponential(1 / (load * servers));
    jobs.push_back({now, 1, services.exponential(1)});
  }
  ScheduleOf queue(trace_of(jobs), pool_of(servers), policy_named("fifo"));
  return queue.run().metrics().mean_wait.value();
}

TEST_CASE("M/M/c queues wait as Erlang says") {
  // Mean waits by Erlang's C formula. Waits of jobs one after the other are alike: the mean of n of
  // M/M/1 has the variance r (2 + 5 r - 4 r^2 + r^3)/(1 - r)^4/n at a load r [Daley 1968]. At 0.8
  // that is 1976/n, and of the 4 x 1e5 jobs here 0.070 on 4.0, 1.8 %; at 0.9 it is 35,900/n, 0.30
  // on 9.0, 3.3 %. Several servers are about as bad. So 5 % and 10 % are 3 standard errors, and 2 %
  // takes the 5 to 20 seeds of 1e6 of the benchmark, whose errors are 0.9 to 0.5 % at 0.9.
  const auto wait = [](int servers, double load) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) sum += mean_wait(servers, load, 100'000, seed);
    return sum / 4;
  };
  CHECK(wait(1, 0.8) == doctest::Approx(4.0).epsilon(0.05));
  CHECK(wait(8, 0.8) == doctest::Approx(0.28603).epsilon(0.05));
  CHECK(wait(4, 0.9) == doctest::Approx(1.96938).epsilon(0.1));
}

}  // namespace
}  // namespace longhaul::scheduling
