// The public traces, where a folder of them is given: counts and sums taken from the files apart.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

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

/// Published aggregates of a whole trace, by column [Hu+, NSDI'24, cluster_summary.csv].
std::map<std::string, double> published_summary(const std::string& cluster) {
  std::ifstream file(std::string(std::getenv("LONGHAUL_TRACES")) + "/acme/cluster_summary.csv");
  const auto cells_of = [](const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
    return cells;
  };
  std::string line;
  std::getline(file, line);
  const auto columns = cells_of(line);
  std::map<std::string, double> summary;
  while (std::getline(file, line)) {
    const auto cells = cells_of(line);
    if (cells.empty() || cells[0] != cluster) continue;
    for (std::size_t i = 1; i < cells.size(); ++i)
      if (!cells[i].empty()) summary[columns[i]] = std::stod(cells[i]);
  }
  return summary;
}

/// Of what our readers make of a file.
struct Aggregates {
  double jobs = 0, mean_slots = 0, mean_run_s = 0, median_run_s = 0, longest_s = 0, most_slots = 0;
};

Aggregates aggregates_of(const Trace& trace) {
  Aggregates of;
  of.jobs = static_cast<double>(trace.jobs.size());
  std::vector<double> runs;
  for (const auto& job : trace.jobs) {
    of.mean_slots += static_cast<double>(job.slots) / of.jobs;
    of.mean_run_s += job.run_time.value() / of.jobs;
    of.most_slots = std::max(of.most_slots, static_cast<double>(job.slots));
    runs.push_back(job.run_time.value());
  }
  std::sort(runs.begin(), runs.end());
  of.median_run_s = runs[(runs.size() - 1) / 2];
  of.longest_s = runs.back();
  return of;
}

TEST_CASE("Kalos's 319 jobs hold nearly all GPU time of the whole trace's completed ones") {
  const auto trace = public_trace("acme/converted_kalos_trace.csv");
  if (!trace) return;
  auto whole = published_summary("Kalos");
  REQUIRE(whole["gpu_job_num"] == 19'907);
  CHECK(whole["avg_gpu_num"] == 26.77);
  CHECK(whole["avg_run_time_gpu"] == 1259.689);
  CHECK(whole["med_run_time_gpu"] == 124);
  CHECK(whole["avg_que_time_gpu"] == 214.179);
  // 54.1 % of 19,907 completed, 10,770 jobs of 1,667,685,146 GPU s. The conversion left out most of
  // them, small and short ones: 319 jobs of 1,644,633,825 GPU s, 98.6 %, are there, and so their
  // means are far above the whole's. The largest and the longest are the whole's own.
  const auto cut = aggregates_of(*trace);
  CHECK(cut.most_slots == whole["max_gpu"]);
  CHECK(cut.longest_s == whole["max_run_time_gpu"]);
  CHECK(slot_seconds(*trace) / whole["complete_gpu_time"] ==
        doctest::Approx(0.98618).epsilon(1e-5));
  CHECK(cut.mean_slots == doctest::Approx(312.5737).epsilon(1e-6));
  CHECK(cut.mean_run_s == doctest::Approx(15'421.624).epsilon(1e-7));
  CHECK(cut.median_run_s == 310);
}

TEST_CASE("Philly's 82,247 jobs ask for less on average than those of the whole trace") {
  const auto trace = public_trace("philly/philly_sia_82247jobs.csv");
  if (!trace) return;
  MESSAGE("of Seren and Helios no jobs are at hand; their aggregates are not compared");
  auto whole = published_summary("Philly");
  REQUIRE(whole["gpu_job_num"] == 112'956);
  CHECK(whole["avg_gpu_num"] == 1.928);
  CHECK(whole["avg_run_time_gpu"] == 18'006.055);
  CHECK(whole["med_run_time_gpu"] == 874);
  CHECK(whole["avg_que_time_gpu"] == 3'760.604);
  // 73 % of the jobs with 107,235 of 217,779 GPUs asked for and 51 % of the GPU time, 3.52 of
  // 6.89e9 s. The longest runs longer than the whole's longest, 4,240,676 s: the cut counts a job's
  // time in another way, perhaps with the time between its attempts.
  const auto cut = aggregates_of(*trace);
  CHECK(cut.most_slots == whole["max_gpu"]);
  CHECK(cut.mean_slots == doctest::Approx(1.303817).epsilon(1e-6));
  CHECK(cut.mean_run_s == doctest::Approx(13'135.9314).epsilon(1e-8));
  CHECK(cut.median_run_s == 1'144);
  CHECK(cut.longest_s == 4'628'226);
  const double gpu_time =
      whole["complete_gpu_time"] + whole["cancel_gpu_time"] + whole["fail_gpu_time"];
  CHECK(slot_seconds(*trace) / gpu_time == doctest::Approx(0.51070).epsilon(1e-4));
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
