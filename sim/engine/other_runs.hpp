// Runs that write to the same store, and nothing else of them.
#pragma once

#include <functional>
#include <vector>

#include "engine/timers.hpp"
#include "operations/run.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

/// Each works for its time, writes a checkpoint, and works on when it has arrived. Draws come from
/// the stream "store/<name>".
class OtherRuns {
 public:
  /// All must outlive it.
  OtherRuns(Timers& timers, const operations::RunInputs& inputs);

  void begin();
  /// Takes what is under way off the fabric.
  void end();
  /// Checkpoints that arrived.
  std::int64_t n_arrived() const { return n_arrived_; }

 private:
  struct One {
    const operations::OtherRun& config;
    random::Stream stream;
    std::function<void()> cancel;
  };
  void work(One& one, Seconds time);

  Timers& timers_;
  const operations::RunInputs& in_;
  std::vector<One> runs_;
  std::int64_t n_arrived_ = 0;
};

}  // namespace longhaul::engine
