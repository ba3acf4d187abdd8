// The one description of every field (see fields.hpp).
#pragma once

#include <vector>

#include "hardware/prices.hpp"
#include "scenario/fields.hpp"
#include "scenario/scenario.hpp"
#include "training/calibration.hpp"

namespace longhaul::scenario {

void describe(Fields& fields, Scenario& scenario);
void describe(Fields& fields, fabric::FabricConfig& fabric);
void describe(Fields& fields, hardware::Chip& chip);
void describe(Fields& fields, hardware::PriceList& prices);
void describe(Fields& fields, Model& model);
void describe(Fields& fields, Platform& platform);
void describe(Fields& fields, Sweep& sweep);
void describe(Fields& fields, operations::CheckpointConfig& checkpoint);
void describe(Fields& fields, operations::RepairConfig& repair);
void describe(Fields& fields, operations::SparesConfig& spares);
void describe(Fields& fields, operations::ElasticConfig& elastic);
void describe(Fields& fields, operations::Moment& moment);
void describe(Fields& fields, Decision& decision);
void describe(Fields& fields, operations::MaintenanceConfig& maintenance);
void describe(Fields& fields, Failures& failures);
void describe(Fields& fields, Power& power);
void describe(Fields& fields, world::Constraints& constraints);
void describe(Fields& fields, training::WallConfig& wall);
void describe(Fields& fields, operations::CapStep& step);
void describe(Fields& fields, world::World& world);
void describe(Fields& fields, lab::LabConfig& lab);
void describe(Fields& fields, scheduling::ScheduleConfig& schedule);

/// In [constraints] and in [wall].
template <>
struct Words<training::LatencyForm> {
  static constexpr std::array<std::string_view, 2> words{"appendix", "text"};
};

// Tables whose fields lie in several members of a scenario.
struct Cluster {
  Scenario& scenario;
};
struct Recovery {
  Scenario& scenario;
};
/// The tables that a forecast of constraints reads.
struct ForecastTables {
  Scenario& scenario;
};
void describe(Fields& fields, ForecastTables& tables);
void describe(Fields& fields, Cluster& cluster);
void describe(Fields& fields, Recovery& recovery);
void describe(Fields& fields, training::Plan& plan);
void describe(Fields& fields, training::SitesConfig& sites);

/// The sets of platforms/calibration.toml. `like` names an earlier set whose values are kept where
/// this one gives none.
struct CalibrationEntry {
  training::CalibrationSet set;
  std::string like;
  std::string source;
};
struct CalibrationFile {
  std::vector<CalibrationEntry> sets;
};
void describe(Fields& fields, CalibrationFile& file);

}  // namespace longhaul::scenario
