// What the tests of published figures read: chips and platforms/calibration.toml.
#pragma once

#include <string>
#include <vector>

#include "hardware/chip.hpp"
#include "training/calibration.hpp"

namespace longhaul::tests {

/// Peaks, memory and multiprocessors of the chips that measured rows name (vendor data sheets).
std::vector<hardware::Chip> published_chips();

/// The sets of a calibration file. Throws std::runtime_error on a key that is missing or unknown.
std::vector<training::CalibrationSet> read_calibration(const std::string& path);

}  // namespace longhaul::tests
