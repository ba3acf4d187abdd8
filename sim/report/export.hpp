// The points of a sweep as tables: CSV and JSON Lines, each by itself or the repeats together.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "experiment/statistics.hpp"
#include "experiment/store.hpp"

namespace longhaul::report {

/// The repeats of a combination together.
struct CombinationStatistics {
  std::int64_t combination = 0;
  std::int64_t n_points = 0;
  std::int64_t n_failed = 0;
  std::vector<experiment::Cell> axes;
  std::vector<std::vector<double>> samples;     ///< by metric
  std::vector<experiment::Statistics> metrics;  ///< of these
};

/// Every combination in order, with intervals of this confidence.
void for_each_combination(const experiment::StoreReader& store,
                          const std::vector<std::string>& metrics, double confidence,
                          const std::function<void(const CombinationStatistics&)>& visit);

/// The shortest text that reads back to the same number; empty for nothing.
std::string cell_text(const experiment::Cell& cell);

enum class ExportFormat { Csv, JsonLines };

struct ExportOptions {
  ExportFormat format = ExportFormat::Csv;
  std::vector<std::string> metrics;  ///< in this order; empty: all, sorted by name
  bool summary = false;              ///< repeats together: a row a combination and metric
  bool means = false;                ///< repeats together: a row a combination
  double confidence = 0.95;          ///< of the intervals of both
  bool timing = false;               ///< wall times too, which differ from run to run
  bool resolved = false;             ///< JSON Lines: the resolved scenario too
};

/// Columns and keys: scenarios/README.md. The same points give the same bytes.
void export_points(const experiment::StoreReader& store, const ExportOptions& options,
                   std::ostream& out);

}  // namespace longhaul::report
