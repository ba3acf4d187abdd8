// One step by what its seconds go to, and a GPU's memory by what it holds: the one list that every
// output takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/memory.hpp"
#include "training/step_time.hpp"

namespace longhaul::experiment {

struct StepTerm {
  std::string_view name;          ///< "tensor"
  Seconds exposed;                ///< these sum to the step
  std::optional<Seconds> hidden;  ///< of traffic: what runs under compute beside it
};
std::vector<StepTerm> step_terms(const training::StepTime& step);

/// The terms by key: "gemm_s", ..., then "tensor_hidden_s", ... [s].
std::vector<std::pair<std::string, double>> step_values(const training::StepTime& step);

struct MemoryPart {
  std::string_view name;  ///< "parameters"
  Bytes size;
};
std::vector<MemoryPart> memory_parts(const training::MemoryUse& use);

/// The parts by key: "parameters_bytes", ... [B].
std::vector<std::pair<std::string, double>> memory_values(const training::MemoryUse& use);

}  // namespace longhaul::experiment
