// runs.csv and years.csv, written as the years go, and the screen after them.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "lab/years.hpp"
#include "report/provenance.hpp"
#include "scenario/scenario.hpp"

namespace longhaul::report {

/// One line a run of a lab; columns in scenarios/README.md.
class LabRunTable {
 public:
  /// Throws InputError when the file cannot be written.
  LabRunTable(const std::string& path, const scenario::Scenario& scenario);
  void write(const lab::LabRun& run);
  void close();

 private:
  std::string path_;
  std::ofstream file_;
  const scenario::Scenario& scenario_;
  training::ScalingLaw law_;
};

/// One line a sample of a lab.
class YearsTable {
 public:
  YearsTable(const std::string& path, const scenario::Scenario& scenario);
  void write(const lab::YearsSample& sample);
  void close();

 private:
  std::string path_;
  std::ofstream file_;
  const scenario::Scenario& scenario_;
  training::ScalingLaw law_;
};

/// What came of the labs, the runs that were better than all before among them.
std::string years_screen(const scenario::Scenario& scenario, const lab::YearsTotals& totals,
                         const std::vector<lab::LabRun>& runs, const Provenance& provenance,
                         const std::string& folder);

}  // namespace longhaul::report
