// Measured against modelled steps: the score of the model on published runs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hardware/chip.hpp"
#include "training/calibration.hpp"
#include "training/measured_rows.hpp"
#include "training/plan_search.hpp"

namespace longhaul::training {

/// One row, scored.
struct ScoredStep {
  MeasuredStep row;
  PlannedStep modelled;
  std::string set;     ///< calibration set that was used
  double error = 0.0;  ///< modelled / measured - 1
};

/// Aggregates of the errors of some rows; ratios, not per cent.
struct Score {
  std::size_t rows = 0;
  double mape = 0.0;                ///< mean absolute error
  double median_ape = 0.0;          ///< median absolute error
  double p90_ape = 0.0;             ///< 90th percentile of the absolute error, nearest rank
  double bias = 0.0;                ///< mean signed error
  double slope_per_doubling = 0.0;  ///< least-squares slope of the signed error on log2(GPUs)
};

struct Validation {
  std::vector<ScoredStep> steps;
  std::vector<SkippedRow> skipped;
};

/// Models every row on the platform it names: scale-up domains under a full-bisection tree. Rows
/// whose chip has no card, or whose chip and recipe have no calibration, are added to the skipped.
Validation validate(const MeasuredRows& rows, std::span<const hardware::Chip> chips,
                    std::span<const CalibrationSet> sets);

/// Score of the rows whose source begins with `source_prefix`; all of them when it is empty.
Score score(std::span<const ScoredStep> steps, std::string_view source_prefix = {});

}  // namespace longhaul::training
