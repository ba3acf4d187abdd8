// Jobs a second through a schedule, the longest queue beside, and M/M/c against Erlang.
//   build/tests/bench_schedule [TRACES [SEEDS]]
// Philly's jobs need a folder of public traces, as an argument or by LONGHAUL_TRACES. 5 seeds of a
// million jobs scatter by 0.5 to 0.9 %, 20 by half of that.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "engine/scheduler_actor.hpp"
#include "engine/settings.hpp"
#include "measure.hpp"
#include "scheduling/metrics.hpp"
#include "scheduling/policy.hpp"
#include "scheduling/replay.hpp"
#include "scheduling/synthetic.hpp"
#include "scheduling/trace_file.hpp"

namespace {

using namespace longhaul;
using namespace longhaul::scheduling;

ScheduleMetrics schedule(const Trace& trace, std::int64_t machines, const std::string& policy) {
  Layout layout;
  layout.nodes = machines;
  const auto placement = make_placement("lowest");
  PolicyConfig config;
  config.name = policy;
  const auto rules = make_policy(config);
  const Disturbances none;
  Cluster cluster(trace, layout, *placement, {});
  Replay replay(trace, cluster, *rules, none);
  engine::run_schedule(replay);
  return metrics_of(cluster, replay.totals());
}

void measure(const char* what, const Trace& trace, std::int64_t machines,
             const std::string& policy) {
  const bench::Stopwatch watch;
  const auto metrics = schedule(trace, machines, policy);
  const double took_s = watch.elapsed_s();
  fmt::print(
      "{:<10} {:<14} {:>9} jobs on {:>6}: {:>8.3f} s, {:>10.0f} jobs/s, longest queue {}, "
      "{:.0f} MiB\n",
      what, policy, trace.jobs.size(), machines, took_s,
      static_cast<double>(trace.jobs.size()) / took_s, metrics.longest_queue, bench::peak_mb());
}

/// Rigid jobs up to the whole machine, log-uniform, at a load of 0.9 of it.
Trace rigid(std::int64_t n_jobs, std::int64_t machines) {
  SyntheticLoad load;
  load.n_jobs = n_jobs;
  load.max_slots = machines;
  auto trace = synthetic_trace(load, 1);
  scale_to_load(trace, machines, 0.9);
  return trace;
}

/// So many queues of a million jobs: the mean of their mean waits, with what it scatters by.
void erlang(std::int64_t servers, double rho, double expected, int n_seeds) {
  double sum = 0, squares = 0;
  for (int seed = 1; seed <= n_seeds; ++seed) {
    SyntheticLoad load;
    load.n_jobs = 1'000'000;
    load.mean_gap = seconds(1 / (rho * static_cast<double>(servers)));
    load.run_time =
        random::Random<Seconds>{random::Distribution{random::Distribution::Kind::Exponential, {1}}};
    const auto trace = synthetic_trace(load, static_cast<std::uint64_t>(seed));
    const double wait = schedule(trace, servers, "fifo").mean_wait.value() / expected - 1;
    sum += wait;
    squares += wait * wait;
  }
  const double mean = sum / n_seeds;
  const double error = std::sqrt((squares / n_seeds - mean * mean) / (n_seeds - 1));
  // Two standard errors.
  fmt::print("M/M/{} at {}: mean wait {:.5f}, by Erlang {:.5f}: {:+.2f} % +- {:.2f} % ({} seeds)\n",
             servers, rho, expected * (1 + mean), expected, 100 * mean, 200 * error, n_seeds);
}

}  // namespace

int main(int argc, char** argv) {
  engine::start_engine(engine::Clock::Months);
  for (const std::int64_t machines : {1'000, 10'000})
    measure("rigid", rigid(10'000, machines), machines, "fifo");
  measure("synthetic", rigid(1'000'000, 1'000), 1'000, "fifo");

  const char* folder = argc > 1 ? argv[1] : std::getenv("LONGHAUL_TRACES");
  if (folder == nullptr) {
    fmt::print("LONGHAUL_TRACES is not set; Philly's jobs are left out\n");
  } else {
    Diagnostics diagnostics;
    const auto philly =
        read_trace(std::string(folder) + "/philly/philly_sia_82247jobs.csv", {}, diagnostics);
    diagnostics.throw_if_any();
    for (const char* policy : {"fifo", "easy", "easy-machines", "sjf", "srtf", "las", "first-fit",
                               "fair-share", "sjf-backfill", "finish-time-fair", "conservative"})
      measure("philly", philly, 400, policy);
    // How conservative backfill grows: the first jobs of the log, with their longest queues.
    for (const std::size_t n : {10'000, 20'000, 40'000}) {
      Trace part;
      part.jobs.assign(philly.jobs.begin(), philly.jobs.begin() + static_cast<std::ptrdiff_t>(n));
      measure("philly", part, 400, "conservative");
    }
  }
  const int n_seeds = argc > 2 ? std::max(2, std::atoi(argv[2])) : 5;
  erlang(4, 0.9, 1.96938, n_seeds);
  erlang(1, 0.8, 4.0, n_seeds);
  erlang(8, 0.8, 0.28603, n_seeds);
}
