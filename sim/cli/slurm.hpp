// A sweep on a Slurm cluster: shards as a job array, and a job that joins their stores.
#pragma once

#include <string>
#include <vector>

#include "cli/shards.hpp"
#include "experiment/store.hpp"
#include "experiment/sweep_plan.hpp"

namespace longhaul::cli {

struct SlurmOptions {
  std::int64_t n_shards = 0;
  std::vector<std::string> sbatch;  ///< further options of sbatch, for both jobs
  int jobs = 0;                     ///< workers of a shard; 0: one for each CPU of its task
  bool retry_failed = false;
  bool dry_run = false;  ///< write the scripts and print what would be submitted
};

/// Writes STORE.slurm/ and submits the shards that are not complete; returns the exit status.
/// `record` is that of the whole sweep. Throws InputError before anything is written.
int submit_to_slurm(const SweepCommand& command, const experiment::SweepPlan& plan,
                    const experiment::SweepRecord& record, const SlurmOptions& options);

}  // namespace longhaul::cli
