// The [sweep] table of a scenario file, with axes from the command line on top.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenario/reader.hpp"
#include "scenario/sweep.hpp"

namespace longhaul::scenario {

struct LoadedSweep {
  std::string title;  ///< the file's name where it has none
  std::int64_t seed = 1;
  Sweep sweep;
  Places places;
};

/// Reads title, seed and [sweep] of a file and nothing else of it: other fields may need the values
/// of axes. Each of `options` is "key=a,b,c", "key=from..to/n" or "key=from..to/n/log": an axis in
/// place of one with the same key, or a further one. Throws InputError with every mistake.
LoadedSweep read_sweep(const std::string& path, const std::vector<std::string>& assignments,
                       const std::vector<std::string>& options);

}  // namespace longhaul::scenario
