// How many nodes a run stands on: nodes that arrive, replicas given up and taken up again.
#pragma once

#include <cstdint>

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
  /// Whether it would grow if it could.
  bool may_grow() const {
    return !s_.in.sizes.empty() && s_.pool().n_positions() < s_.in.sizes.front();
  }
  /// Goes on with `size` nodes. Returns how long that takes.
  Seconds resize(std::int64_t size);

  /// Nodes come on line.
  void arrive(const operations::Arrival& arrival);

 private:
  RunState& s_;
};

}  // namespace longhaul::engine
