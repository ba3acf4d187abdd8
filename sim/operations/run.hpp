// A run of months as the engine sees it: what goes in, what is told on the way, what comes out.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "operations/failure.hpp"
#include "operations/ledger.hpp"
#include "operations/node_pool.hpp"
#include "operations/recovery.hpp"
#include "units/quantity.hpp"

namespace longhaul::operations {

/// Facility power by what the run does.
struct RunPower {
  Watts compute, checkpoint, idle;
};

/// The undisturbed step time on a placement (node by position), asked for once at the start and
/// whenever the placement changed.
using StepOracle = std::function<Seconds(const std::vector<std::int64_t>& placement)>;

/// Starts the traffic of a checkpoint and calls back when it has arrived. Returns what takes it off
/// the fabric when the write is cut short.
using CheckpointTraffic = std::function<std::function<void()>(std::function<void()> on_arrival)>;

struct RunInputs {
  std::uint64_t seed = 1;
  Seconds duration = seconds(std::numeric_limits<double>::infinity());  ///< ends the run, or
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();        ///< so many kept steps do
  StepOracle step;
  std::int64_t checkpoint_steps = 1;  ///< between checkpoints
  Seconds checkpoint_write;           ///< blocking
  CheckpointTraffic
      checkpoint_traffic;   ///< empty: a write is `checkpoint_write` of nothing but time
  Seconds checkpoint_read;  ///< part of every restart after a loss
  FailureCard failures;
  std::int64_t gpus = 1;             ///< of the run, scales the failure rates
  bool random_failures = true;       ///< else only `replay`
  std::vector<RecordedStop> replay;  ///< in the order of time
  RecoveryConfig recovery;
  RunNodes nodes;
  RunPower power;
  Seconds timeline_every;  ///< between samples; 0: none
};

enum class EventKind { Interruption, Checkpoint, CheckpointLost, Restart, Waiting, Repaired, End };
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
  std::string_view state;  ///< step, checkpoint, detection, restart, maintenance, waiting, recorded
  std::int64_t steps = 0;  ///< done so far and not lost so far
  std::int64_t redone_steps = 0;
  std::int64_t nodes_free = 0;
  std::int64_t nodes_down = 0;
  Joules energy;  ///< so far
};

struct RunTotals {
  Seconds simulated;
  Seconds step;                   ///< undisturbed, on the first placement
  std::int64_t steps = 0;         ///< kept
  std::int64_t redone_steps = 0;  ///< done and lost
  std::int64_t checkpoints = 0;   ///< written
  std::vector<std::int64_t> interruptions_by_cause;
  Ledger ledger;
  Joules energy;
  Watts peak_power;
  bool interrupted = false;  ///< the observer said stop
  std::int64_t events = 0;   ///< timers that fired and transfers that ended
};

/// Listens to a run; the engine never writes files.
struct RunObserver {
  std::function<void(const RunEvent&)> on_event;    ///< may be empty
  std::function<void(const RunSample&)> on_sample;  ///< may be empty
  std::function<void(const RunSpan&)> on_span;      ///< may be empty
  /// Asked at every sample, checkpoint and interruption; the run stops when the answer is false.
  std::function<bool(Seconds time, std::int64_t steps)> go_on;
};

}  // namespace longhaul::operations
