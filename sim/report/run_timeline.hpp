// A run over calendar time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/page.hpp"
#include "report/run_files.hpp"

namespace longhaul::report {

/// More makes a page slow; what is shown instead is said on it.
inline constexpr std::size_t most_windows = 1'000;
inline constexpr std::size_t most_stops = 2'000;

/// "2024-06-01 02:00:32", UTC.
std::string moment(const RunFiles& run, double time_s);

/// In the order of time; of too many the longest.
std::vector<Stop> shown_stops(const RunFiles& run);

/// Goodput, power, progress and stops.
Section timeline_section(const RunFiles& run);

}  // namespace longhaul::report
