// A sweep as its command shows it: progress, and the screen at the end.
#pragma once

#include <string>
#include <vector>

#include "experiment/store.hpp"
#include "experiment/sweep_run.hpp"

namespace longhaul::report {

/// "482 of 1,000 points  12 failed  35.1 a second  15 s left"; `wall_s` since the sweep began.
std::string sweep_progress_line(const experiment::SweepProgress& progress, double wall_s);

/// The metrics that are shown where none are named.
std::vector<std::string> default_metrics(const experiment::StoreReader& store);

/// Mean and confidence interval of each metric by combination (the first twenty), and what became
/// of the points.
std::string sweep_screen(const experiment::StoreReader& store,
                         const std::vector<std::string>& metrics,
                         const experiment::SweepProgress& progress, const std::string& path,
                         double wall_s);

}  // namespace longhaul::report
