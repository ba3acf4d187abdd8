#include "experiment/node_chips.hpp"

#include <algorithm>

namespace longhaul::experiment {

NodeChips::NodeChips(const scenario::Scenario& s, const operations::RunNodes& nodes) {
  const auto& own = s.platform->chip;
  chips_.push_back({own, s.run.efficiency.value_or(training::Efficiency{})});
  auto arrivals = s.arrivals;
  std::ranges::stable_sort(arrivals, {},
                           [&s](const auto& arrival) { return since(s.start, arrival.at); });
  std::int64_t next = nodes.platform - nodes.off;
  for (const auto& arrival : arrivals) {
    const auto first = next;
    next += arrival.nodes;
    if (!arrival.chip) continue;
    CalibratedChip theirs{*arrival.chip, arrival.efficiency.value_or(chips_.front().efficiency)};
    // They stand on the fabric as it is.
    theirs.chip.nic_bandwidth = own.nic_bandwidth;
    theirs.chip.scale_up_bandwidth = own.scale_up_bandwidth;
    const auto known = std::ranges::find(chips_, theirs.chip, &CalibratedChip::chip);
    const auto number = static_cast<std::size_t>(known - chips_.begin());
    if (known == chips_.end()) chips_.push_back(std::move(theirs));
    if (number > 0) ranges_.push_back({first, arrival.nodes, number});
  }
}

std::size_t NodeChips::chip_of(std::int64_t node) const {
  const auto after = std::ranges::upper_bound(ranges_, node, {}, &Range::first_node);
  if (after == ranges_.begin()) return 0;
  const auto& range = *(after - 1);
  return node < range.first_node + range.nodes ? range.chip : 0;
}

std::vector<std::size_t> NodeChips::chips_of(const std::vector<std::int64_t>& placement) const {
  if (chips_.size() == 1) return {0};
  std::vector<char> found(chips_.size(), 0);
  for (const auto node : placement) found[chip_of(node)] = 1;
  std::vector<std::size_t> chips;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] != 0) chips.push_back(i);
  return chips;
}

std::vector<operations::OtherChips> NodeChips::others() const {
  std::vector<operations::OtherChips> others;
  for (const auto& range : ranges_)
    others.push_back({range.first_node, range.nodes, chips_[range.chip].chip.tdp});
  return others;
}

scenario::Scenario on_chip(const scenario::Scenario& scenario, const CalibratedChip& chip) {
  auto same = scenario;
  same.recorded_stops.clear();
  same.platform->chip = chip.chip;
  same.run.efficiency = chip.efficiency;
  return same;
}

}  // namespace longhaul::experiment
