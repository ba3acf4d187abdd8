// When each cause of failure strikes next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/timers.hpp"
#include "operations/failure.hpp"
#include "random/stream.hpp"

namespace longhaul::engine {

/// One exponential clock a cause, each on a random stream of its own ("failures/<cause>"). Wall
/// clocks run all the time; compute clocks only between resume() and halt().
class FailureClocks {
 public:
  using Strike = std::function<void(std::size_t cause)>;

  /// Rates are those of a run of `gpus`. `strike` is called on the timers' clock and may halt.
  FailureClocks(Timers& timers, const operations::FailureCard& card, std::int64_t gpus,
                std::uint64_t seed, Strike strike);
  FailureClocks(const FailureClocks&) = delete;
  FailureClocks& operator=(const FailureClocks&) = delete;

  void resume();
  void halt();

 private:
  struct Clock {
    std::size_t cause;
    bool wall;
    Seconds mean;  ///< between strikes
    random::Stream stream;
    Timers::Id timer = Timers::none;
    Seconds left{};   ///< until the next strike, counted from `since` while the clock runs
    Seconds since{};  ///< when it was wound
  };

  void wind(Clock& clock);
  void fire(Clock& clock);

  Timers& timers_;
  Strike strike_;
  bool running_ = false;  // the compute clocks
  std::vector<Clock> clocks_;
};

}  // namespace longhaul::engine
