// Where a result comes from: program, inputs, settings.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/settings.hpp"

namespace longhaul::report {

struct InputFile {
  std::string path;
  std::string sha256;  ///< hex; empty when the file could not be read again
};

struct Provenance {
  std::string version;
  std::string revision;  ///< git, "-dirty" behind it when the tree had changes
  std::int64_t seed = 0;
  std::vector<InputFile> inputs;
  std::string calibration;  ///< set of constants, empty without a model
  std::string simgrid;
  std::vector<std::pair<std::string, std::string>> simgrid_settings;
  double wall_s = 0;  ///< the only value that differs between two runs of the same scenario
};

/// Of this program and these files, with SimGrid set up for `clock`.
Provenance make_provenance(std::int64_t seed, const std::vector<std::string>& files,
                           const std::string& calibration,
                           engine::Clock clock = engine::Clock::Months);

/// "0.1.0 (3f2a91c0d4e5)"
std::string version_text();

/// SHA-256 of a file in hex; empty when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace longhaul::report
