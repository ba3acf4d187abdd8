// Where simulated runs end.
#pragma once

#include <doctest/doctest.h>

#include <cmath>

#include "training/wall_run.hpp"

namespace longhaul::tests {

/// The compute [FLOP] from which on no plan is in time, to a part in a thousand; it lies between.
inline double simulated_wall(const training::WallSetup& setup, double low, double high) {
  using training::wall_point;
  REQUIRE(wall_point(setup, flop(low)).in_time);
  REQUIRE_FALSE(wall_point(setup, flop(high)).in_time);
  while (high / low > 1.001) {
    const double middle = std::sqrt(low * high);
    (wall_point(setup, flop(middle)).in_time ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

}  // namespace longhaul::tests
