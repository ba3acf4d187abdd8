// The result of years of labs as a page.
#pragma once

#include "report/page.hpp"
#include "report/years_files.hpp"

namespace longhaul::report {

Page years_page(const YearsFiles& years);

}  // namespace longhaul::report
