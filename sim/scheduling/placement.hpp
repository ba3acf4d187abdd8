// Which of the free slots a job gets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scheduling/slot_set.hpp"

namespace longhaul::scheduling {

/// The machines: nodes of so many slots each, numbered leaf switch by leaf switch and pod by pod.
/// Node n has the slots n x slots_per_node and on.
struct Layout {
  std::int64_t nodes = 1;
  std::int64_t slots_per_node = 1;
  std::int64_t nodes_per_leaf = 1;
  std::int64_t nodes_per_pod = 1;
  /// Of each node, an index into Trace::kinds; empty: all alike.
  std::vector<std::int32_t> kinds;
  /// Between two nodes, in any unit; empty: 1 under one leaf switch, 2 in one pod, 3 elsewhere.
  std::function<double(std::int64_t a, std::int64_t b)> distance;

  std::int64_t n_slots() const { return nodes * slots_per_node; }
  SlotRange slots_of(std::int64_t node) const {
    const auto first = static_cast<std::int32_t>(node * slots_per_node);
    return {first, first + static_cast<std::int32_t>(slots_per_node) - 1};
  }
};

/// What a job wants now.
struct Request {
  std::int64_t slots = 1;     ///< in all
  std::int64_t per_node = 0;  ///< on each of its nodes; 0: however they fall
  bool operator==(const Request&) const = default;
};

/// A way to choose slots. Holds no state.
class Placement {
 public:
  virtual ~Placement() = default;
  /// Slots for the request among those that are free; none where it does not fit. Whether it fits
  /// is the same in every placement.
  virtual Slots place(const Request& request, const SlotSet& free, const Layout& layout) const = 0;
};

/// Names: lowest, packed, spread, pod, rail, nearest. Throws std::invalid_argument with the names
/// on others.
std::unique_ptr<Placement> make_placement(std::string_view name);
std::vector<std::string_view> placement_names();

/// Whether the request fits into these slots.
bool fits(const Request& request, const SlotSet& free, const Layout& layout);

/// The machines that `hosts` says, `kinds` as Trace::kinds. Throws std::invalid_argument, saying
/// what would be right; there may be at most 10 million machines and 100 million slots.
Layout layout_of_hosts(const std::string& hosts, std::int64_t slots_per_host,
                       const std::vector<std::string>& kinds);

}  // namespace longhaul::scheduling
