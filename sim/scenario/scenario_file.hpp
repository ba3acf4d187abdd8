// Reads a scenario file into a scenario that can be run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hardware/prices.hpp"
#include "scenario/checks.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"
#include "training/calibration.hpp"

namespace longhaul::scenario {

struct LoadedScenario {
  Scenario scenario;
  std::vector<std::string> files;   ///< every file that was read, the scenario first
  std::string calibration;          ///< name of the calibration set, empty when none was needed
  Places places;                    ///< where its values stand
  std::vector<Diagnostic> skipped;  ///< bad lines of schedule.trace that were left out
};

/// Whether the [sweep] table is read: the points of a sweep have no use for it.
enum class SweepTable { Read, PassedOver };

/// Reads the file, its includes and cards, with `assignments` ("run.gpus=8192") on top, fills what
/// follows from other fields (the calibrated constants, recorded stops), and checks that the parts
/// fit together as far as `purpose` needs: but for months there may be no title (the file's name
/// stands in) and no end, and recorded stops are not read. Throws InputError with every mistake
/// found. Without a path the assignments are all there is.
LoadedScenario read_scenario(const std::string& path, const std::vector<std::string>& assignments,
                             Purpose purpose = Purpose::Months,
                             SweepTable sweep = SweepTable::Read);

/// Whether the file, or one that it includes, has a table, or a card, of this name at its root.
/// Throws InputError.
bool holds_table(const std::string& path, std::string_view name);

struct LoadedPlatform {
  Platform platform;
  std::vector<std::string> files;  ///< every file that was read, the card first
};

/// Reads a cluster card with `assignments` ("fabric.planes=2") on top, and checks that its fabric
/// can be built. Throws InputError with every mistake found.
LoadedPlatform read_platform(const std::string& path, const std::vector<std::string>& assignments);

/// Folder that holds platforms/: $LONGHAUL_DATA, else the source tree the program was built from.
std::string data_folder();

/// Every set of a calibration file. Throws InputError.
std::vector<training::CalibrationSet> read_calibration(const std::string& path);

/// Every chip card of a folder, by file name. Throws InputError.
std::vector<hardware::Chip> read_chips(const std::string& folder);

/// A price card. Throws InputError.
hardware::PriceList read_prices(const std::string& path);

/// Every model card of a folder, by file name. Throws InputError.
std::vector<Model> read_models(const std::string& folder);

/// The keys of a TOML file with their values as text: "run.gpus" -> "16384". Throws InputError.
std::vector<std::pair<std::string, std::string>> flat_toml(const std::string& path);

}  // namespace longhaul::scenario
