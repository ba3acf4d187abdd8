#include "operations/checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "operations/renewal.hpp"

namespace longhaul::operations {

Seconds checkpoint_interval(const CheckpointConfig& config, Seconds write, Seconds mtbf) {
  switch (config.policy) {
    case IntervalPolicy::Fixed:
      return config.interval;
    case IntervalPolicy::Young:
      return young_interval(write, mtbf);
    case IntervalPolicy::Daly:
      return daly_interval(write, mtbf);
  }
  throw std::logic_error("a checkpoint policy of no kind");
}

std::int64_t checkpoint_steps(const CheckpointConfig& config, Seconds write, Seconds mtbf,
                              Seconds step) {
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  const double steps = checkpoint_interval(config, write, mtbf) / step;
  if (!(steps < 9e18)) return never;
  return std::max<std::int64_t>(1, std::llround(steps));
}

}  // namespace longhaul::operations
