// When each cause of failure strikes next, on two axes of time: wall and computing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "operations/failure.hpp"
#include "random/stream.hpp"

namespace longhaul::operations {

struct Strike {
  std::size_t cause = 0;
  bool at_lemon = false;   ///< one of those that fail more often
  std::int64_t unit = -1;  ///< of what it strikes, where units have lives of their own; else any
};

/// One exponential clock a cause, each on a random stream of its own ("failures/<cause>"), one for
/// what lemons add, and one a unit for causes with a life. Times are on the axis of the clock:
/// seconds since the start, or seconds that the run computed. Units begin new at the start, and
/// anew when they were struck.
class FailureClocks {
 public:
  FailureClocks(const FailureCard& card, const Units& units, const LemonConfig& lemons,
                std::uint64_t seed);

  /// The next strike on an axis; infinite: none.
  Seconds next(FailureClock axis) const;
  /// Takes the strike at next(axis), and winds its clock.
  Strike take(FailureClock axis);

  /// From now on, times on both axes given, strikes at nodes and their GPUs come at `share` of the
  /// rates of the full run, and `lemons` of its nodes are lemons. Lives are not slowed.
  void set_nodes(double share, double lemons, Seconds wall, Seconds computed);

 private:
  struct Clock {
    std::size_t cause;
    bool scales;       ///< with the nodes in the run
    double full_rate;  ///< of the full run [1/s]
    double rate;       ///< now [1/s]
    random::Stream stream;
    double due;  ///< [s] on the axis
  };
  struct Life {
    double due;
    std::size_t cause, stream;
    std::int64_t unit;
    bool operator>(const Life& other) const { return due > other.due; }
  };
  struct Axis {
    std::vector<Clock> clocks;
    std::vector<Clock> lemons;    ///< at most one: what they add for each of them
    std::vector<double> weights;  ///< of causes among it
    std::vector<random::Stream> streams;
    std::priority_queue<Life, std::vector<Life>, std::greater<>> lives;
  };
  Clock* first(Axis& axis) const;
  void live(Axis& axis, Life life, double from) const;
  static void set_rate(Clock& clock, double rate, double now);
  static void wind(Clock& clock, double now);
  Axis& axis_of(FailureClock clock) { return axes_[static_cast<std::size_t>(clock)]; }

  const FailureCard* card_;
  std::array<Axis, 2> axes_;
};

}  // namespace longhaul::operations
