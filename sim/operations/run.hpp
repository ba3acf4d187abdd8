// A run of months as the engine sees it: what goes in, what is told on the way, what comes out.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "operations/failure.hpp"
#include "operations/ledger.hpp"
#include "operations/node_pool.hpp"
#include "operations/power_response.hpp"
#include "operations/recovery.hpp"
#include "operations/repair.hpp"
#include "operations/spares.hpp"
#include "operations/supply.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// Nodes whose chips are not those of the others.
struct OtherChips {
  std::int64_t first_node = 0;
  std::int64_t nodes = 0;
  Watts tdp;  ///< of a chip
};

/// What the run's sites draw and may draw, and how the run answers where they may not.
struct RunPower {
  PowerConfig config;
  Watts tdp;                       ///< of a chip
  std::vector<OtherChips> others;  ///< beside those, in the order of nodes
  std::int64_t gpus_per_node = 1;  ///< of all the run where nodes are not told apart
  Response response = Response::Pause;
  FrequencyLaw frequency;
  double clocked_share = 1;            ///< of a step: goes with the clock of the chips
  Date start;                          ///< of the run, for dated caps and curtailments
  std::vector<SupplyConfig> sites{1};  ///< one, or one for each nodes.per_site nodes
};

/// What a site drew.
struct SiteTotals {
  Joules energy;
  Watts peak;
  Dollars cost;
  double co2_kg = 0;
};

/// The undisturbed step time on a placement (node by position), asked for once at the start and
/// whenever the placement or the fabric changed. An elastic run may stand on fewer nodes.
using StepOracle = std::function<Seconds(const std::vector<std::int64_t>& placement)>;

/// How long a run's state takes to where it belongs after a change of size: from the nodes of one
/// placement to those of another.
using ReshardOracle = std::function<Seconds(const std::vector<std::int64_t>& before,
                                            const std::vector<std::int64_t>& after)>;

/// Starts the traffic of a checkpoint and calls back when it has arrived. Returns what takes it off
/// the fabric when the write is cut short.
using CheckpointTraffic = std::function<std::function<void()>(std::function<void()> on_arrival)>;

/// The same of another run that shares the store: what it writes, and when that has arrived.
using OtherTraffic =
    std::function<std::function<void()>(Bytes size, std::function<void()> on_arrival)>;

/// Switches and cables that fail while the run goes on.
struct FabricParts {
  /// Takes the `index`-th switch or link of the fabric down, or up again. Returns the nodes that
  /// cannot reach the others while it is down.
  std::function<std::vector<std::int64_t>(Strikes what, std::int64_t index, bool alive)> set_alive;
};

/// Planned work on all nodes, group after group.
struct MaintenanceConfig {
  Seconds every;                          ///< from group to group; 0: none
  std::int64_t group = 1;                 ///< nodes, by number
  random::Random<Seconds> out{hours(4)};  ///< they are out
};

/// Nodes that come on line.
struct Arrival {
  Seconds time;  ///< since the start of the run
  std::int64_t nodes = 0;
};

/// Something decided about the run while it goes on.
struct Decision {
  enum class Kind { Stop, Extend, Restart };
  Seconds time;
  Kind kind = Kind::Stop;
  std::optional<std::int64_t> steps;  ///< more than were asked for, of Extend
  std::optional<Seconds> duration;    ///< the same
  StepOracle step;  ///< from then on, of Restart: a new recipe or batch, from a checkpoint
};

struct RunInputs {
  std::uint64_t seed = 1;
  Seconds duration = seconds(std::numeric_limits<double>::infinity());  ///< ends the run, or
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();        ///< so many kept steps do
  StepOracle step;
  IntervalPolicy checkpoint_policy = IntervalPolicy::Fixed;
  Seconds checkpoint_interval;            ///< of work between checkpoints, at first
  std::vector<CheckpointTier> tiers{{}};  ///< the nearest first, the store last
  CheckpointTraffic checkpoint_traffic;   ///< of the store: what it blocks for or, if anything
                                          ///< drains, its drain; empty: nothing but time
  std::vector<OtherRun> other_runs;       ///< that share the store
  OtherTraffic other_traffic;             ///< theirs; wanted where there are any
  Seconds expected_mtbi = seconds(std::numeric_limits<double>::infinity());  ///< by the rates
  FailureCard failures;
  Units units;                       ///< what causes strike
  bool random_failures = true;       ///< else only `replay`
  std::vector<RecordedStop> replay;  ///< in the order of time
  LemonConfig lemons;
  DiagnosisConfig diagnosis;
  RecoveryConfig recovery;
  RepairConfig repair;
  SparesConfig spares;
  ElasticConfig elastic;
  std::vector<std::int64_t> sizes;  ///< nodes that an elastic run may stand on, the most first
  ReshardOracle reshard;            ///< of state that is not read from a checkpoint; empty: no time
  RunNodes nodes;
  FabricParts fabric;
  MaintenanceConfig maintenance;
  std::vector<Arrival> arrivals;  ///< of nodes.off nodes in all, in the order of time
  std::vector<Decision> decisions;
  std::optional<RunPower> power;  ///< empty: not counted
  Seconds timeline_every;         ///< between samples; 0: none
};

