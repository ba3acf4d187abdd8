// A run that leaves its number of GPUs, and its plan, to the platform that it is put on.
#pragma once

#include "diagnostics/diagnostic.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::scenario {

/// Where run.gpus is 0, gives the run as many of the platform's GPUs, or of one of its sites, as
/// the fastest plan takes that fits memory (training/size_search.hpp), without spares and nodes
/// that arrive later, and that plan. What a search decides replaces what [run.plan] says; all else
/// in it is kept. Reports why there is none, and what would help.
void fill_open_run(Scenario& scenario, const Reader& reader, Diagnostics& diagnostics);

}  // namespace longhaul::scenario
