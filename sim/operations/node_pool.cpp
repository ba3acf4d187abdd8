#include "operations/node_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace longhaul::operations {

namespace {

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The first nodes of a run by position: whole blocks over the fewest pods, or one after the other.
std::vector<std::int64_t> first_placement(const RunNodes& nodes, std::int64_t n_there) {
  const std::int64_t blocks_per_pod = nodes.per_pod / nodes.block;
  const std::int64_t n_blocks = ceil_divide(nodes.used, nodes.block);
  const bool blocks_fit = blocks_per_pod > 0 && nodes.used % nodes.block == 0 &&
                          n_blocks <= blocks_per_pod * (n_there / nodes.per_pod);
  std::vector<std::int64_t> placement(static_cast<std::size_t>(nodes.used));
  std::iota(placement.begin(), placement.end(), 0);
  if (!blocks_fit) return placement;
  placement.clear();
  const std::int64_t pods_used = ceil_divide(n_blocks, blocks_per_pod);
  for (std::int64_t pod = 0; pod < pods_used; ++pod) {
    const std::int64_t n_here = n_blocks * (pod + 1) / pods_used - n_blocks * pod / pods_used;
    for (std::int64_t i = 0; i < n_here * nodes.block; ++i)
      placement.push_back(pod * nodes.per_pod + i);
  }
  return placement;
}

}  // namespace

NodePool::NodePool(const RunNodes& nodes, const SparesConfig& spares, OnMove on_move)
    : spares_(spares),
      nodes_per_pod_(nodes.per_pod),
      nodes_per_leaf_(nodes.per_leaf),
      nodes_per_site_(nodes.per_site),
      nodes_per_fabric_site_(nodes.per_fabric_site) {
  const std::int64_t n_there = nodes.platform - nodes.off;
  const std::int64_t n_working = n_there - spares.cold;
  if (nodes.used > n_working)
    throw std::invalid_argument(fmt::format("the run needs {} nodes, the platform has {}{}",
                                            nodes.used, n_working,
                                            n_working < nodes.platform ? " at its start" : ""));
  const auto n_nodes = static_cast<std::size_t>(nodes.platform);
  state_.assign(n_nodes, NodeState::Idle);
  position_.assign(n_nodes, -1);
  failures_.assign(n_nodes, 0);
  was_cold_.assign(n_nodes, 0);
  n_[static_cast<std::size_t>(NodeState::Idle)] = nodes.platform;
  const auto n_pods = static_cast<std::size_t>(ceil_divide(nodes.platform, nodes.per_pod));
  idle_.resize(n_pods);
  warm_.resize(n_pods);
  for (std::int64_t node = nodes.platform - 1; node >= 0; --node) {
    if (node < n_working) {
      pod_in(idle_, node).push_back(node);
      continue;
    }
    (node < n_there ? cold_ : off_).push_back(node);
    move(node, node < n_there ? NodeState::Cold : NodeState::Off);
  }
  home_ = first_placement(nodes, n_working);
  nodes_.assign(home_.size(), -1);
  std::vector<char> used(n_nodes, 0);
  for (std::size_t position = 0; position < home_.size(); ++position) {
    used[static_cast<std::size_t>(home_[position])] = 1;
    put(home_[position], static_cast<std::int64_t>(position));
  }
  for (auto& pod : idle_)
    std::erase_if(pod,
                  [&](std::int64_t node) { return used[static_cast<std::size_t>(node)] != 0; });
  stand_by();
  on_move_ = std::move(on_move);
}

void NodePool::move(std::int64_t node, NodeState to) {
  auto& state = state_[static_cast<std::size_t>(node)];
  if (on_move_) on_move_(node, state, to);
  --n_[static_cast<std::size_t>(state)];
  ++n_[static_cast<std::size_t>(to)];
  state = to;
}

void NodePool::put(std::int64_t node, std::int64_t position) {
  move(node, NodeState::Run);
  nodes_[static_cast<std::size_t>(position)] = node;
  position_[static_cast<std::size_t>(node)] = position;
}

