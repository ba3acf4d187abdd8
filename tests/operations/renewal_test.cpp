#include "operations/renewal.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "operations/checkpoint.hpp"

namespace longhaul::operations {
namespace {

double efficiency(Seconds interval, const CheckpointCosts& costs) {
  return seconds(1) / expected_wall_time(seconds(1), interval, costs);
}

TEST_CASE("renewal: five-minute checkpoints against one failure a day cost 8.7 %") {
  const CheckpointCosts costs{.write = minutes(5), .restart = minutes(10), .mtbf = minutes(1440)};
  // 1440 e^(10/1440) (e^(120/1440) - 1) x 120000/115 = 131,492.7 min
  const Seconds wall = expected_wall_time(minutes(120'000), minutes(115), costs);
  CHECK(wall.value() / 60 == doctest::Approx(131'492.7).epsilon(1e-6));
  CHECK(minutes(120'000) / wall == doctest::Approx(0.91260).epsilon(1e-5));
  CHECK_THROWS_AS(expected_wall_time(minutes(1), minutes(0), costs), std::invalid_argument);
}

TEST_CASE("renewal: the best interval against one failure a day is 116.7 minutes") {
  const CheckpointCosts costs{.write = minutes(5), .restart = minutes(10), .mtbf = minutes(1440)};
  // sqrt(2 x 5 x 1440) = 120; x (1 + sqrt(5/2880)/3 + 5/25920) - 5 = 116.69
  CHECK(young_interval(costs.write, costs.mtbf).value() / 60 == doctest::Approx(120.0));
  CHECK(daly_interval(costs.write, costs.mtbf).value() / 60 ==
        doctest::Approx(116.69).epsilon(1e-4));
  CHECK(efficiency(minutes(116.69), costs) == doctest::Approx(0.91261).epsilon(1e-5));
  CHECK(efficiency(minutes(116.69), costs) > efficiency(minutes(110), costs));
  CHECK(efficiency(minutes(116.69), costs) > efficiency(minutes(123), costs));
  // Writing takes longer than two failures apart: Daly's interval is the mtbf.
  CHECK(daly_interval(minutes(30), minutes(10)) == minutes(10));
}

TEST_CASE("renewal at the RSC-1 rate, exact and in the published short form") {
  // 6.5 failures per 1,000 node-days: M = 1440/(N 0.0065) min; R 5, d 5, tau 60 min [Kokolis+]
  struct Row {
    double nodes, exact, short_form;
  };
  for (const auto& row : {Row{256, 0.88372, 0.88574}, Row{1024, 0.77326, 0.77374}}) {
    const CheckpointCosts costs{
        .write = minutes(5), .restart = minutes(5), .mtbf = minutes(1440 / (row.nodes * 0.0065))};
    CHECK(efficiency(minutes(60), costs) == doctest::Approx(row.exact).epsilon(1e-5));
    CHECK(short_form_ettr(minutes(60), costs) == doctest::Approx(row.short_form).epsilon(1e-5));
  }
}

TEST_CASE("ETTR 0.90 leaves 16.687 minutes for each of 466 interruptions in 54 days") {
  // 0.1 x 54 x 1440 / 466 = 16.687 min
  CHECK(implied_loss(0.9, days(54), 466).value() / 60 == doctest::Approx(16.687).epsilon(1e-4));
}

TEST_CASE("checkpoints fall on whole steps, at least one apart, and never come without failures") {
  const std::vector<CheckpointTier> store{{}};
  const auto steps = [&](IntervalPolicy policy, Seconds mtbf, Seconds step) {
    CheckpointConfig config;
    config.policy = policy;
    config.interval = minutes(115);
    return checkpoint_steps(policy, store, checkpoint_interval(config, minutes(5), mtbf), step);
  };
  CHECK(steps(IntervalPolicy::Fixed, minutes(1440), minutes(1)) == 115);
  CHECK(steps(IntervalPolicy::Fixed, minutes(1440), hours(10)) == 1);
  CHECK(steps(IntervalPolicy::Young, minutes(1440), minutes(1)) == 120);
  CHECK(steps(IntervalPolicy::Daly, minutes(1440), minutes(1)) == 117);
  const auto never = seconds(std::numeric_limits<double>::infinity());
  CHECK(steps(IntervalPolicy::Daly, never, minutes(1)) == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("an interval that is chosen is no shorter than what drains behind it") {
  // Free writes would come every step, yet each drains for 10 min; 10.4 min of steps end in 11.
  std::vector<CheckpointTier> tiers{{}};
  tiers.back().drain = minutes(10);
  const auto steps = [&](IntervalPolicy policy) {
    return checkpoint_steps(policy, tiers, seconds(0), minutes(1));
  };
  CHECK(steps(IntervalPolicy::Young) == 10);
  CHECK(steps(IntervalPolicy::Daly) == 10);
  CHECK(steps(IntervalPolicy::Adaptive) == 10);
  CHECK(steps(IntervalPolicy::Fixed) == 1);
  tiers.back().drain = minutes(10.4);
  CHECK(steps(IntervalPolicy::Daly) == 11);
  // Every third goes to a store that takes an hour: 20 min each.
  tiers.back().drain = hours(1);
  tiers.back().every = 3;
  CHECK(steps(IntervalPolicy::Daly) == 20);
}

}  // namespace
}  // namespace longhaul::operations
