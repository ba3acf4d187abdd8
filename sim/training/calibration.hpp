// Sets of calibrated constants and which one a run uses.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "training/efficiency.hpp"
#include "training/plan.hpp"

namespace longhaul::training {

/// Constants fitted to one chip, precision recipe and software stack.
struct CalibrationSet {
  std::string name;
  std::string chip;                   ///< as in its card
  std::vector<Precision> precisions;  ///< recipes the set holds for
  std::string stack;                  ///< software and version, "megatron-core-0.8"
  Efficiency efficiency;
};

/// Names as scenario files and measured rows write them: "bf16", "fp8-cs", ...; empty when unknown.
std::optional<Precision> find_precision(std::string_view name);
std::string_view precision_name(Precision precision);

/// A stack's family: its name without the version, "megatron-lm" of "megatron-lm-2021".
std::string_view stack_family(std::string_view stack);

/// The set that a run uses: of those for its chip and recipe the one of its stack, else the first
/// of the stack's family, else the first. Sets for a chip of the same architecture, or for another
/// recipe of the same width, stand in where there is none. Null when nothing is near.
const CalibrationSet* find_set(std::span<const CalibrationSet> sets, std::string_view chip,
                               Precision precision, std::string_view stack);

}  // namespace longhaul::training
