// What a sweep costs beside its simulations, as a user starts it: overhead a point, two workers
// against one, and 100,000 points of a run that is over at once.
//   build/tests/bench_sweep [POINTS]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/forked.hpp"
#include "experiment/simulation.hpp"
#include "measure.hpp"
#include "scenario/scenario_file.hpp"

namespace {

using longhaul::bench::Stopwatch;
namespace fs = std::filesystem;

constexpr const char* trivial = R"(title = "over at once"
duration = "1 day"
[run]
step_time = "1 min"
[run.checkpoint]
interval = "1 h"
write = "1 min"
read = "0 s"
[output]
timeline = "0 s"
)";

/// Tens of milliseconds: 23,000 failures and restarts.
constexpr const char* busy = R"(title = "often interrupted"
[run]
step_time = "1 min"
steps = 400000
[run.checkpoint]
interval = "30 min"
write = "1 min"
read = "0 s"
[failures.causes]
name = "often"
gpus = 1
observed = "1 day"
[[failures.causes.cause]]
name = "failure"
group = "other"
count = 50
strikes = "job"
[recovery]
restart = "2 min"
)";

const fs::path& folder() {
  static const fs::path path =
      fs::temp_directory_path() / fmt::format("longhaul_bench_{}", getpid());
  return path;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

struct Cost {
  double wall_s;
  double cpu_s;    // of all its processes
  double peak_mb;  // of the largest process
};

Cost sweep(const std::string& scenario, std::int64_t points, const std::string& jobs) {
  const auto store = folder() / "s.sqlite";
  fs::remove(store);
  const std::vector<std::string> arguments{
      LONGHAUL_PROGRAM, "sweep",       scenario, "--repeats", fmt::format("{}", points), "-j", jobs,
      "--out",          store.string()};
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const Stopwatch watch;
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  if (status != 0) {
    fmt::print(stderr, "a sweep failed\n");
    std::exit(1);
  }
  return {watch.elapsed_s(), seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double cpu_now_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/// CPU seconds of the months alone, once the scenario is read and set up: what no sweep can spare.
double simulation_s(const std::string& path) {
  return longhaul::engine::run_forked_values<double>([&path] {
           const auto loaded = longhaul::scenario::read_scenario(path, {});
           longhaul::experiment::Simulation simulation(loaded.scenario);
           constexpr int n = 200;
           const double begin_s = cpu_now_s();
           for (int seed = 0; seed < n; ++seed)
             simulation.run(static_cast<std::uint64_t>(seed), {});
           return std::vector{(cpu_now_s() - begin_s) / n};
         })
      .front();
}

void overhead(const std::string& name, const std::string& path, std::int64_t points) {
  std::vector<double> alone, one, cpu, ratio;
  for (int i = 0; i < 5; ++i) {
    alone.push_back(simulation_s(path));
    const auto cost = sweep(path, points, "1");
    one.push_back(cost.wall_s);
    cpu.push_back(cost.cpu_s);
    ratio.push_back(one.back() / sweep(path, points, "2").wall_s);
  }
  const double n = static_cast<double>(points);
  fmt::print(
      "{}: a point takes {:.3f} ms of CPU, of which the months {:.3f} and the sweep {:.3f}; "
      "one worker {:.3f} ms of the clock, two are {:.2f} times as fast\n",
      name, 1e3 * median(cpu) / n, 1e3 * median(alone), 1e3 * (median(cpu) / n - median(alone)),
      1e3 * median(one) / n, median(ratio));
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t many = argc > 1 ? std::atoll(argv[1]) : 100'000;
  fs::create_directories(folder());
  const auto short_run = (folder() / "trivial.toml").string();
  const auto long_run = (folder() / "busy.toml").string();
  std::ofstream(short_run) << trivial;
  std::ofstream(long_run) << busy;
  overhead("over at once", short_run, 2000);
  overhead("often interrupted", long_run, 100);
  const auto cost = sweep(short_run, many, "2");
  fmt::print("{} points with two workers: {:.1f} s, largest process {:.0f} MB, store {:.1f} MB\n",
             many, cost.wall_s, cost.peak_mb,
             static_cast<double>(fs::file_size(folder() / "s.sqlite")) / 1e6);
  fs::remove_all(folder());
}
