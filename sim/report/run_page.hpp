// The result of one run as a page.
#pragma once

#include <cstddef>

#include "report/page.hpp"
#include "report/run_files.hpp"

namespace longhaul::report {

/// More makes a page slow; what is shown instead is said on it.
inline constexpr std::size_t most_windows = 1'000;
inline constexpr std::size_t most_stops = 2'000;
inline constexpr std::size_t most_causes = 40;

Page run_page(const RunFiles& run);

}  // namespace longhaul::report
