#include "operations/run.hpp"

#include <array>

namespace longhaul::operations {

const RepairConfig& repair_of(const RunInputs& inputs, std::size_t cause) {
  const auto& own = inputs.failures.causes[cause].repair;
  return own ? *own : inputs.repair;
}

std::string_view key_of(EventKind kind) {
  static constexpr std::array<std::string_view, 14> keys{
      "interruption", "checkpoint", "checkpoint_lost", "restart", "waiting",  "repaired", "fault",
      "mended",       "barred",     "resized",         "arrived", "decision", "power",    "end"};
  return keys[static_cast<std::size_t>(kind)];
}

}  // namespace longhaul::operations
