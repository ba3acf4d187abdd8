// Seeds of the 54 days on two workers, and the exact renewal; then 90 days of 100,000 GPUs with
// some 7,300 failures, of which a third put other nodes into the run, under three choices of path.
// Wall seconds and memory, printed.
//   build/tests/bench_months [SEEDS [SEEDS_OF_90_DAYS]]
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

namespace {

constexpr int n_workers = 2;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of this process (RUSAGE_SELF) or of its children that have ended (RUSAGE_CHILDREN), which others
/// on the machine do not take part in.
double cpu_s(int whose = RUSAGE_SELF) {
  rusage usage{};
  getrusage(whose, &usage);
  const auto seconds_of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

/// Splits the seeds over two processes that share what was built before the fork, each one seed
/// after the other, as a sweep's workers do. Returns the wall time [s].
double run_on_workers(experiment::Simulation& simulation, int n_seeds) {
  const double begin_s = now_s();
  for (int worker = 0; worker < n_workers; ++worker)
    if (fork() == 0) {
      for (int seed = worker; seed < n_seeds; seed += n_workers)
        simulation.run(static_cast<std::uint64_t>(seed), {});
      _exit(0);
    }
  while (wait(nullptr) > 0) {
  }
  return now_s() - begin_s;
}

/// Platform, first step and all seeds.
double run_seeds(const std::string& file, int n_seeds) {
  const auto loaded = scenario::read_scenario(LONGHAUL_SOURCE_ROOT "/scenarios/" + file,
                                              {"run.fidelity=analytic", "output.timeline=0 s"});
  std::fflush(nullptr);  // or each worker would print it again
  const double begin_s = now_s();
  experiment::Simulation simulation(loaded.scenario);
  run_on_workers(simulation, n_seeds);
  return now_s() - begin_s;
}

struct Months {
  double wall_s;
  double cpu_s;
  double peak_mb;
  double interruptions;
};

Months run_seed(experiment::Simulation& simulation, std::uint64_t seed) {
  const double begin_s = now_s();
  const double cpu_before_s = cpu_s();
  const auto totals = simulation.run(seed, {});
  const auto& stops = totals.interruptions_by_cause;
  return {now_s() - begin_s, cpu_s() - cpu_before_s, peak_mb(),
          static_cast<double>(std::accumulate(stops.begin(), stops.end(), std::int64_t{0}))};
}

void print(const std::string& what, const Months& months) {
  fmt::print(
      "  {}: {:.2f} s ({:.2f} s of CPU), {:.0f} interruptions, {:.0f} us of CPU each, {:.0f} MB\n",
      what, months.wall_s, months.cpu_s, months.interruptions,
      1e6 * months.cpu_s / std::max(1.0, months.interruptions), months.peak_mb);
  std::fflush(nullptr);
}

/// 405B parameters on 100,000 of xAI Colossus' 102,400 GPUs, at RSC-1's rate of failures.
void run_large(const std::string& duration, int n_seeds, const std::string& choice,
               const std::string& queue_pairs) {
  const std::string root = LONGHAUL_SOURCE_ROOT;
  const std::string routing = "cluster.platform.fabric.routing.";
  const auto loaded = scenario::read_scenario(
      root + "/scenarios/llama3_405b_54_days.toml",
      {"run.fidelity=analytic", "output.timeline=0 s", "duration=" + duration,
       "cluster.platform=" + root + "/platforms/clusters/xai_colossus.toml",
       "failures.causes=" + root + "/scenarios/failures/meta_rsc1.toml", "run.gpus=100000",
       "run.global_batch=12500", "run.plan.pipeline=20", "run.plan.data=625",
       "run.plan.virtual_stages=1", "run.plan.uneven_layers=true", "run.plan.recompute=full",
       routing + "choice=" + choice, routing + "queue_pairs=" + queue_pairs});
  std::fflush(nullptr);
  const double begin_s = now_s();
  experiment::Simulation simulation(loaded.scenario);
  fmt::print("100,000 GPUs, {}: platform and first step {:.2f} s, {:.0f} MB\n", choice,
             now_s() - begin_s, peak_mb());
  print(duration + ", the first seed", run_seed(simulation, 1));
  print(duration + ", another", run_seed(simulation, 2));
  const double cpu_before_s = cpu_s(RUSAGE_CHILDREN);
  const double wall_s = run_on_workers(simulation, n_seeds);
  fmt::print(
      "  {} seeds of it on {} workers: {:.1f} s, {:.0f} ms a seed and worker ({:.0f} of CPU)\n",
      n_seeds, n_workers, wall_s, 1e3 * n_workers * wall_s / n_seeds,
      1e3 * (cpu_s(RUSAGE_CHILDREN) - cpu_before_s) / n_seeds);
  std::fflush(nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  const int n_seeds = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int n_large = argc > 2 ? std::atoi(argv[2]) : 20;
  for (const char* file : {"llama3_405b_54_days.toml", "renewal.toml"}) {
    if (n_seeds < 1) break;
    const double wall_s = run_seeds(file, n_seeds);
    fmt::print("{:<32} {} seeds on 2 workers: {:7.2f} s, {:.2f} ms a seed and worker\n", file,
               n_seeds, wall_s, 2000 * wall_s / n_seeds);
  }
  if (n_large < 1) return 0;
  // In a process each, so that the memory of one is not that of the others.
  for (const auto& [choice, queue_pairs] : std::vector<std::pair<std::string, std::string>>{
           {"spray", "1"}, {"d-mod-k", "1"}, {"adaptive", "1"}, {"ecmp", "16"}})
    engine::run_forked([&choice = choice, &queue_pairs = queue_pairs, n_large] {
      run_large("90 days", n_large, choice, queue_pairs);
      return std::string();
    });
}
