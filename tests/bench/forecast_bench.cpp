// What draws of the constraints of 2030 take, all parts of a forecast together.
//   build/tests/bench_forecast [SAMPLES]
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "experiment/forecast.hpp"
#include "measure.hpp"
#include "scenario/scenario_file.hpp"

int main(int argc, char** argv) {
  using namespace longhaul;
  const std::int64_t n_samples = argc > 1 ? std::atoll(argv[1]) : 20'000;
  const std::string path = LONGHAUL_SOURCE_ROOT "/scenarios/figures/constraints_2030/scenario.toml";
  const auto constraints =
      *scenario::read_scenario(path, {}, scenario::Purpose::Forecast).scenario.constraints;
  const bench::Stopwatch watch;
  const auto result = experiment::forecast(constraints, n_samples, 1);
  const double took_s = watch.elapsed_s();
  fmt::print("{} samples in {:.3f} s, {:.2f} us each; median {:.3g} FLOP; {:.0f} MiB at most\n",
             n_samples, took_s, 1e6 * took_s / static_cast<double>(n_samples),
             result.least_flop.p50, bench::peak_mb());
}
