// Runs of a few nodes that fail at given minutes.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "engine/run_actor.hpp"
#include "engine/settings.hpp"

namespace longhaul::engine {

/// One-minute steps on `used` of `platform` nodes, a checkpoint of 5 minutes every 100 steps;
/// restarts take 10 minutes, repairs 6 hours.
inline operations::RunInputs run_on(std::int64_t platform, std::int64_t used) {
  start_engine(Clock::Months);
  operations::RunInputs in;
  in.step = [](const std::vector<std::int64_t>&) { return minutes(1); };
  in.checkpoint_interval = minutes(100);
  in.tiers.back().write = minutes(5);
  in.nodes = {platform, platform, used, 1, 1};
  in.recovery.detect = seconds(0);
  in.recovery.restart = minutes(10);
  in.recovery.maintenance = minutes(20);
  in.repair.automatic = hours(6);
  in.failures = {"test", "", 1, days(1), {}};
  return in;
}

inline operations::FailureCause cause(operations::Strikes strikes) {
  operations::FailureCause cause;
  cause.name = "cause";
  cause.group = "other";
  cause.strikes = strikes;
  return cause;
}

/// The one cause of the run strikes at these minutes, node 0 where it takes one.
inline void strike_at(operations::RunInputs& in, const operations::FailureCause& cause,
                      const std::vector<double>& at_minutes) {
  in.failures.causes = {cause};
  for (const double minute : at_minutes) in.replay.push_back({minutes(minute), 0, std::nullopt, 0});
}

inline double minutes_of(Seconds time) { return time / minutes(1); }
inline double spent(const operations::RunTotals& totals, operations::Spending on) {
  return minutes_of(totals.ledger.spent(on));
}
inline auto near(double value) { return doctest::Approx(value).epsilon(1e-12); }

}  // namespace longhaul::engine
