// Months of one training run on the SimGrid clock.
#pragma once

#include "operations/run.hpp"

namespace longhaul::engine {

/// Simulates the run from its start until its duration or its steps are reached. Steps between two
/// changes are one timer; every checkpoint, stop, recovery and repair is an event of its own.
///
/// A failure strikes at any time, during writes and recoveries too: it counts, loses the work
/// since the last checkpoint written, and starts the recovery anew. A planned stop finishes the
/// step, writes a checkpoint and loses no work. A run that is to do a number of steps writes a
/// last checkpoint. Throws std::invalid_argument for inputs that no run can have.
operations::RunTotals simulate_run(const operations::RunInputs& inputs,
                                   const operations::RunObserver& observer);

}  // namespace longhaul::engine
