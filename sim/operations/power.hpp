// Electric power of nodes by what they are doing.
#pragma once

#include <cstdint>

#include "units/quantity.hpp"

namespace longhaul::operations {

/// Power beside the chip's own, from a cluster card. The first three fractions are of the chip's
/// thermal design power (TDP) while in that state, beside which the server draws its whole power;
/// the others are of TDP and server together, of nodes that are not in the run.
struct PowerConfig {
  Watts server_per_gpu;            ///< CPUs, memory, fans, NICs: all of a server but its GPUs [W]
  double network_share = 0;        ///< network and storage, as a share of all IT power [0-1)
  double pue = 1;                  ///< facility power / IT power
  double compute_fraction = 1;     ///< in steps
  double checkpoint_fraction = 1;  ///< in blocking writes
  double idle_fraction = 1;        ///< while the run is down
  double standby_fraction = 0.5;   ///< of a spare that is on and does nothing
  double repair_fraction = 0.25;   ///< of a node in repair: on for half of it, as a spare
  double off_fraction = 0;         ///< of a node that is switched off
  double free_fraction = 0;        ///< of one that is free: others pay for what it draws
  double cold_fraction = 0;        ///< of a cold spare
};

/// What GPUs are doing: the first three in the run, the others out of it.
enum class PowerState { Compute, Checkpoint, Idle, Standby, Repair, Off, Free, Cold };

/// Facility power of `gpus` GPUs and their share of all else: gpus (fraction x tdp + server) /
/// (1 - network share) x PUE in the run, gpus fraction x (tdp + server) / (1 - network share) x
/// PUE out of it [W].
Watts run_power(const PowerConfig& config, Watts tdp, std::int64_t gpus, PowerState state);

}  // namespace longhaul::operations
