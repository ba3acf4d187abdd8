#include "operations/ledger.hpp"

namespace longhaul::operations {

std::string_view key_of(Spending spending) {
  static constexpr std::array<std::string_view, n_spendings> keys{
      "useful",      "redone",  "detection",  "restart",  "checkpoint",
      "maintenance", "waiting", "stragglers", "recorded", "unfinished"};
  return keys[static_cast<std::size_t>(spending)];
}

Seconds Ledger::total() const {
  Seconds sum;
  for (const auto& time : spent_) sum += time;
  return sum;
}

}  // namespace longhaul::operations
