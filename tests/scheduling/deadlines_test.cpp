// Jobs with deadlines, by hand.
#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "scheduling/schedules.hpp"

namespace {

using namespace longhaul;
using namespace longhaul::scheduling;

Trace with_deadlines(const std::vector<longhaul::testing::JobOf>& jobs,
                     const std::vector<std::optional<double>>& deadlines_s) {
  auto trace = longhaul::testing::trace_of(jobs);
  for (std::size_t i = 0; i < deadlines_s.size(); ++i)
    if (deadlines_s[i]) trace.jobs[i].deadline = seconds(*deadlines_s[i]);
  return trace;
}

std::vector<double> ends_under(const char* policy, const Trace& trace, std::int64_t machines,
                               std::int64_t missed) {
  longhaul::testing::ScheduleOf schedule(trace, longhaul::testing::pool_of(machines),
                                         longhaul::testing::policy_named(policy));
  schedule.run();
  CHECK(schedule.metrics().missed_deadlines == missed);
  return schedule.ends();
}

TEST_CASE("the earliest deadline first meets deadlines that the order of submission misses") {
  // One machine. b's deadline is before a's and preempts it at 10; d's is before b's and preempts
  // it at 30, when b has done 20 of 50; c has none and is last: d 30-50, b to 80, a's other 90 s
  // to 170, c to 200.
  const auto trace = with_deadlines({{0, 1, 100}, {10, 1, 50}, {20, 1, 30}, {30, 1, 20}},
                                    {500, 100, std::nullopt, 90});
  CHECK(ends_under("edf", trace, 1, 0) == std::vector<double>{170, 80, 200, 50});
  // In the order of submission b ends at 150 and d at 200: both too late.
  CHECK(ends_under("fifo", trace, 1, 2) == std::vector<double>{100, 150, 180, 200});
}

TEST_CASE("without deadlines the earliest deadline first is the order of submission") {
  // The second does not fit beside the first; the third does, behind nobody's promise.
  const auto trace = with_deadlines({{0, 2, 10}, {0, 3, 10}, {0, 1, 10}}, {});
  CHECK(ends_under("edf", trace, 3, 0) == std::vector<double>{10, 20, 10});
}

TEST_CASE("a job that ends at its deadline does not miss it") {
  CHECK(ends_under("edf", with_deadlines({{0, 1, 10}}, {10}), 1, 0) == std::vector<double>{10});
  CHECK(ends_under("edf", with_deadlines({{0, 1, 10}}, {9}), 1, 1) == std::vector<double>{10});
}

}  // namespace
