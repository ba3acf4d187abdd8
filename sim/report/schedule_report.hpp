// A schedule on the screen, as JSON, and job by job.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "experiment/schedule.hpp"
#include "report/provenance.hpp"
#include "report/whole_file.hpp"

namespace longhaul::report {

/// A table with a line a policy, slot time by cause, and what was assumed.
std::string schedule_screen(const scenario::Scenario& scenario,
                            const std::vector<experiment::ScheduleOutcome>& outcomes,
                            const Provenance& provenance);

/// {"title", "seed", "version", "revision", "hosts", ..., "policies": [{"policy", "jobs", ...,
/// "wall_s"}]}; keys in scenarios/README.md.
std::string schedule_json(const scenario::Scenario& scenario,
                          const std::vector<experiment::ScheduleOutcome>& outcomes,
                          const Provenance& provenance);

inline constexpr FileKind job_tables{"table of jobs of longhaul", "job_id,policy,", "--jobs-out"};

/// One line a job and policy; columns in scenarios/README.md, named as in Batsim's jobs.csv where
/// they mean the same.
class JobTable {
 public:
  /// Throws InputError as WholeFile does.
  explicit JobTable(const std::string& path);
  void write(const scenario::Scenario& scenario, const std::string& policy,
             const scheduling::Cluster& cluster);
  void finish() { file_.finish(); }

 private:
  WholeFile file_;
};

}  // namespace longhaul::report
