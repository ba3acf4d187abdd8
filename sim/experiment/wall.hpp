// The latency wall of a scenario: runs of more and more compute on its platform, grown to what
// each needs, and the closed form beside them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"
#include "training/wall_run.hpp"
#include "units/quantity.hpp"

namespace longhaul::experiment {

/// The wall where serial latency alone fills the run's duration.
struct ClosedWall {
  Flop compute;             ///< infinite where nothing ends
  double n_parameters = 0;  ///< of the model there
  Seconds layer;            ///< serial time of its layers, forward and backward
  double tensor = 1;        ///< degree, in each of two dimensions
};

struct Wall {
  training::WallSetup setup;
  std::vector<training::WallPoint> points;  ///< by rising compute
  double largest_utilisation = 0;
  /// The first point, from that of the largest utilisation on, with less than 80 % of that, with
  /// less than half of it, and with less than 1 %. Empty where there is none.
  std::optional<Flop> knee, half, wall;
  ClosedWall closed;
};

/// What every point follows from. `scenario` must have been read for a wall. Throws
/// std::invalid_argument, saying what would be right.
training::WallSetup wall_setup(const scenario::Scenario& scenario);

/// The closed form of training/laws/wall.hpp with the scenario's laws and latencies: a kernel's is
/// `kernel_latency`, else what the step model counts for all kernels of a layer, over those of the
/// form. The least minibatch is that at which 16-bit products take as long as reading their
/// weights, and the form's pods are those of the source, whatever the platform.
ClosedWall closed_wall(const training::WallConfig& config, const training::WallSetup& setup);

/// Seconds of computing. Throws likewise.
Wall find_wall(const scenario::Scenario& scenario);

}  // namespace longhaul::experiment
