#include "operations/power.hpp"

#include <stdexcept>

namespace longhaul::operations {

namespace {

double fraction(const PowerConfig& config, PowerState state) {
  switch (state) {
    case PowerState::Compute:
      return config.compute_fraction;
    case PowerState::Checkpoint:
      return config.checkpoint_fraction;
    case PowerState::Idle:
      return config.idle_fraction;
  }
  throw std::logic_error("a power state of no kind");
}

}  // namespace

Watts run_power(const PowerConfig& config, Watts tdp, std::int64_t gpus, PowerState state) {
  const Watts server = fraction(config, state) * tdp + config.server_per_gpu;
  return static_cast<double>(gpus) * server / (1 - config.network_share) * config.pue;
}

}  // namespace longhaul::operations
