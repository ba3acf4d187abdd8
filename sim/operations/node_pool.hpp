// Which nodes a run uses, which stand by, which are out for repair.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace longhaul::operations {

/// The nodes a run may use and how many it needs.
struct RunNodes {
  std::int64_t platform = 1;  ///< nodes there are
  std::int64_t per_pod = 1;
  std::int64_t used = 1;      ///< nodes of the run
  std::int64_t block = 1;     ///< nodes placed together, in one pod where they fit
  std::int64_t per_leaf = 1;  ///< nodes under one leaf switch
};

/// Every node of the platform is in exactly one of three states: in the run, free, or down. A run
/// sees its nodes by position (0 .. n_positions-1); which node stands there changes when one fails.
/// Nodes are numbered pod by pod.
class NodePool {
 public:
  /// Places the run in blocks of `block` nodes that belong together and never straddle pods where
  /// they fit, spread evenly over the fewest pods that hold them, so that each of those keeps
  /// spares of its own. Throws std::invalid_argument when the platform has too few nodes.
  explicit NodePool(const RunNodes& nodes);

  std::int64_t n_nodes() const { return static_cast<std::int64_t>(down_.size()); }
  std::int64_t n_positions() const { return static_cast<std::int64_t>(nodes_.size()); }
  std::int64_t n_free() const { return n_free_; }
  std::int64_t n_down() const { return n_down_; }
  std::int64_t n_vacant() const { return static_cast<std::int64_t>(vacant_.size()); }

  /// The node at a position; empty while it waits for a spare.
  std::optional<std::int64_t> find_node(std::int64_t position) const;
  std::int64_t pod_of(std::int64_t node) const { return node / nodes_per_pod_; }
  /// Nodes by position; -1 while vacant.
  const std::vector<std::int64_t>& placement() const { return nodes_; }

  /// Takes the node at a position out of the run; returns it, or nothing when the position is
  /// vacant already.
  std::optional<std::int64_t> take_out(std::int64_t position);
  /// Fills vacant positions with free nodes: from the position's home pod first, else from the pod
  /// with the most free nodes; there with the same place under its leaf if there is one, so that
  /// deterministic routes stay as free of collisions as they were. Returns whether every position
  /// is filled.
  bool fill();
  /// A node comes back from repair and is free again.
  void repaired(std::int64_t node);

 private:
  std::int64_t take_free(std::vector<std::int64_t>& pod, std::int64_t place) const;

  std::int64_t nodes_per_pod_;
  std::int64_t nodes_per_leaf_;
  std::vector<std::int64_t> nodes_;              // by position, -1 while vacant
  std::vector<std::int64_t> home_;               // by position: the node it was given first
  std::vector<std::vector<std::int64_t>> free_;  // by pod, the next to be used last
  std::vector<char> down_;                       // by node
  std::vector<std::int64_t> vacant_;             // positions
  std::int64_t n_free_ = 0;
  std::int64_t n_down_ = 0;
};

}  // namespace longhaul::operations
