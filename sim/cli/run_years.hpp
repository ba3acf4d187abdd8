// `longhaul run` of a scenario of years.
#pragma once

#include <string>
#include <vector>

#include "diagnostics/diagnostic.hpp"
#include "lab/years.hpp"
#include "report/provenance.hpp"
#include "scenario/reader.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::cli {

/// What was simulated, and the runs that were better than all before.
struct WrittenYears {
  lab::YearsTotals totals;
  std::vector<lab::LabRun> best;
};

/// Simulates the labs into two tables of these paths. Throws InputError when they cannot be
/// written, or at the place of what turns out to be of no use as years go by, which is the lab's
/// where nothing else is known; an interrupt leaves them unfinished, and says so in the totals.
WrittenYears write_years(const scenario::Scenario& scenario, const scenario::Places& places,
                         const std::string& runs_path, const std::string& years_path);

/// Simulates the labs and writes runs.csv, years.csv, summary.json and resolved.toml into `folder`;
/// `provenance` lacks only the time it took. Returns the exit status. Throws as write_years().
int run_years(const scenario::Scenario& scenario, const scenario::Places& places,
              const std::string& folder, bool json, report::Provenance provenance);

}  // namespace longhaul::cli
