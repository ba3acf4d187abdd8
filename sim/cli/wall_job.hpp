// What every command that finds walls does: read the scenario and its variants, and find them.
#pragma once

#include <string>
#include <vector>

#include "report/provenance.hpp"
#include "report/wall_report.hpp"

namespace longhaul::cli {

struct WallJob {
  std::vector<report::FoundWall> walls;  ///< the scenario's own first
  report::Provenance provenance;
};

/// Assignments go into the variants too. Throws InputError.
WallJob run_wall(const std::string& scenario, const std::vector<std::string>& assignments);

}  // namespace longhaul::cli
