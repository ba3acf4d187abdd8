// What must hold of a moment that is given as a date or as a time after the start.
#pragma once

#include <string>
#include <string_view>

#include "diagnostics/diagnostic.hpp"
#include "operations/supply.hpp"
#include "scenario/reader.hpp"

namespace longhaul::scenario {

/// Reports a moment that is given twice or not at all; `path`: its table, `beside`: a key of it
/// that is always there. Returns whether it is given once.
bool check_moment(const operations::Moment& moment, const std::string& path,
                  std::string_view beside, const Reader& reader, Diagnostics& diagnostics);

/// The same, and reports one before the start of the run; `what`: comes then, "a node arrives".
bool check_moment_of_run(const operations::Moment& moment, const std::string& path,
                         std::string_view beside, std::string_view what, const Date& start,
                         const Reader& reader, Diagnostics& diagnostics);

}  // namespace longhaul::scenario
