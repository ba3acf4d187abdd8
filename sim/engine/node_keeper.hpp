// The nodes of a run's platform on the clock: who is in the run, out, coming back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "engine/repair_shop.hpp"
#include "engine/timers.hpp"
#include "operations/node_pool.hpp"
#include "operations/run.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

/// Keeps every node in one state, repairs those that are taken out, knows which are lemons, and
/// books the time of those outside the run.
class NodeKeeper {
 public:
  struct Listener {
    std::function<void(operations::EventKind, std::int64_t node)> tell;
    std::function<void()> on_free;                    ///< nodes came back, from repair or else
    std::function<void(std::int64_t node)> on_leave;  ///< one left the run
    operations::NodePool::OnMove on_move;             ///< one changes its state
  };

  NodeKeeper(Timers& timers, const operations::RunInputs& inputs, operations::Ledger& ledger,
             Listener listener);
  NodeKeeper(const NodeKeeper&) = delete;
  NodeKeeper& operator=(const NodeKeeper&) = delete;

  operations::NodePool& pool() { return pool_; }
  const operations::NodePool& pool() const { return pool_; }
  /// In the run; 1 where nodes are not told apart.
  double n_running() const;
  std::int64_t n_lemons_running() const {
    return static_cast<std::int64_t>(lemons_running_.size());
  }
  bool is_lemon(std::int64_t node) const { return lemon_[static_cast<std::size_t>(node)] != 0; }

  /// A node of the run, all alike; -1: none.
  std::int64_t draw_node();
  /// A lemon of the run; -1: none.
  std::int64_t draw_lemon();
  /// The nodes of the platform that a blow to one takes: itself, its rack, pod or site.
  std::vector<std::int64_t> struck_with(std::int64_t node, operations::Strikes strikes) const;

  /// Struck by a cause: out for repair, or barred after too many failures or at too high a score.
  void send_to_repair(std::vector<std::int64_t> nodes, std::size_t cause);
  /// Out for a time, then free again.
  void set_aside(std::int64_t node, operations::NodeState as, Seconds time);
  /// The next node that was not there arrives.
  void arrive();
  /// By parts of the fabric that are down: out until rejoin(), whatever else brings them back.
  void cut_off(const std::vector<std::int64_t>& nodes);
  /// The fabric joins all but these again.
  void rejoin(const std::vector<std::int64_t>& still_cut_off);
  /// Fills vacant places; as NodePool::fill.
  bool fill() { return pool_.fill(selection_); }

  /// Books the nodes outside the run until now.
  void account();

 private:
  bool is_out(std::int64_t node) const;
  void moved(std::int64_t node, operations::NodeState from, operations::NodeState to);
  void add_lemon(std::int64_t node);
  void remove_lemon(std::int64_t node);
  bool too_often(std::int64_t node, std::size_t cause);
  bool scores_too_high(std::int64_t node, std::size_t cause);
  void repaired(const std::vector<std::int64_t>& nodes, bool mended);
  void come_back(std::int64_t node);

  Timers& timers_;
  const operations::RunInputs& in_;
  operations::Ledger& ledger_;
  Listener listener_;
  operations::NodePool pool_;
  RepairShop shop_;
  random::Stream targets_, lemon_targets_, selection_;
  Seconds accounted_;
  std::vector<char> lemon_;                   // by node
  std::vector<std::int64_t> lemons_running_;  // nodes
  std::unordered_map<std::int64_t, std::size_t> lemon_index_;
  std::map<std::int64_t, bool> cut_off_;  // nodes, and whether they would be free but for that
  std::unordered_map<std::int64_t, std::vector<Seconds>> failed_at_;  // where too many bar a node
  Seconds longest_window_;  // within which failures count for that
  struct Score {
    double value = 0;
    Seconds since;
  };
  std::unordered_map<std::int64_t, Score> scores_;  // where they do
};

}  // namespace longhaul::engine
