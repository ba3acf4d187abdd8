// Twelve years of a lab beside starting up and reading, and draws of it as `longhaul forecast`
// makes them.
//   build/tests/bench_years [DRAWS]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/lab_actor.hpp"
#include "experiment/years.hpp"
#include "measure.hpp"
#include "scenario/scenario_file.hpp"

int main(int argc, char** argv) {
  using namespace longhaul;
  const std::string draws = argc > 1 ? argv[1] : "1000";
  const std::string path = LONGHAUL_SOURCE_ROOT "/scenarios/figures/ladder/scenario.toml";
  const auto loaded = scenario::read_scenario(path, {});
  const auto inputs = experiment::years_inputs(loaded.scenario);
  std::vector<double> took_s;
  std::int64_t events = 0;
  for (int i = 0; i < 101; ++i) {
    const bench::Stopwatch watch;
    events = engine::simulate_years(inputs, {}).events;
    took_s.push_back(watch.elapsed_s());
  }
  std::ranges::sort(took_s);
  fmt::print("12 years of one lab: {} events, median {:.3f} ms (most {:.3f})\n", events,
             1e3 * took_s[50], 1e3 * took_s.back());

  const auto folder = std::filesystem::temp_directory_path() / "longhaul_bench_years";
  std::filesystem::create_directories(folder);
  const auto command = fmt::format(
      "cd '{}' && rm -rf results && '{}' forecast '{}' --samples {} --set "
      "'world.algorithms.growth={{ lognormal = [3, 0.3] }}' >/dev/null",
      folder.string(), LONGHAUL_PROGRAM, path, draws);
  const bench::Stopwatch watch;
  if (std::system(command.c_str()) != 0) return 1;
  const double all_s = watch.elapsed_s();
  fmt::print("{} draws: {:.1f} s, {:.2f} ms each; 10,000 in {:.0f} s\n", draws, all_s,
             1e3 * all_s / std::stod(draws), 1e4 * all_s / std::stod(draws));
}
