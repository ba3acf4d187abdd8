// Electric power of a run by what it is doing.
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace longhaul::operations {

/// Power beside the chip's own, from a cluster card. Fractions are of the chip's thermal design
/// power while in that state.
struct PowerConfig {
  Watts server_per_gpu;            ///< CPUs, memory, fans, NICs: all of a server but its GPUs [W]
  double network_share = 0;        ///< network and storage, as a share of all IT power [0-1)
  double pue = 1;                  ///< facility power / IT power
  double compute_fraction = 1;     ///< of a chip's TDP in steps
  double checkpoint_fraction = 1;  ///< of a chip's TDP in blocking writes
  double idle_fraction = 1;        ///< of a chip's TDP while the run is down
};

/// What the run's GPUs are doing.
enum class PowerState { Compute, Checkpoint, Idle };

/// Facility power: gpus (fraction x tdp + server) / (1 - network share) x PUE.
Watts run_power(const PowerConfig& config, Watts tdp, std::int64_t gpus, PowerState state);

}  // namespace longhaul::operations
