// How many nodes a run stands on: nodes that arrive, replicas given up and taken up again.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/run_state.hpp"

namespace longhaul::engine {

class RunSizes {
 public:
  explicit RunSizes(RunState& state) : s_(state) {}

  /// Nodes that there is power for.
  std::int64_t powered_nodes() const;
  /// The largest allowed number of nodes that is at most `n`; 0: none.
  std::int64_t size_for(std::int64_t n) const;
  /// Takes up replicas again for which there are nodes. Returns whether the run stands still for
  /// it.
  bool grow();
  /// How many times as many nodes it could grow to now; 1: no more.
  double growth() const;
  /// Goes on with `size` nodes. Returns how long that takes, where state is read from a checkpoint.
  Seconds resize(std::int64_t size);
  /// The same where `size` is less and state stays in memory.
  Seconds shrink(std::int64_t size);

  /// Nodes come on line.
  void arrive(const operations::Arrival& arrival);

 private:
  std::int64_t size_to_grow_to() const;
  Seconds reshard(const std::vector<std::int64_t>& before) const;

  RunState& s_;
};

}  // namespace longhaul::engine
