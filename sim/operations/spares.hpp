// Nodes that take the place of others, and what happens when there are none.
#pragma once

#include <cstdint>

#include "random/distribution.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// Which free node takes a vacant place. Nearest: the pod of the node that stood there first, and
/// the same place under a leaf. Fewest failures: of all, the one that failed least often.
enum class Selection { Nearest, Random, FewestFailures };

/// Nodes of the platform that the run does not use.
struct SparesConfig {
  std::int64_t warm = 0;  ///< of them, started with the job: they take a place before others
  random::Random<Seconds> swap{seconds(0)};       ///< until a warm one has taken it
  random::Random<Seconds> selection{seconds(0)};  ///< choosing nodes when no warm one is left
  std::int64_t cold = 0;                      ///< nodes of the platform outside the working pool
  random::Random<Seconds> fetch{seconds(0)};  ///< one cold node, one after the other
  Selection select = Selection::Nearest;
};

/// Running on fewer nodes than planned while none is free, and on more when there are.
struct ElasticConfig {
  bool shrink = true;           ///< drop replicas rather than wait for a node
  bool grow = true;             ///< take them up again, at the next checkpoint
  std::int64_t least_data = 1;  ///< data-parallel degree to shrink to; without a model: nodes
  std::int64_t most_data = 0;   ///< to grow to; 0: that of the plan
  random::Random<Seconds> reconfigure{seconds(0)};  ///< each change of size
  bool reshard = false;  ///< and what state that changes hands takes on the fabric
};

}  // namespace longhaul::operations
