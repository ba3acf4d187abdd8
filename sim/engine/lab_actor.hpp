// Years of labs on the SimGrid clock.
#pragma once

#include "lab/years.hpp"

namespace longhaul::engine {

/// Simulates all labs from the start to the deadline. Deliveries, caps, jumps, starts and ends of
/// runs and what strategies ask for are events; between them all is closed form. The labs share
/// the algorithms and their dates; chips, power and budget are each one's own.
///
/// A run has the recipe and the cluster of the moment at which it was decided. Throws
/// std::invalid_argument, saying what would be right, for inputs that cannot be: a strategy without
/// its parameters, a cluster that nothing bounds, runs without number.
lab::YearsTotals simulate_years(const lab::YearsInputs& inputs, const lab::YearsObserver& observer);

}  // namespace longhaul::engine
