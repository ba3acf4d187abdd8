// The rules of the house, as functions over (path, text), so that made-up files can try them.
//
// Paths are relative to the source root, with '/'. Every finding is one line
// `file:line: what is wrong; what would be right`. A wrong include gives one finding a rule broken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace longhaul::house {

/// The rooms under sim/, lowest first: each may include itself and those before it.
const std::vector<std::string>& rooms();

/// Includes of a source under sim/: rooms in order, third parties in the rooms they belong to, and
/// those that are dear to compile in no header.
std::vector<std::string> check_includes(const std::string& path, std::string_view text);

/// Paths of somebody's machine, in any text file.
std::vector<std::string> check_machine_paths(const std::string& path, std::string_view text);

}  // namespace longhaul::house
