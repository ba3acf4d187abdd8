// Which nodes a run uses, and what the others are doing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "operations/ledger.hpp"
#include "operations/spares.hpp"
#include "random/stream.hpp"

namespace longhaul::operations {

/// The nodes a run may use and how many it needs.
struct RunNodes {
  std::int64_t platform = 1;  ///< nodes there are
  std::int64_t per_pod = 1;
  std::int64_t used = 1;      ///< nodes of the run; 0: nodes are not told apart
  std::int64_t block = 1;     ///< nodes placed together, in one pod where they fit
  std::int64_t per_leaf = 1;  ///< nodes under one leaf switch
  std::int64_t per_rack = 1;
  std::int64_t per_site = 0;  ///< 0: all on one
  std::int64_t off = 0;       ///< of them not there yet at the start: the last ones
  /// Of a site of the fabric, which spares come from before others'; 0: it has one.
  std::int64_t per_fabric_site = 0;
};

/// Every node of the platform is in exactly one state. A run sees its nodes by position
/// (0 .. n_positions-1); which node stands there changes when one fails. Nodes are numbered pod by
/// pod.
class NodePool {
 public:
  /// Told of every change of state, before it.
  using OnMove = std::function<void(std::int64_t node, NodeState from, NodeState to)>;

  /// Places the run in blocks of `block` nodes that belong together and never straddle pods where
  /// they fit, spread evenly over the fewest pods that hold them, so that each of those keeps
  /// spares of its own. The last nodes that are there are cold; of the others those that stand by
  /// are warm. Throws std::invalid_argument when the platform has too few nodes.
  explicit NodePool(const RunNodes& nodes, const SparesConfig& spares = {}, OnMove on_move = {});

  std::int64_t n_nodes() const { return static_cast<std::int64_t>(state_.size()); }
  std::int64_t n_positions() const { return static_cast<std::int64_t>(nodes_.size()); }
  std::int64_t n_vacant() const { return static_cast<std::int64_t>(vacant_.size()); }
  std::int64_t n(NodeState state) const { return n_[static_cast<std::size_t>(state)]; }
  std::int64_t n_free() const { return n(NodeState::Warm) + n(NodeState::Idle); }
  NodeState state(std::int64_t node) const { return state_.at(static_cast<std::size_t>(node)); }

  /// The node at a position; empty while it waits for a spare.
  std::optional<std::int64_t> find_node(std::int64_t position) const;
  /// Where a node stands; -1: not in the run.
  std::int64_t position_of(std::int64_t node) const {
    return position_[static_cast<std::size_t>(node)];
  }
  std::int64_t pod_of(std::int64_t node) const { return node / nodes_per_pod_; }
  /// Nodes by position; -1 while vacant.
  const std::vector<std::int64_t>& placement() const { return nodes_; }

  /// Takes a node out of the run, or out of those that are free, to repair, to be drained or
  /// barred. Throws std::logic_error when it is in none of these.
  void take_out(std::int64_t node, NodeState to);
  /// A node is free again: it is cold if it was when it was taken out, else it stands by while too
  /// few do, else it is idle.
  void give_back(std::int64_t node);
  /// One that is not used again after all.
  void bar(std::int64_t node) { move(node, NodeState::Barred); }
  /// The next node that was not there arrives.
  std::int64_t arrive();

  /// Fills vacant positions from the nodes that stand by. Returns how many it filled.
  std::int64_t fill_warm();
  /// Fills the others from idle nodes: Nearest takes one from the pod where the position began,
  /// else from the pod with the most of them; there with the same place under its leaf if there is
  /// one, so that deterministic routes stay as free of collisions as they were. Then makes those
  /// that are left stand by, as many as should. Returns whether every position is filled.
  bool fill(random::Stream& stream);
  /// Brings one cold node into the working pool; false when there is none.
  bool fetch();
  /// Whether fewer stand by than should.
  bool lacks_warm() const { return n(NodeState::Warm) < spares_.warm; }

  /// Failures of a node, for Selection::FewestFailures.
  void count_failure(std::int64_t node) { ++failures_[static_cast<std::size_t>(node)]; }

  /// Makes the run one of `n_positions`: positions beyond are given up and their nodes take vacant
  /// ones before they are free; new positions are vacant. Before that, nodes of the last positions
  /// leave the sites that have more of the run than they may.
  void resize(std::int64_t n_positions);

  /// From now on so many nodes of the run may stand at each site (of RunNodes::per_site); empty:
  /// any number.
  void limit_sites(std::vector<std::int64_t> most) { most_at_site_ = std::move(most); }
  bool has_limits() const { return !most_at_site_.empty(); }
  /// Whether the run has more at some site.
  bool exceeds_limits() const;
  /// Nodes that the run has or could take.
  std::int64_t n_usable() const;

 private:
  using Pods = std::vector<std::vector<std::int64_t>>;
  class HeldBack;

  std::vector<std::int64_t> room_at_sites() const;
  std::size_t site_of(std::int64_t node) const;
  void leave_full_sites(std::vector<std::int64_t>& left);

  void move(std::int64_t node, NodeState to);
  void put(std::int64_t node, std::int64_t position);
  void stand_by();
  std::int64_t take_near(Pods& pods, std::int64_t position);
  std::int64_t take_by(Pods& pods, std::int64_t position, random::Stream& stream);
  std::int64_t take_at(std::vector<std::int64_t>& pod, std::size_t index) const;
  /// The pod with most nodes, of those at the site of `home` where any has one.
  std::vector<std::int64_t>& fullest_pod(Pods& pods, std::int64_t home) const;
  static void remove(std::vector<std::int64_t>& list, std::int64_t node);
  std::vector<std::int64_t>& pod_in(Pods& pods, std::int64_t node) const {
    return pods[static_cast<std::size_t>(pod_of(node))];
  }

  SparesConfig spares_;
  OnMove on_move_;
  std::int64_t nodes_per_pod_;
  std::int64_t nodes_per_leaf_;
  std::int64_t nodes_per_site_;         // 0: one site
  std::int64_t nodes_per_fabric_site_;  // likewise
  std::vector<std::int64_t> most_at_site_;
  std::int64_t n_held_back_ = 0;        // of the idle nodes, see HeldBack
  std::vector<NodeState> state_;        // by node
  std::vector<std::int64_t> position_;  // by node
  std::vector<std::int64_t> failures_;  // by node
  std::vector<char> was_cold_;          // by node, when it was taken out
  std::vector<std::int64_t> nodes_;     // by position, -1 while vacant
  std::vector<std::int64_t> home_;      // by position: the node it was given first
  Pods idle_, warm_;                    // by pod, the next to be used last
  std::vector<std::int64_t> cold_, off_;
  std::vector<std::int64_t> vacant_;  // positions
  std::array<std::int64_t, n_node_states> n_{};
};

}  // namespace longhaul::operations
