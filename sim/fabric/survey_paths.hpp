// Shortest paths between all GPUs, and what an all-to-all over them loads.
#pragma once

#include <cstdint>

#include "fabric/graph.hpp"
#include "units/quantity.hpp"

namespace longhaul::fabric {

struct PathSurvey {
  std::int64_t diameter_hops = 0;
  double mean_hops = 0.0;           ///< over ordered pairs; 0 for one GPU
  BytesPerSecond all_to_all_bound;  ///< as in Survey
};

/// Each cable of a bundle is a path of its own. Throws NoPath, with two of them, when
/// GPUs cannot reach each other.
PathSurvey survey_paths(const Fabric& fabric);

}  // namespace longhaul::fabric
