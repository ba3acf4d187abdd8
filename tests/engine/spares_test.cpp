// How many spares a run needs: the binomial, the exact chain and simulated months.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/forked.hpp"
#include "engine/run_actor.hpp"
#include "engine/settings.hpp"

namespace longhaul::engine {
namespace {

using namespace operations;
using random::Distribution;

/// A run of `n` nodes, each of which works for a share `a` of the time where it is repaired and
/// used again at once.
struct Nodes {
  std::int64_t n;
  double a;
};

/// The least spares with which all places are filled for 99 % of the time, if each of the n nodes
/// is down by itself: P(at most k of n down) >= 0.99, down ~ Binomial(n, 1 - a).
std::int64_t spares_needed(const Nodes& nodes) {
  const boost::math::binomial down(static_cast<double>(nodes.n), 1 - nodes.a);
  std::int64_t k = 0;
  while (cdf(down, static_cast<double>(k)) < 0.99) ++k;
  return k;
}

/// The share of the time in which more than `k` nodes of n + k are down, exactly, as they are run:
/// a spare takes the place of a node that failed, so n nodes stay at risk; it does not fail while
/// it is free. With j down, min(n, n + k - j) are in the run, each failing at rate (1 - a)/a in
/// repair times, and j come back at rate 1 each: a birth-death chain, w(j + 1)/w(j) =
/// min(n, n + k - j) (1 - a)/a/(j + 1). Repair times of any distribution give the same w. With
/// k = 0 it is the binomial itself: w(j) = C(n, j) ((1 - a)/a)^j, and none is down for a^n of the
/// time.
double share_without(const Nodes& nodes, std::int64_t k) {
  double weight = 1, all = 1, beyond = 0;
  for (std::int64_t j = 0; j < nodes.n + k; ++j) {
    weight *= static_cast<double>(std::min(nodes.n, nodes.n + k - j)) * (1 - nodes.a) / nodes.a /
              static_cast<double>(j + 1);
    all += weight;
    if (j + 1 > k) beyond += weight;
  }
  return beyond / all;
}

/// The share of its time that a run with `k` spares waits. All else takes no time and every step is
/// saved, so the run waits exactly while a place is vacant: while more than k nodes are down.
double share_waiting(const Nodes& nodes, std::int64_t k, const Distribution& repair,
                     Seconds duration) {
  start_engine(Clock::Months);
  RunInputs in;
  in.duration = duration;
  in.step = [](const std::vector<std::int64_t>&) { return minutes(1); };
  in.checkpoint_policy = IntervalPolicy::Step;
  in.nodes = {nodes.n + k, nodes.n + k, nodes.n, 1, 1};
  in.units[Strikes::Node] = static_cast<double>(nodes.n);
  in.spares.warm = k;
  in.recovery.detect = in.recovery.restart = seconds(0);
  in.repair.automatic = random::Random<Seconds>(repair);
  FailureCause failure;
  failure.name = "failure";
  failure.strikes = Strikes::Node;
  failure.mtbf = nodes.a / (1 - nodes.a) * in.repair.automatic.mean();
  in.failures = {"nodes", "", 1, days(1), {failure}};
  const auto totals = simulate_run(in, {});
  return totals.ledger.spent(Spending::Waiting) / totals.simulated;
}

TEST_CASE("without spares a run of n nodes works for a^n of the time") {
  // 0.95^16 = 0.44013. The share of 40,000 repair times, each failure's wait about as long as a
  // repair, scatters by less than 0.005.
  const Nodes nodes{16, 0.95};
  CHECK(1 - share_without(nodes, 0) == doctest::Approx(std::pow(0.95, 16)).epsilon(1e-12));
  const double waits = run_forked_values<double>([&] {
    return std::vector{share_waiting(
        nodes, 0, Distribution(Distribution::Kind::Exponential, {3600.0}), hours(40'000))};
  })[0];
  CHECK(std::abs(1 - waits - 0.44013) < 0.015);
}

TEST_CASE("the spares that the binomial asks for keep a run from waiting 99 % of the time") {
  const Distribution exponential(Distribution::Kind::Exponential, {86'400.0});
  const Distribution constant(86'400.0);
  struct Row {
    Nodes nodes;
    std::int64_t spares;  ///< P(at most k of n down) is ...
    double duration_days;
    Distribution repair;
  };
  for (const auto& row : {Row{{48, 0.98}, 4, 240'000, exponential},     // 0.9973, with 3: 0.9845
                          Row{{256, 0.99}, 7, 100'000, exponential},    // 0.9954, with 6: 0.9846
                          Row{{1000, 0.998}, 6, 125'000, constant}}) {  // 0.9955, with 5: 0.9835
    CAPTURE(row.nodes.n);
    REQUIRE(spares_needed(row.nodes) == row.spares);
    const auto waits = run_forked_values<double>([&] {
      const auto share = [&](std::int64_t k) {
        return share_waiting(row.nodes, k, row.repair, days(row.duration_days));
      };
      return std::vector{share(row.spares), share(row.spares - 1)};
    });
    const double exact = share_without(row.nodes, row.spares);
    const double exact_less = share_without(row.nodes, row.spares - 1);
    fmt::print(
        "{} nodes of availability {}: {} spares, waits {:.3f} % (exact {:.3f}); {} spares, "
        "{:.3f} % (exact {:.3f})\n",
        row.nodes.n, row.nodes.a, row.spares, 100 * waits[0], 100 * exact, row.spares - 1,
        100 * waits[1], 100 * exact_less);
    // The verdict of the binomial, which is a little below the exact chain.
    CHECK(waits[0] < 0.01);
    CHECK(waits[1] > 0.01);
    // It falls short about share x (k + 1) times a day, 4,000 times in all, for 1/(k + 1) days on
    // average with as much of a deviation: the share scatters by sqrt(2/4,000) = 2.2 %, and by
    // somewhat more as the run soon falls short again.
    CHECK(std::abs(waits[0] / exact - 1) < 0.1);
    CHECK(std::abs(waits[1] / exact_less - 1) < 0.1);
  }
}

}  // namespace
}  // namespace longhaul::engine