void NodePool::remove(std::vector<std::int64_t>& list, std::int64_t node) {
  list.erase(std::find(list.begin(), list.end(), node));
}

std::optional<std::int64_t> NodePool::find_node(std::int64_t position) const {
  const auto node = nodes_.at(static_cast<std::size_t>(position));
  if (node < 0) return std::nullopt;
  return node;
}

void NodePool::take_out(std::int64_t node, NodeState to) {
  was_cold_[static_cast<std::size_t>(node)] = state(node) == NodeState::Cold;
  switch (state(node)) {
    case NodeState::Run: {
      auto& position = position_[static_cast<std::size_t>(node)];
      nodes_[static_cast<std::size_t>(position)] = -1;
      vacant_.push_back(std::exchange(position, -1));
      break;
    }
    case NodeState::Idle:
      remove(pod_in(idle_, node), node);
      break;
    case NodeState::Warm:
      remove(pod_in(warm_, node), node);
      break;
    case NodeState::Cold:
      remove(cold_, node);
      break;
    default:
      throw std::logic_error("a node that is out was taken out");
  }
  move(node, to);
}

void NodePool::give_back(std::int64_t node) {
  if (state(node) != NodeState::Repair && state(node) != NodeState::Drained)
    throw std::logic_error("a node that was not out came back");
  if (was_cold_[static_cast<std::size_t>(node)] != 0) {
    cold_.push_back(node);
    return move(node, NodeState::Cold);
  }
  const bool stands_by = lacks_warm();
  pod_in(stands_by ? warm_ : idle_, node).push_back(node);
  move(node, stands_by ? NodeState::Warm : NodeState::Idle);
}

std::int64_t NodePool::arrive() {
  if (off_.empty()) throw std::logic_error("more nodes arrive than there are");
  const auto node = off_.back();
  off_.pop_back();
  pod_in(idle_, node).push_back(node);
  move(node, NodeState::Idle);
  return node;
}

bool NodePool::fetch() {
  if (cold_.empty()) return false;
  const auto node = cold_.back();
  cold_.pop_back();
  pod_in(idle_, node).push_back(node);
  move(node, NodeState::Idle);
  return true;
}

/// While it lives, free nodes for which their sites have no room are not in `pods`.
class NodePool::HeldBack {
 public:
  HeldBack(NodePool& pool, Pods& pods) : pool_(pool), pods_(pods) {
    auto room = pool.room_at_sites();
    if (room.empty()) return;
    // The next to be used are the last.
    for (auto& pod : pods)
      for (auto i = pod.size(); i-- > 0;)
        if (room[pool.site_of(pod[i])]-- <= 0) nodes_.push_back(pool.take_at(pod, i));
    pool.n_held_back_ = n();
  }
  ~HeldBack() {
    for (; !nodes_.empty(); nodes_.pop_back())
      pool_.pod_in(pods_, nodes_.back()).push_back(nodes_.back());
    pool_.n_held_back_ = 0;
  }
  HeldBack(const HeldBack&) = delete;
  HeldBack& operator=(const HeldBack&) = delete;
  std::int64_t n() const { return static_cast<std::int64_t>(nodes_.size()); }

 private:
  NodePool& pool_;
  Pods& pods_;
  std::vector<std::int64_t> nodes_;
};

std::int64_t NodePool::fill_warm() {
  const HeldBack held(*this, warm_);
  std::int64_t n_filled = 0;
  for (; !vacant_.empty() && n(NodeState::Warm) > held.n(); ++n_filled) {
    const auto position = vacant_.back();
    vacant_.pop_back();
    put(take_near(warm_, position), position);
  }
  return n_filled;
}

bool NodePool::fill(random::Stream& stream) {
  {
    const HeldBack held(*this, idle_);
    while (!vacant_.empty() && n(NodeState::Idle) > held.n()) {
      const auto position = vacant_.back();
      vacant_.pop_back();
      put(take_by(idle_, position, stream), position);
    }
  }
  if (!vacant_.empty()) return false;
  stand_by();
  return true;
}

