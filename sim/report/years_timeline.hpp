// Years of labs over calendar time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/page.hpp"
#include "report/years_files.hpp"

namespace longhaul::report {

/// More makes a page slow; what is shown instead is said on it.
inline constexpr std::size_t most_lab_runs = 2'000;
inline constexpr std::size_t most_points = 1'000;  ///< of a curve

/// In the order of their ends; of too many the longest.
std::vector<LabRunRow> shown_lab_runs(const YearsFiles& years);

/// "2024-10-02"
std::string day_text(const Date& date);

/// "16,384"; "1.2e+20" where it is too large to be read.
std::string count_text(double count);

/// The best models, what algorithms and the cluster became, and the runs.
Section years_timeline_section(const YearsFiles& years);

}  // namespace longhaul::report
