// Fabrics as they are named on the command line: a card, a system of the catalogue, or a generator
// with its numbers.
#pragma once

#include <string>
#include <vector>

#include "scenario/scenario_file.hpp"

namespace longhaul::cli {

/// A generator with its numbers as assignments to a platform card: "dragonfly a=6 p=3 h=3" as
/// "fabric.dragonfly.routers=6" and so on; "torus 5x7" as "fabric.torus.dimensions=[5,7]", and
/// "hammingmesh 2x2 4x4" as four counts, in the order of the generator's keys. Throws InputError
/// where the first word names no generator, a key is none of its or given twice, or a number is one
/// too many.
std::vector<std::string> spec_assignments(const std::string& spec);

/// Reads "path/to/card.toml", "meta_24k_roce" of the catalogue, or "torus 5x7" on the parts of
/// platforms/parts.toml. `assignments` go on top. Throws InputError.
scenario::LoadedPlatform find_platform(const std::string& name,
                                       const std::vector<std::string>& assignments);

/// Cards of platforms/`kind`/, by name.
std::vector<std::string> cards_of(const std::string& kind);
/// Cards of platforms/clusters/, by name.
std::vector<std::string> catalogue();
/// Tables of [fabric] that are topologies.
std::vector<std::string> topologies();

}  // namespace longhaul::cli
