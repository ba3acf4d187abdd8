// Which chip each node of a run's platform has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hardware/chip.hpp"
#include "operations/node_pool.hpp"
#include "operations/run.hpp"
#include "scenario/scenario.hpp"
#include "training/efficiency.hpp"

namespace longhaul::experiment {

/// A chip with the constants of its step model.
struct CalibratedChip {
  hardware::Chip chip;
  training::Efficiency efficiency;
};

/// Chips by number: 0 is the platform's, others come with the nodes that arrive, the last of the
/// platform's, in the order of time.
class NodeChips {
 public:
  /// Of a scenario with a platform.
  NodeChips(const scenario::Scenario& scenario, const operations::RunNodes& nodes);

  std::size_t n_chips() const { return chips_.size(); }
  const CalibratedChip& chip(std::size_t number) const { return chips_[number]; }
  std::size_t chip_of(std::int64_t node) const;
  /// Those of a placement, each once, the platform's first.
  std::vector<std::size_t> chips_of(const std::vector<std::int64_t>& placement) const;

  /// Nodes with others than the platform's, for what they draw.
  std::vector<operations::OtherChips> others() const;

 private:
  struct Range {
    std::int64_t first_node;
    std::int64_t nodes;
    std::size_t chip;
  };
  std::vector<CalibratedChip> chips_;
  std::vector<Range> ranges_;  // of arrivals, in the order of nodes
};

/// The scenario as if its platform had this chip in all nodes, on the fabric as it is.
scenario::Scenario on_chip(const scenario::Scenario& scenario, const CalibratedChip& chip);

}  // namespace longhaul::experiment
