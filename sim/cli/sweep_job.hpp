// What every command that runs a sweep does: read it, open its store, run what is missing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/store.hpp"
#include "experiment/sweep_plan.hpp"
#include "experiment/sweep_run.hpp"
#include "report/provenance.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/sweep_file.hpp"

namespace longhaul::cli {

struct SweepRequest {
  std::string scenario;                  ///< path
  std::vector<std::string> assignments;  ///< on top of the file
  std::vector<std::string> axes;         ///< likewise
  std::int64_t repeats = 0;              ///< 0: the file's
  int jobs = 0;                          ///< 0: one a core
  experiment::Shard shard;
  bool retry_failed = false;
};

/// A sweep that was read and laid out.
class SweepJob {
 public:
  /// Reads some of its points too. Throws InputError.
  explicit SweepJob(SweepRequest request);

  const scenario::LoadedSweep& loaded() const { return loaded_; }
  const experiment::SweepPlan& plan() const { return plan_; }
  report::Provenance provenance() const;
  experiment::SweepRecord record() const;

  /// Runs the points that the store does not hold, with a progress line, until they are done or
  /// Ctrl-C is pressed. Throws as StoreWriter and run_sweep do.
  experiment::SweepProgress run(const std::string& store_path) const;

 private:
  SweepRequest request_;
  scenario::LoadedSweep loaded_;
  experiment::SweepPlan plan_;
  scenario::LoadedScenario some_;   // one point of it
  std::vector<std::string> files_;  // that any point may read
};

/// Takes a store away that another program or other inputs made. Throws InputError for a file that
/// is no store.
void remove_outdated(const std::string& store, const experiment::SweepRecord& now);

}  // namespace longhaul::cli
