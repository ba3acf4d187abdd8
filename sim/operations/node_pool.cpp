#include "operations/node_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace longhaul::operations {

namespace {

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

NodePool::NodePool(const RunNodes& nodes)
    : nodes_per_pod_(nodes.per_pod), nodes_per_leaf_(nodes.per_leaf) {
  const std::int64_t n_nodes = nodes.platform;
  const std::int64_t nodes_per_pod = nodes.per_pod;
  const std::int64_t n_positions = nodes.used;
  const std::int64_t block = nodes.block;
  if (n_positions > n_nodes)
    throw std::invalid_argument(
        fmt::format("the run needs {} nodes, the platform has {}", n_positions, n_nodes));
  const std::int64_t n_pods = ceil_divide(n_nodes, nodes_per_pod);
  const std::int64_t blocks_per_pod = nodes_per_pod / block;
  const std::int64_t n_blocks = ceil_divide(n_positions, block);
  const bool blocks_fit = blocks_per_pod > 0 && n_positions % block == 0 &&
                          n_blocks <= blocks_per_pod * (n_nodes / nodes_per_pod);

  std::vector<char> used(static_cast<std::size_t>(n_nodes), 0);
  const auto put = [&](std::int64_t node) {
    nodes_.push_back(node);
    home_.push_back(node);
    used[static_cast<std::size_t>(node)] = 1;
  };
  if (blocks_fit) {
    const std::int64_t pods_used = ceil_divide(n_blocks, blocks_per_pod);
    for (std::int64_t pod = 0; pod < pods_used; ++pod) {
      const std::int64_t n_here = n_blocks * (pod + 1) / pods_used - n_blocks * pod / pods_used;
      for (std::int64_t i = 0; i < n_here * block; ++i) put(pod * nodes_per_pod + i);
    }
  } else {
    for (std::int64_t node = 0; node < n_positions; ++node) put(node);
  }

  free_.resize(static_cast<std::size_t>(n_pods));
  for (std::int64_t node = n_nodes - 1; node >= 0; --node) {
    if (used[static_cast<std::size_t>(node)]) continue;
    free_[static_cast<std::size_t>(pod_of(node))].push_back(node);
    ++n_free_;
  }
  down_.assign(static_cast<std::size_t>(n_nodes), 0);
}

std::optional<std::int64_t> NodePool::find_node(std::int64_t position) const {
  const auto node = nodes_.at(static_cast<std::size_t>(position));
  if (node < 0) return std::nullopt;
  return node;
}

std::optional<std::int64_t> NodePool::take_out(std::int64_t position) {
  const auto node = find_node(position);
  if (!node) return std::nullopt;
  nodes_[static_cast<std::size_t>(position)] = -1;
  vacant_.push_back(position);
  down_[static_cast<std::size_t>(*node)] = 1;
  ++n_down_;
  return node;
}

bool NodePool::fill() {
  while (!vacant_.empty() && n_free_ > 0) {
    const auto position = static_cast<std::size_t>(vacant_.back());
    auto* pod = &free_[static_cast<std::size_t>(pod_of(home_[position]))];
    if (pod->empty())
      pod = &*std::max_element(free_.begin(), free_.end(),
                               [](const auto& a, const auto& b) { return a.size() < b.size(); });
    nodes_[position] = take_free(*pod, home_[position] % nodes_per_leaf_);
    --n_free_;
    vacant_.pop_back();
  }
  return vacant_.empty();
}

std::int64_t NodePool::take_free(std::vector<std::int64_t>& pod, std::int64_t place) const {
  auto found = std::find_if(pod.rbegin(), pod.rend(),
                            [&](std::int64_t node) { return node % nodes_per_leaf_ == place; });
  if (found == pod.rend()) found = pod.rbegin();
  const auto node = *found;
  pod.erase(std::next(found).base());
  return node;
}

void NodePool::repaired(std::int64_t node) {
  auto& down = down_.at(static_cast<std::size_t>(node));
  if (!down) throw std::logic_error("a node that was not down was repaired");
  down = 0;
  --n_down_;
  free_[static_cast<std::size_t>(pod_of(node))].push_back(node);
  ++n_free_;
}

}  // namespace longhaul::operations
