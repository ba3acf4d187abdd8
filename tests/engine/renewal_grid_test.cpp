// Simulated months against the exact renewal, over costs and intervals that no table lists.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/forked.hpp"
#include "engine/run_actor.hpp"
#include "engine/settings.hpp"
#include "operations/renewal.hpp"

namespace longhaul::engine {
namespace {

using namespace operations;

/// In minutes.
struct Costs {
  double write, mtbf, restart, interval;
};

/// Squared coefficient of variation of the time that one interval takes with its write.
///
/// In the symbols of renewal.hpp, failures come at rate 1/M. An interval of L = tau + d goes
/// through with p = e^(-L/M), so G of its tries fail: E[G] = (1 - p)/p, Var[G] = (1 - p)/p^2. A try
/// that fails takes T < L,
///   E[T] = M - L p/(1 - p),  Var[T] = M^2 - L^2 p/(1 - p)^2,
/// and then Y until R have passed without a failure, begun anew with each, with r = R/M:
///   E[Y] = M (e^r - 1),  Var[Y] = M^2 (e^2r - 2 r e^r - 1).
/// All are independent, so the interval's X = L + (T + Y) + ... (G times) has
///   E[X] = L + E[G] E[T + Y] = M e^r (e^(L/M) - 1),  Var[X] = E[G] Var[T + Y] + Var[G] E[T + Y]^2.
double squared_variation(const Costs& costs) {
  const double m = costs.mtbf;
  const double length = costs.interval + costs.write;
  const double p = std::exp(-length / m);
  const double r = costs.restart / m;
  const double mean_g = (1 - p) / p;
  const double var_g = (1 - p) / (p * p);
  const double mean_try = m - length * p / (1 - p) + m * (std::exp(r) - 1);
  const double var_try = m * m - std::pow(length / (1 - p), 2) * p +
                         m * m * (std::exp(2 * r) - 2 * r * std::exp(r) - 1);
  const double mean = length + mean_g * mean_try;
  return (mean_g * var_try + var_g * mean_try * mean_try) / (mean * mean);
}

constexpr double tolerance = 0.003;
constexpr std::int64_t intervals_a_seed = 1000;

/// So many that the mean of them deviates from the expected time by a third of the tolerance: n
/// intervals scatter by sqrt(squared variation / n).
int n_seeds_for(const Costs& costs) {
  const double n_intervals = squared_variation(costs) / std::pow(tolerance / 3, 2);
  return std::max(3, static_cast<int>(std::ceil(n_intervals / intervals_a_seed)));
}

/// How much longer the runs of all seeds take than the exact renewal says.
double deviation(const Costs& costs) {
  start_engine(Clock::Months);
  RunInputs in;
  in.step = [](const std::vector<std::int64_t>&) { return minutes(1); };
  in.checkpoint_interval = minutes(costs.interval);
  in.steps = intervals_a_seed * static_cast<std::int64_t>(costs.interval);
  in.tiers.back().write = minutes(costs.write);
  in.nodes = {0, 1, 0, 1, 1};
  in.units[Strikes::Job] = 1;
  in.recovery.detect = seconds(0);
  in.recovery.restart = minutes(costs.restart);
  FailureCause failure;
  failure.name = "failure";
  failure.strikes = Strikes::Job;
  failure.count = 1;
  in.failures = {"one in M", "", 1, minutes(costs.mtbf), {failure}};
  const int n_seeds = n_seeds_for(costs);
  Seconds simulated;
  for (int seed = 1; seed <= n_seeds; ++seed) {
    in.seed = static_cast<std::uint64_t>(seed);
    simulated += simulate_run(in, {}).simulated;
  }
  const CheckpointCosts closed{.write = minutes(costs.write),
                               .restart = minutes(costs.restart),
                               .mtbf = minutes(costs.mtbf)};
  const Seconds work = static_cast<double>(n_seeds) * static_cast<double>(in.steps) * minutes(1);
  return simulated / expected_wall_time(work, minutes(costs.interval), closed) - 1;
}

TEST_CASE("runs take what the exact renewal says, over a grid of costs and intervals") {
  constexpr double writes[] = {1, 8, 20}, mtbfs[] = {700, 2000, 6000}, restarts[] = {0, 10, 40},
                   intervals[] = {30, 100, 250};
  double largest = 0;
  int n_points = 0, n_seeds = 0;
  // A third of all combinations, so that any three of the four values meet.
  for (std::size_t i = 0; i < 27; ++i) {
    const std::size_t write = i / 9, mtbf = i / 3 % 3, restart = i % 3;
    const Costs costs{writes[write], mtbfs[mtbf], restarts[restart],
                      intervals[(write + mtbf + restart) % 3]};
    CAPTURE(costs.write);
    CAPTURE(costs.mtbf);
    CAPTURE(costs.restart);
    CAPTURE(costs.interval);
    CAPTURE(n_seeds_for(costs));
    // In a process of its own, whose clock starts anew.
    const double off = run_forked_values<double>([&] { return std::vector{deviation(costs)}; })[0];
    CHECK(std::abs(off) < tolerance);
    largest = std::max(largest, std::abs(off));
    ++n_points;
    n_seeds += n_seeds_for(costs);
  }
  fmt::print("exact renewal: {} points, {} seeds of {} intervals, at most {:.3f} % off\n", n_points,
             n_seeds, intervals_a_seed, 100 * largest);
}

TEST_CASE("the seeds that an accuracy takes come from the variance of an interval") {
  // d 8, M 700, R 10, tau 100: L/M = 0.154286, p = 0.857027, E[G] = 0.166824, Var[G] = 0.194655.
  // E[T] = 700 - 108 x 5.99433 = 52.612, Var[T] = 490,000 - 108^2 x 41.9264 = 970.8;
  // E[Y] = 10.0718, Var[Y] = 490,000 x 9.858e-7 = 0.483; E[T + Y] = 62.684, Var[T + Y] = 971.3.
  // E[X] = 108 + 10.457 = 118.457, Var[X] = 162.04 + 764.86 = 926.9: 926.9/118.457^2 = 0.06605.
  const Costs costs{8, 700, 10, 100};
  CHECK(squared_variation(costs) == doctest::Approx(0.06605).epsilon(1e-3));
  CHECK(n_seeds_for(costs) == 67);  // 0.06605/0.001^2 = 66,050 intervals
}

}  // namespace
}  // namespace longhaul::engine
