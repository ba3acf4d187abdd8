// The public traces, where a folder of them is given: counts and sums taken from the files apart.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "scheduling/trace_file.hpp"

namespace longhaul::scheduling {
namespace {

std::optional<Trace> public_trace(const std::string& name) {
  const char* folder = std::getenv("LONGHAUL_TRACES");
  if (folder == nullptr) {
    MESSAGE("LONGHAUL_TRACES is not set; ", name, " is not read");
    return std::nullopt;
  }
  Diagnostics diagnostics;
  auto trace = read_trace(std::string(folder) + "/" + name, {}, diagnostics);
  diagnostics.throw_if_any();
  CHECK(trace.n_bad == 0);
  CHECK(std::is_sorted(trace.jobs.begin(), trace.jobs.end(),
                       [](const Job& a, const Job& b) { return a.submit < b.submit; }));
  return trace;
}

double slot_seconds(const Trace& trace) {
  double sum_s = 0;
  for (const auto& job : trace.jobs) sum_s += static_cast<double>(job.slots) * job.run_time.value();
  return sum_s;
}

TEST_CASE("Batsim's published workload has 801 jobs for 32 machines") {
  const auto trace = public_trace("batsim/medium_late.json");
  if (!trace) return;
  CHECK(trace->jobs.size() == 801);
  CHECK(trace->machines == 32);
  CHECK(trace->jobs.back().name == "424242");  // the first of the file, submitted last
  CHECK(trace->jobs.back().submit == seconds(16'000));
  // As time_computing of the published schedule, machine-seconds.
  CHECK(slot_seconds(*trace) == doctest::Approx(256'450.464).epsilon(1e-12));
}

TEST_CASE("the log of NASA's iPSC has 18,239 jobs, 173 of no time") {
  const auto trace = public_trace("swf/NASA-iPSC-1993-3.1-cln.swf");
  if (!trace) return;
  CHECK(trace->jobs.size() == 18'239);
  CHECK(trace->machines == 128);
  CHECK(std::count_if(trace->jobs.begin(), trace->jobs.end(),
                      [](const Job& job) { return job.run_time == seconds(0); }) == 173);
  CHECK(std::none_of(trace->jobs.begin(), trace->jobs.end(),
                     [](const Job& job) { return job.estimate.has_value(); }));
  CHECK(trace->users.size() == 69);
  CHECK(trace->groups.size() == 2);
  CHECK(slot_seconds(*trace) == 474'238'015);
}

TEST_CASE("Philly has 82,247 jobs in 109 days") {
  const auto trace = public_trace("philly/philly_sia_82247jobs.csv");
  if (!trace) return;
  CHECK(trace->jobs.size() == 82'247);
  CHECK(slot_seconds(*trace) == 3'521'082'502);
  CHECK(trace->groups.size() == 15);
  CHECK(trace->jobs.front().submit == seconds(0));
  CHECK(trace->jobs.back().submit == seconds(9'408'690));  // 2017-09-04 10:30:41 to 12-22 08:02:11
  CHECK(std::max_element(trace->jobs.begin(), trace->jobs.end(), [](const Job& a, const Job& b) {
          return a.slots < b.slots;
        })->slots == 128);
}

TEST_CASE("Kalos as converted has 319 jobs") {
  const auto trace = public_trace("acme/converted_kalos_trace.csv");
  if (!trace) return;
  CHECK(trace->jobs.size() == 319);
  CHECK(slot_seconds(*trace) == 1'644'633'825);
}

TEST_CASE("Gavel's two traces run on three kinds of GPU") {
  const auto fairness = public_trace("gavel/max_min_fairness.trace");
  const auto makespan = public_trace("gavel/minimize_makespan.trace");
  if (!fairness || !makespan) return;
  CHECK(fairness->kinds == std::vector<std::string>{"k80", "p100", "v100"});
  CHECK(fairness->jobs.size() == 96);
  CHECK(fairness->jobs.back().submit == seconds(46'317));
  CHECK(slot_seconds(*fairness) == doctest::Approx(1'413'454.9326174138).epsilon(1e-12));
  // One of them fits on no K80.
  CHECK(std::count_if(fairness->jobs.begin(), fairness->jobs.end(),
                      [](const Job& job) { return job.choices.size() == 3; }) == 95);
  CHECK(makespan->jobs.size() == 100);
  CHECK(makespan->jobs.back().submit == seconds(0));
  CHECK(slot_seconds(*makespan) == doctest::Approx(2'164'392.809195528).epsilon(1e-12));
}

TEST_CASE("Tiresias's example has 60 jobs") {
  const auto trace = public_trace("tiresias/60_job.csv");
  if (!trace) return;
  CHECK(trace->jobs.size() == 60);
  CHECK(trace->jobs.back().submit == seconds(1'779));
}

}  // namespace
}  // namespace longhaul::scheduling
