// The fields of [constraints], as what is known of them and as one draw.
#pragma once

#include "scenario/fields.hpp"
#include "world/constraints.hpp"

namespace longhaul::scenario {

void describe(Fields& fields, world::ConstraintInputs& inputs);
/// Under the same keys in the same order.
void describe(Fields& fields, world::ConstraintDraw& draw);

}  // namespace longhaul::scenario
