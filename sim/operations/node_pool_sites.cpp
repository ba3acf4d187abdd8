// How many nodes of a run may stand at each site of its platform.
#include "operations/node_pool.hpp"

#include <algorithm>
#include <utility>

namespace longhaul::operations {

std::size_t NodePool::site_of(std::int64_t node) const {
  const auto site = nodes_per_site_ > 0 ? node / nodes_per_site_ : 0;
  return std::min(static_cast<std::size_t>(site), most_at_site_.size() - 1);
}

/// How many nodes more each site may have in the run; less than 0: it has too many.
std::vector<std::int64_t> NodePool::room_at_sites() const {
  auto room = most_at_site_;
  if (room.empty()) return room;
  for (const auto node : nodes_)
    if (node >= 0) --room[site_of(node)];
  return room;
}

bool NodePool::exceeds_limits() const {
  return std::ranges::any_of(room_at_sites(), [](std::int64_t room) { return room < 0; });
}

std::int64_t NodePool::n_usable() const {
  auto room = room_at_sites();
  if (room.empty()) return n(NodeState::Run) + n_free();
  auto usable = n(NodeState::Run);
  for (const auto left : room) usable += std::min<std::int64_t>(0, left);
  for (const auto* pods : {&idle_, &warm_})
    for (const auto& pod : *pods)
      for (const auto node : pod)
        if (room[site_of(node)]-- > 0) ++usable;
  return usable;
}

/// The nodes of the last positions at sites that have too many become vacant places.
void NodePool::leave_full_sites(std::vector<std::int64_t>& left) {
  auto room = room_at_sites();
  if (room.empty()) return;
  for (auto position = n_positions(); position-- > 0;) {
    auto& node = nodes_[static_cast<std::size_t>(position)];
    if (node < 0 || room[site_of(node)] >= 0) continue;
    ++room[site_of(node)];
    left.push_back(std::exchange(node, -1));
    vacant_.push_back(position);
  }
}

}  // namespace longhaul::operations
