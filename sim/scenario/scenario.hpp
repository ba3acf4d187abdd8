// A scenario: everything a run is made of, as plain structs filled from TOML.
//
// Each room owns the struct that configures it; here they are put together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fabric/fabric_config.hpp"
#include "hardware/chip.hpp"
#include "hardware/prices.hpp"
#include "lab/lab.hpp"
#include "operations/checkpoint.hpp"
#include "operations/failure.hpp"
#include "operations/power.hpp"
#include "operations/power_response.hpp"
#include "operations/recovery.hpp"
#include "operations/run.hpp"
#include "operations/supply.hpp"
#include "scenario/sweep.hpp"
#include "scheduling/config.hpp"
#include "scheduling/job.hpp"
#include "training/across_sites.hpp"
#include "training/efficiency.hpp"
#include "training/mixed_replicas.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/wall_config.hpp"
#include "units/calendar.hpp"
#include "world/constraints.hpp"
#include "world/world.hpp"

namespace longhaul::scenario {

/// A cluster card: one deployed or proposed system.
struct Platform {
  std::string name;
  std::string source;
  hardware::Chip chip;
  fabric::FabricConfig fabric;  ///< its link speeds and store are filled from the other members
  BytesPerSecond storage_bandwidth;
  operations::PowerConfig power;
  std::optional<hardware::PriceList> prices;  ///< of the network's parts
};

/// A model card.
struct Model {
  std::string name;
  std::string source;
  training::ModelShape shape;
};

/// How collectives are timed: closed forms with link loads, or flows on SimGrid.
enum class Fidelity { Analytic, Flow };

/// Nodes that come on line.
struct Arrival {
  operations::Moment at;
  std::int64_t nodes = 0;
  std::optional<hardware::Chip> chip;              ///< empty: the platform's
  std::optional<training::Efficiency> efficiency;  ///< its calibrated set, once resolved
};

/// Something decided about the run while it goes on.
struct Decision {
  operations::Moment at;
  operations::Decision::Kind kind = operations::Decision::Kind::Stop;
  std::optional<std::int64_t> steps;         ///< more than were asked for, of Extend
  std::optional<Seconds> duration;           ///< the same
  std::optional<std::int64_t> global_batch;  ///< from then on, of Restart with a model
  std::optional<Seconds> step_time;          ///< the same without one
};

struct Run {
  std::optional<Model> model;
  std::int64_t gpus = 1;
  training::Batch batch;
  training::Plan plan;
  std::string stack;                               ///< software, names a calibration set
  std::optional<training::Efficiency> efficiency;  ///< that set, once resolved
  Fidelity fidelity = Fidelity::Flow;
  training::BatchSplit split = training::BatchSplit::Equal;
  std::optional<Seconds> step_time;   ///< instead of a model
  std::optional<std::int64_t> steps;  ///< ends the run
  operations::CheckpointConfig checkpoint;
  std::optional<operations::ElasticConfig> elastic;
  std::vector<Decision> decisions;
  std::optional<training::SitesConfig> across_sites;
};

struct Failures {
  bool random = true;
  operations::LemonConfig lemons;
  std::optional<operations::FailureCard> causes;
  std::optional<std::string> replay;  ///< path of a CSV file of recorded stops
};

/// Nodes where no platform says what they are, and how they hang together.
struct Nodes {
  std::int64_t count = 0;  ///< of the cluster; 0: they are not told apart
  std::int64_t gpus_per_node = 8;
  std::int64_t per_rack = 1;
  std::int64_t per_site = 0;  ///< 0: all on one
};

/// What the run's sites may draw and what electricity costs; what nodes draw says the platform.
struct Power {
  operations::Response response = operations::Response::Pause;
  operations::FrequencyLaw frequency;
  std::vector<operations::SupplyConfig> sites;  ///< empty: one without limits
};

/// The platform of a phase of the world, with the constants of its step model.
struct LabPlatform {
  Platform platform;
  training::Efficiency efficiency;
  std::string calibration;  ///< name of that set
};

struct Output {
  Seconds timeline = hours(1);
  Seconds years = seconds(seconds_per_month);  ///< the same of years.csv
};

struct Scenario {
  std::string title;
  Date start;
  std::optional<Seconds> duration;
  std::int64_t seed = 1;
  std::optional<Platform> platform;  ///< under [cluster]
  Run run;
  Failures failures;
  Nodes nodes;                    ///< the same
  std::vector<Arrival> arrivals;  ///< the same
  operations::RecoveryConfig recovery;
  operations::DiagnosisConfig diagnosis;
  operations::RepairConfig repair;
  operations::SparesConfig spares;
  operations::MaintenanceConfig maintenance;
  Power power;
  std::optional<world::World> world;  ///< years around the labs, in place of one run
  std::optional<lab::LabConfig> lab, rival;
  std::optional<scheduling::ScheduleConfig> schedule;  ///< a queue of jobs, in place of one run
  Output output;
  std::optional<world::Constraints> constraints;
  std::optional<training::WallConfig> wall;
  std::optional<Sweep> sweep;
  std::vector<std::optional<LabPlatform>> lab_platforms;  ///< filled from world.phase[].platform
  scheduling::Trace jobs;  ///< filled from schedule.trace or schedule.load
  /// Filled from failures.replay.
  std::vector<operations::RecordedStop> recorded_stops;
};

}  // namespace longhaul::scenario
