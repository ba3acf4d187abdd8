// The latency wall as a table for people, as JSON and as the data of its figure.
#pragma once

#include <string>
#include <vector>

#include "experiment/wall.hpp"
#include "report/provenance.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// A scenario and its wall.
struct FoundWall {
  std::string name;  ///< of its curve; of the scenario itself "base"
  scenario::Scenario scenario;
  std::string calibration;
  experiment::Wall wall;
};

/// The first is the scenario's own, the others are its variants'.
std::string wall_screen(const std::vector<FoundWall>& walls, const Provenance& provenance);

/// Keys and units: scenarios/README.md.
std::string wall_json(const std::vector<FoundWall>& walls, const Provenance& provenance);

/// A row a point of each curve; columns: scenarios/README.md.
std::string wall_csv(const std::vector<FoundWall>& walls);

}  // namespace longhaul::report
