// Runs the points of a sweep that its store does not hold yet, in worker processes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiment/store.hpp"
#include "experiment/sweep_plan.hpp"

namespace longhaul::experiment {

/// Part `index` (from 1) of `count`.
struct Shard {
  std::int64_t index = 1;
  std::int64_t count = 1;
  /// Whether a point belongs to it: points go round, first repeats first, so that more repeats
  /// leave a point its shard; where repeats depend on each other (sweep.precision), combinations go
  /// round.
  bool holds(const SweepPlan& plan, std::int64_t combination, std::int64_t repeat) const;
  /// "2/8", or "2/8 of combinations"; empty where it is all there is.
  std::string name(const SweepPlan& plan) const;
};

struct SweepOptions {
  std::string scenario;                  ///< path
  std::vector<std::string> assignments;  ///< on top of the file
  int n_workers = 1;
  Shard shard;
  /// Files that points read. A change of one while the sweep runs stops it before a point of the
  /// changed one is stored.
  std::vector<std::string> files;
};

struct SweepProgress {
  std::int64_t before = 0;   ///< points that were in the store
  std::int64_t done = 0;     ///< points added now, failed ones among them
  std::int64_t failed = 0;   ///< of these
  std::int64_t missing = 0;  ///< given up, because each worker that took them was killed
  std::int64_t left = 0;     ///< known to be left; more with sweep.precision
  bool interrupted = false;
};

struct SweepObserver {
  std::function<void(const SweepProgress&)> on_progress;  ///< ten times a second or so
  std::function<bool()> go_on;                            ///< the sweep stops when it says false
};

/// Every point is committed as it arrives: what can be lost is in flight. A point whose worker
/// crashed is recorded as failed; one whose worker was killed is tried again, up to three times.
/// Throws StoreError when the store cannot be written or a file changed, with everything before in
/// it, InputError for a sweep.precision.metric that there is none of, and std::system_error when
/// not one worker can be had.
SweepProgress run_sweep(const SweepPlan& plan, StoreWriter& store, const SweepOptions& options,
                        const SweepObserver& observer);

}  // namespace longhaul::experiment
