// Seeds of the 54 days on two workers, and the exact renewal: wall seconds, printed.
//   build/tests/bench_months [SEEDS]
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "experiment/simulation.hpp"
#include "scenario/scenario_file.hpp"

using namespace longhaul;

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Splits the seeds over two processes that share what was built before the fork.
double run_seeds(const std::string& file, int n_seeds) {
  const auto loaded = scenario::read_scenario(LONGHAUL_SOURCE_ROOT "/scenarios/" + file,
                                              {"run.fidelity=analytic", "output.timeline=0 s"});
  std::fflush(nullptr);  // or each worker would print it again
  const double begin_s = now_s();
  experiment::Simulation simulation(loaded.scenario);
  constexpr int n_workers = 2;
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

}  // namespace

int main(int argc, char** argv) {
  const int n_seeds = argc > 1 ? std::atoi(argv[1]) : 1000;
  for (const char* file : {"llama3_405b_54_days.toml", "renewal.toml"}) {
    const double wall_s = run_seeds(file, n_seeds);
    fmt::print("{:<32} {} seeds on 2 workers: {:7.2f} s, {:.2f} ms a seed and worker\n", file,
               n_seeds, wall_s, 2000 * wall_s / n_seeds);
  }
}
