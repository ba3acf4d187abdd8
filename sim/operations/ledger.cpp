#include "operations/ledger.hpp"

#include <numeric>

namespace longhaul::operations {

std::string_view key_of(Spending spending) {
  static constexpr std::array<std::string_view, n_spendings> keys{
      "useful",      "redone",    "detection",  "replacement", "waiting", "restart",  "checkpoint",
      "maintenance", "curtailed", "stragglers", "resized",     "capped",  "recorded", "unfinished"};
  return keys[static_cast<std::size_t>(spending)];
}

std::string_view key_of(NodeState state) {
  static constexpr std::array<std::string_view, n_node_states> keys{
      "run", "warm", "idle", "cold", "repair", "drained", "barred", "off"};
  return keys[static_cast<std::size_t>(state)];
}

Seconds Ledger::total() const { return std::accumulate(spent_.begin(), spent_.end(), Seconds()); }

Seconds Ledger::node_total() const {
  return std::accumulate(held_.begin(), held_.end(),
                         std::accumulate(node_time_.begin(), node_time_.end(), Seconds()));
}

}  // namespace longhaul::operations
