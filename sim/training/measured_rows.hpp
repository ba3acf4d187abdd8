// Measured training steps, one a row of a CSV file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/plan_search.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// A row that names everything a step's time depends on.
struct MeasuredStep {
  std::string source;
  std::string model_name;
  std::string chip;   ///< as in its card
  std::string stack;  ///< software and version
  ModelShape model;
  Plan plan;
  OpenFields open;  ///< fields of the plan that the source does not give
  Batch batch;
  std::int64_t domain = 8;  ///< GPUs of a scale-up domain
  BytesPerSecond scale_up;
  BytesPerSecond scale_out;
  Seconds measured;
};

/// A row that cannot be scored, and why.
struct SkippedRow {
  std::string source;
  std::string model_name;
  std::string reason;
};

struct MeasuredRows {
  std::vector<MeasuredStep> steps;
  std::vector<SkippedRow> skipped;
};

/// Reads a file with the columns of tests/published/measured_steps.csv (see its README): `?` is
/// unknown, empty does not apply. Rows without `iter_s`, or with a field missing that the model
/// needs, are skipped with the reason. A row whose notes say FSDP over more than one GPU is taken
/// as ZeRO-3 whatever `zero_stage` says.
///
/// The columns do not give the width of heads, latent attention, or which first layers are dense.
/// A row of the same layers, width, heads and experts as one of `known` takes those from it; any
/// other row with experts takes the head width, of hidden/heads, 64, 128 and 256, whose parameters
/// come nearest to `params_b`.
/// Throws std::runtime_error when the file cannot be read or lacks a column.
MeasuredRows read_measured_rows(const std::string& path, std::span<const ModelShape> known);

}  // namespace longhaul::training
