// What differs between two results: inputs first, then outputs.
#pragma once

#include <string>

namespace longhaul::report {

/// Throws InputError when one of them is no result of Longhaul.
std::string compare_results(const std::string& a, const std::string& b);

}  // namespace longhaul::report
