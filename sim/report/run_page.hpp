// The result of one run as a page.
#pragma once

#include <cstddef>

#include "report/page.hpp"
#include "report/run_files.hpp"

namespace longhaul::report {

/// More causes of interruptions are not drawn, which the page says.
inline constexpr std::size_t most_causes = 40;

Page run_page(const RunFiles& run);

}  // namespace longhaul::report
