// Faults that a run lives with: slow nodes, corrupt state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/timers.hpp"
#include "operations/failure.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

/// A fault that the run lives with until it is noticed.
struct LingeringFault {
  std::int64_t id = 0;
  std::size_t cause = 0;
  std::int64_t node = -1;  ///< -1: of no node
  Seconds since;
  Timers::Id notice = Timers::none;
};

class LingeringFaults {
 public:
  LingeringFaults(Timers& timers, const operations::FailureCard& card, std::uint64_t seed)
      : timers_(timers), card_(card), times_(seed, "faults") {}

  /// Begins now; `on_notice` is called with its number after the cause's latent time, if it has
  /// one.
  void add(std::size_t cause, std::int64_t node, std::function<void(std::int64_t id)> on_notice);
  /// Empty where it is forgotten.
  std::optional<LingeringFault> find(std::int64_t id) const;
  void forget(std::int64_t id);
  /// A node left the run, and its slowness with it; what it corrupted stays.
  void forget_node(std::int64_t node);
  /// What was corrupted since is gone with the work.
  void forget_corruption(Seconds since);

  /// How many times longer a step takes.
  double slows() const;
  /// The cause's repair, for what is not a node.
  Seconds draw_repair(const operations::RepairConfig& repair);
  /// One of `n` parts of the fabric.
  std::int64_t draw_part(double n);

 private:
  template <class Which>
  void forget_all(const Which& which);

  Timers& timers_;
  const operations::FailureCard& card_;
  random::Stream times_;
  std::vector<LingeringFault> faults_;
  std::int64_t last_ = 0;
};

}  // namespace longhaul::engine
