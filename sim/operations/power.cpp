#include "operations/power.hpp"

#include <stdexcept>

namespace longhaul::operations {

namespace {

/// Of one GPU and its server.
Watts node_power(const PowerConfig& config, Watts tdp, PowerState state) {
  const auto in_run = [&](double fraction) { return fraction * tdp + config.server_per_gpu; };
  const auto out_of_run = [&](double fraction) { return fraction * (tdp + config.server_per_gpu); };
  switch (state) {
    case PowerState::Compute:
      return in_run(config.compute_fraction);
    case PowerState::Checkpoint:
      return in_run(config.checkpoint_fraction);
    case PowerState::Idle:
      return in_run(config.idle_fraction);
    case PowerState::Standby:
      return out_of_run(config.standby_fraction);
    case PowerState::Repair:
      return out_of_run(config.repair_fraction);
    case PowerState::Off:
      return out_of_run(config.off_fraction);
    case PowerState::Free:
      return out_of_run(config.free_fraction);
    case PowerState::Cold:
      return out_of_run(config.cold_fraction);
  }
  throw std::logic_error("a power state of no kind");
}

}  // namespace

Watts run_power(const PowerConfig& config, Watts tdp, std::int64_t gpus, PowerState state) {
  return static_cast<double>(gpus) * node_power(config, tdp, state) / (1 - config.network_share) *
         config.pue;
}

}  // namespace longhaul::operations
