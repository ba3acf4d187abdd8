// The inputs of a forecast by the keys that a scenario gives them.
#pragma once

#include <string>
#include <vector>

#include "random/distribution.hpp"
#include "world/constraints.hpp"

namespace longhaul::scenario {

/// One input: what is known of it, and where its value of a draw goes.
struct ConstraintField {
  std::string key;
  random::Distribution distribution;
  double* value = nullptr;  ///< in base units, inside the draw that was given
};

/// Every input in the order of the reference. Copies the settings into `draw`, whose other members
/// are for the caller to fill, and which must outlive the result.
std::vector<ConstraintField> constraint_fields(const world::ConstraintInputs& inputs,
                                               world::ConstraintDraw& draw);

}  // namespace longhaul::scenario
