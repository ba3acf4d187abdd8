// Repair crews as a queue: mean waits against Erlang C, and what they take to simulate.
//   build/tests/bench_repair [SEEDS [JOBS]]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <vector>

#include "engine/forked.hpp"
#include "engine/repair_shop.hpp"
#include "engine/settings.hpp"
#include "engine/timers.hpp"
#include "measure.hpp"
#include "random/stream.hpp"

using namespace longhaul;

namespace {

/// M/M/c: jobs come at random and are served at random, 1 s each on average.
struct Queue {
  std::int64_t crews;
  double load;       ///< of each crew
  double mean_wait;  ///< [s], published
};

/// C(c, a)/(c - a) with C the probability to wait and a = c x load [Erlang 1917].
double erlang_c_wait(const Queue& queue) {
  const auto c = static_cast<double>(queue.crews);
  const double offered = c * queue.load;
  double term = 1, sum = 0;  // offered^k/k!
  for (std::int64_t k = 0; k < queue.crews; ++k) {
    sum += term;
    term *= offered / static_cast<double>(k + 1);
  }
  const double waits = term / (1 - queue.load);
  return waits / (sum + waits) / (c - offered);
}

/// Mean wait [s] of the jobs of one seed, from an empty shop.
double simulated_wait(const Queue& queue, std::uint64_t seed, std::int64_t n_jobs) {
  engine::start_engine(engine::Clock::Months);
  engine::Timers timers;
  operations::RepairConfig config;
  config.automatic = seconds(0);
  config.escalates = 1;
  config.manual =
      random::Random<Seconds>(random::Distribution(random::Distribution::Kind::Exponential, {1.0}));
  std::vector<double> came(static_cast<std::size_t>(n_jobs));
  double stay_s = 0;
  engine::RepairShop shop(
      timers, queue.crews, seed, [&](const std::vector<std::int64_t>& jobs, bool) {
        stay_s += timers.now().value() - came[static_cast<std::size_t>(jobs.front())];
      });
  random::Stream arrivals(seed, "arrivals");
  const double apart_s = 1 / (static_cast<double>(queue.crews) * queue.load);
  std::function<void(std::int64_t)> arrive = [&](std::int64_t job) {
    came[static_cast<std::size_t>(job)] = timers.now().value();
    shop.take_in({job}, config);
    if (job + 1 < n_jobs)
      timers.at(timers.now() + seconds(arrivals.exponential(apart_s)),
                [&, job] { arrive(job + 1); });
  };
  timers.at(seconds(0), [&] { arrive(0); });
  timers.run();
  return stay_s / static_cast<double>(n_jobs) - 1;  // less a mean service
}

}  // namespace

int main(int argc, char** argv) {
  const int n_seeds = argc > 1 ? std::atoi(argv[1]) : 20;
  const std::int64_t n_jobs = argc > 2 ? std::atoll(argv[2]) : 1'000'000;
  for (const auto& queue : {Queue{4, 0.9, 1.96938}, Queue{1, 0.8, 4.0}, Queue{8, 0.8, 0.28603}}) {
    const bench::Stopwatch watch;
    double sum = 0, squares = 0;
    for (int seed = 1; seed <= n_seeds; ++seed) {
      // In a process of its own, whose clock starts anew.
      const double wait = engine::run_forked_values<double>([&] {
        return std::vector{simulated_wait(queue, static_cast<std::uint64_t>(seed), n_jobs)};
      })[0];
      sum += wait;
      squares += wait * wait;
    }
    const double mean = sum / n_seeds;
    const double scatter = std::sqrt(std::max(0.0, squares / n_seeds - mean * mean));
    fmt::print(
        "{} crews, load {:.1f}: {} seeds of {} jobs wait {:.5f} (expected {:.5f}, Erlang C "
        "{:.5f}), "
        "{:+.2f} %; a seed scatters by {:.2f} %; {:.1f} s, {:.0f} ns a job\n",
        queue.crews, queue.load, n_seeds, n_jobs, mean, queue.mean_wait, erlang_c_wait(queue),
        100 * (mean / queue.mean_wait - 1), 100 * scatter / mean, watch.elapsed_s(),
        1e9 * watch.elapsed_s() / n_seeds / static_cast<double>(n_jobs));
  }
}
