// What a scenario may contain, for editors and for people.
#pragma once

#include <string>

namespace longhaul::report {

/// A JSON Schema (2020-12) of scenario files, from the fields' one description.
std::string json_schema();

/// scenarios/README.md: every field, and every column and key of the results.
std::string markdown_reference();

}  // namespace longhaul::report
