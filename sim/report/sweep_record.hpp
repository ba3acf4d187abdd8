// What a sweep's store says about where its points come from.
#pragma once

#include <string>
#include <vector>

#include "experiment/store.hpp"
#include "experiment/sweep_run.hpp"
#include "report/provenance.hpp"

namespace longhaul::report {

/// The record of a sweep of `scenario` under `assignments`.
experiment::SweepRecord sweep_record(const std::string& scenario,
                                     const std::vector<std::string>& assignments,
                                     const scenario::LoadedSweep& loaded,
                                     const experiment::SweepPlan& plan,
                                     const Provenance& provenance, const experiment::Shard& shard);

}  // namespace longhaul::report
