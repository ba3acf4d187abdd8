// Months at random: a run with any mechanism that it may have, all of them at once.
#pragma once

#include "operations/run.hpp"

namespace longhaul::property {

/// Drawn with RapidCheck, so only within a property. It ends after its duration or its steps,
/// whichever come first, at most some hundred stops later. The inputs keep no state of a run.
operations::RunInputs random_months();

}  // namespace longhaul::property
