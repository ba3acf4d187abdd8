// Rows of words as an aligned table on a terminal.
#pragma once

#include <string>
#include <vector>

namespace longhaul::report {

/// Rows of as many cells each, the head first.
using TextTable = std::vector<std::vector<std::string>>;

/// One line a row; columns to the right, the first one too unless `first_left`.
std::string aligned(const TextTable& rows, bool first_left = false);

}  // namespace longhaul::report