/// A repair of the cause's own, or the one of all.
const RepairConfig& repair_of(const RunInputs& inputs, std::size_t cause);

enum class EventKind {
  Interruption,
  Checkpoint,
  CheckpointLost,
  Restart,
  Waiting,
  Repaired,
  Fault,     ///< that does not stop the run: slow or corrupting, or of the fabric
  Mended,    ///< a fault of the fabric, or one that passed
  Barred,    ///< a node that is not used again
  Resized,   ///< the run stands on `node` nodes
  Arrived,   ///< `node` nodes came on line
  Decision,  ///< stopped, extended or restarted
  Power,     ///< the run may draw more or less than before
  End
};
std::string_view key_of(EventKind kind);

/// One thing that happened. Fields that do not apply are -1.
struct RunEvent {
  Seconds time;  ///< since the start of the run
  EventKind kind = EventKind::End;
  std::int64_t cause = -1;  ///< index into the failure card's causes
  std::int64_t node = -1;
  std::int64_t step = 0;  ///< steps done when it happened
  Seconds duration;       ///< of what ended with it (a write, the time down)
  Seconds lost;           ///< of an interruption: time in steps that it took
};

/// A stretch of the run in one state, maybe empty, told as it ends; they follow each other without
/// gaps. An interruption is told before the stretch that it ends.
struct RunSpan {
  Seconds start, end;
  std::string_view state;  ///< as in RunSample
};

/// The state of the run at one moment, for the timeline.
struct RunSample {
  Seconds time;
  std::string_view state;  ///< "step", or the key of a Spending
  std::int64_t steps = 0;  ///< done so far and not lost so far
  std::int64_t redone_steps = 0;
  std::int64_t nodes_free = 0;
  std::int64_t nodes_down = 0;
  Joules energy;  ///< so far
};

/// Why a run will never do its steps.
enum class Standstill {
  TooFewNodes,  ///< with all that comes back or arrives
  NoProgress    ///< in ten years
};

struct RunTotals {
  Seconds simulated;
  Seconds step;                   ///< undisturbed, on the first placement
  std::int64_t steps = 0;         ///< kept
  std::int64_t redone_steps = 0;  ///< done and lost
  std::int64_t checkpoints = 0;   ///< written
  std::vector<std::int64_t> interruptions_by_cause;
  std::vector<std::int64_t> faults_by_cause;  ///< that did not stop the run when they came
  std::vector<Seconds> lost_by_cause;         ///< work lost and time down, by what last struck
  std::int64_t interruptions_by_lemons = 0;   ///< in excess of those that any node has
  std::int64_t nodes_barred = 0;
  Ledger ledger;
  /// Kept, and done and lost, with the run's first recipe and with that of each decision to restart
  /// (decision i at i + 1).
  std::vector<std::int64_t> steps_by_recipe, redone_by_recipe;
  Joules energy;                    ///< of all sites
  std::vector<SiteTotals> sites;    ///< as in RunPower
  Watts peak_power;                 ///< of all sites at once
  bool interrupted = false;         ///< the observer said stop
  std::optional<Standstill> stuck;  ///< it ended so, without having done its steps
  std::int64_t events = 0;          ///< timers that fired and transfers that ended
};

/// Listens to a run; the engine never writes files.
struct RunObserver {
  std::function<void(const RunEvent&)> on_event;    ///< may be empty
  std::function<void(const RunSample&)> on_sample;  ///< may be empty
  std::function<void(const RunSpan&)> on_span;      ///< may be empty
  /// Asked at every sample, checkpoint, interruption, change of power and planned work; the run
  /// stops when the answer is false.
  std::function<bool(Seconds time, std::int64_t steps)> go_on;
};

}  // namespace longhaul::operations
