#include "training/calibration.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace longhaul::training {
namespace {

constexpr std::array<std::pair<std::string_view, Precision>, 7> precision_names{{
    {"bf16", Precision::Bf16},
    {"fp16", Precision::Fp16},
    {"fp8", Precision::Fp8},
    {"fp8-cs", Precision::Fp8CurrentScaling},
    {"mxfp8", Precision::Mxfp8},
    {"nvfp4", Precision::Nvfp4},
    {"fp4", Precision::Nvfp4},
}};

/// Bits of the matrix products' inputs.
int width_bits(Precision precision) {
  switch (precision) {
    case Precision::Bf16:
    case Precision::Fp16:
      return 16;
    case Precision::Fp8:
    case Precision::Fp8CurrentScaling:
    case Precision::Mxfp8:
      return 8;
    case Precision::Nvfp4:
      return 4;
  }
  return 16;
}

/// Chips of one architecture: the same multiprocessors behind another memory or link.
std::string_view architecture(std::string_view chip) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> known{{
      {"A100", "Ampere"},
      {"A800", "Ampere"},
      {"H100", "Hopper"},
      {"H200", "Hopper"},
      {"H800", "Hopper"},
      {"H20", "Hopper"},
      {"GB", "Blackwell"},
      {"B200", "Blackwell"},
      {"B300", "Blackwell"},
  }};
  for (const auto& [prefix, name] : known) {
    if (chip.substr(0, prefix.size()) == prefix) return name;
  }
  return chip;
}

}  // namespace

std::optional<Precision> find_precision(std::string_view name) {
  for (const auto& [known, precision] : precision_names) {
    if (known == name) return precision;
  }
  return std::nullopt;
}

std::string_view precision_name(Precision precision) {
  for (const auto& [known, value] : precision_names) {
    if (value == precision) return known;
  }
  return {};
}

std::string_view stack_family(std::string_view stack) {
  const auto dash = stack.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == stack.size()) return stack;
  return std::isdigit(static_cast<unsigned char>(stack[dash + 1])) != 0 ? stack.substr(0, dash)
                                                                        : stack;
}

const CalibrationSet* find_set(std::span<const CalibrationSet> sets, std::string_view chip,
                               Precision precision, std::string_view stack) {
  const CalibrationSet* best = nullptr;
  int best_score = 0;
  for (const CalibrationSet& set : sets) {
    const bool same_recipe =
        std::find(set.precisions.begin(), set.precisions.end(), precision) != set.precisions.end();
    const bool same_width =
        same_recipe || std::any_of(set.precisions.begin(), set.precisions.end(), [&](Precision p) {
          return width_bits(p) == width_bits(precision);
        });
    if (!same_width || architecture(set.chip) != architecture(chip)) continue;
    int score = 1;
    if (set.chip == chip) score += 16;
    if (same_recipe) score += 8;
    if (set.stack == stack) score += 4;
    if (stack_family(set.stack) == stack_family(stack)) score += 2;
    if (score > best_score) {
      best = &set;
      best_score = score;
    }
  }
  return best;
}

}  // namespace longhaul::training
