#include "operations/power_response.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace longhaul::operations {

namespace {

Watts power_of(const PoweredRun& run, std::int64_t replicas, PowerState state) {
  return run_power(run.config, run.tdp, run.gpus / run.replicas * replicas, state);
}

RunLevel shrunk(const PoweredRun& run, const FrequencyLaw& law, Watts limit) {
  RunLevel level{run.replicas, 1, true};
  const Watts one = power_of(run, 1, PowerState::Compute) - power_of(run, 1, PowerState::Off);
  const Watts none = site_power(run, law, {0, 1, true}, PowerState::Compute);
  if (one > watts(0))
    level.replicas = static_cast<std::int64_t>(
        std::clamp(std::ceil((limit - none) / one), 0.0, static_cast<double>(run.replicas)));
  // The quotient is rounded and may be one too many.
  while (level.replicas > 0 && site_power(run, law, level, PowerState::Compute) > limit)
    --level.replicas;
  return level;
}

RunLevel slowed(const PoweredRun& run, const FrequencyLaw& law, Watts limit) {
  const auto speed =
      find_speed_at_power(law, site_power(run, law, {0}, PowerState::Compute),
                          site_power(run, law, {run.replicas}, PowerState::Compute), limit);
  if (!speed) return {};
  RunLevel level{run.replicas, *speed};
  // Root and power are rounded too. Twice as far each time, so that a law that is nearly flat ends.
  for (double less = 1e-15; site_power(run, law, level, PowerState::Compute) > limit; less *= 2) {
    if (level.speed <= law.lowest_speed) return {};
    level.speed = std::max(law.lowest_speed, level.speed - less);
  }
  return level;
}

}  // namespace

Watts site_power(const PoweredRun& run, const FrequencyLaw& law, const RunLevel& level,
                 PowerState state) {
  Watts running = power_of(run, level.replicas, state);
  const Watts idle = power_of(run, level.replicas, PowerState::Idle);
  if (level.speed < 1 && running > idle) running = power_at_speed(law, idle, running, level.speed);
  const auto rest = level.left_off ? PowerState::Off : PowerState::Idle;
  return running + power_of(run, run.replicas - level.replicas, rest) + run.others;
}

RunLevel level_under(const PoweredRun& run, const FrequencyLaw& law, Response response,
                     Watts limit) {
  const RunLevel all{run.replicas};
  if (site_power(run, law, all, PowerState::Compute) <= limit) return all;
  switch (response) {
    case Response::Pause:
      return {};
    case Response::Shrink:
      return shrunk(run, law, limit);
    case Response::Frequency:
      return slowed(run, law, limit);
  }
  throw std::logic_error("a response of no kind");
}

}  // namespace longhaul::operations
