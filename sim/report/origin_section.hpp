// Where a result comes from, as the end of its page.
#pragma once

#include <cstdint>
#include <string>

#include "report/page.hpp"
#include "report/provenance.hpp"

namespace longhaul::report {

/// Provenance, inputs and the resolved scenario.
Section origin_section(const Provenance& provenance, std::int64_t events,
                       const std::string& scenario);

/// Which program made the page.
std::string page_footer();

}  // namespace longhaul::report