/// From the pods that have the most idle nodes, so that each keeps spares.
void NodePool::stand_by() {
  while (lacks_warm() && n(NodeState::Idle) > 0) {
    auto& pod = *std::max_element(idle_.begin(), idle_.end(),
                                  [](const auto& a, const auto& b) { return a.size() < b.size(); });
    const auto node = take_at(pod, pod.size() - 1);
    pod_in(warm_, node).push_back(node);
    move(node, NodeState::Warm);
  }
}

std::int64_t NodePool::take_at(std::vector<std::int64_t>& pod, std::size_t index) const {
  const auto node = pod[index];
  pod.erase(pod.begin() + static_cast<std::ptrdiff_t>(index));
  return node;
}

std::vector<std::int64_t>& NodePool::fullest_pod(Pods& pods, std::int64_t home) const {
  const auto is_near = [&](const std::vector<std::int64_t>& pod) {
    const auto per_site = nodes_per_fabric_site_;
    return !pod.empty() && (per_site == 0 || pod.front() / per_site == home / per_site);
  };
  return *std::ranges::max_element(
      pods, {}, [&](const auto& pod) { return std::pair(is_near(pod), pod.size()); });
}

std::int64_t NodePool::take_near(Pods& pods, std::int64_t position) {
  const auto home = home_[static_cast<std::size_t>(position)];
  auto* pod = &pod_in(pods, home);
  if (pod->empty()) pod = &fullest_pod(pods, home);
  auto found = std::find_if(pod->rbegin(), pod->rend(), [&](std::int64_t node) {
    return node % nodes_per_leaf_ == home % nodes_per_leaf_;
  });
  if (found == pod->rend()) found = pod->rbegin();
  return take_at(*pod, static_cast<std::size_t>(pod->rend() - found) - 1);
}

std::int64_t NodePool::take_by(Pods& pods, std::int64_t position, random::Stream& stream) {
  if (spares_.select == Selection::Nearest) return take_near(pods, position);
  if (spares_.select == Selection::Random) {
    auto index = static_cast<std::size_t>(stream.below(n(NodeState::Idle) - n_held_back_));
    for (auto& pod : pods) {
      if (index < pod.size()) return take_at(pod, index);
      index -= pod.size();
    }
    throw std::logic_error("idle nodes are miscounted");
  }
  std::vector<std::int64_t>* best_pod = nullptr;
  std::size_t best = 0;
  const auto failures = [this](std::int64_t node) {
    return failures_[static_cast<std::size_t>(node)];
  };
  for (auto& pod : pods)
    for (std::size_t i = pod.size(); i-- > 0;)
      if (best_pod == nullptr || failures(pod[i]) < failures((*best_pod)[best])) {
        best_pod = &pod;
        best = i;
      }
  return take_at(*best_pod, best);
}

void NodePool::resize(std::int64_t n_positions) {
  std::vector<std::int64_t> left;
  leave_full_sites(left);
  std::vector<std::int64_t> given_up;
  while (n_positions < this->n_positions()) {
    const auto node = nodes_.back();
    nodes_.pop_back();
    if (node >= 0) given_up.push_back(node);
  }
  std::erase_if(vacant_, [&](std::int64_t position) { return position >= n_positions; });
  std::sort(vacant_.begin(), vacant_.end(), std::greater<>());
  while (!vacant_.empty() && !given_up.empty()) {
    nodes_[static_cast<std::size_t>(vacant_.back())] = given_up.back();
    position_[static_cast<std::size_t>(given_up.back())] = vacant_.back();
    vacant_.pop_back();
    given_up.pop_back();
  }
  given_up.insert(given_up.end(), left.begin(), left.end());
  for (const auto node : given_up) {
    position_[static_cast<std::size_t>(node)] = -1;
    pod_in(idle_, node).push_back(node);
    move(node, NodeState::Idle);
  }
  while (this->n_positions() < n_positions) {
    const auto position = this->n_positions();
    // Beyond the plan a position has no node of its own: it begins beside the last one that has.
    if (position >= static_cast<std::int64_t>(home_.size())) home_.push_back(home_.back());
    nodes_.push_back(-1);
    vacant_.push_back(position);
  }
}

}  // namespace longhaul::operations
