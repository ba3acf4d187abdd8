// When each cause of failure strikes next, on two axes of time: wall and computing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "operations/failure.hpp"
#include "operations/node_pool.hpp"
#include "operations/unit_lives.hpp"
#include "random/stream.hpp"

namespace longhaul::operations {

struct Strike {
  std::size_t cause = 0;
  bool at_lemon = false;         ///< one that only a lemon has
  std::int64_t first_node = -1;  ///< of what failed, where its units have lives; else any
};

/// Nodes in one of what a cause strikes: of a rack, pod or site; else 1.
std::int64_t nodes_in(Strikes what, const RunNodes& nodes);

/// One exponential clock a cause, each on a random stream of its own ("failures/<cause>"), and one
/// for what lemons add; for causes with a life the lives of all units. Times are on the axis of the
/// clock: seconds since the start, or seconds that the run computed. GPUs and nodes fail in
/// proportion to the nodes in the run; racks, pods and sites while any of their nodes is in it, on
/// exponential clocks as if those stood side by side. Lives age meanwhile.
class FailureClocks {
 public:
  /// `units`: of the run as it was planned, `nodes.used` of them its nodes. None is in the run yet;
  /// where nodes are not told apart (0 used), all are, always.
  FailureClocks(const FailureCard& card, const Units& units, const RunNodes& nodes,
                const LemonConfig& lemons, std::uint64_t seed);

  /// The next strike on an axis; infinite: none.
  Seconds next(FailureClock axis) const;
  /// Takes the strike at next(axis), and winds its clock.
  Strike take(FailureClock axis);

  /// From now on, times on both axes given, `running` nodes are in the run, of them `lemons`.
  void set_nodes(std::int64_t running, std::int64_t lemons, Seconds wall, Seconds computed);
  /// Whether any cause wants to be told of nodes one by one.
  bool has_lives() const { return has_lives_; }
  /// A node comes into the run, or leaves it.
  void enter(std::int64_t node, bool is_lemon, Seconds wall, Seconds computed);
  void leave(std::int64_t node, Seconds wall, Seconds computed);

 private:
  struct Clock {
    std::size_t cause;
    double full_rate;  ///< of the run as it was planned [1/s]
    double rate;       ///< now [1/s]
    random::Stream stream;
    double due;  ///< [s] on the axis
  };
  struct Lives {
    std::size_t cause;
    UnitLives units;
    random::Stream excess;            ///< which of its strikes only a lemon has
    std::vector<std::int32_t> nodes;  ///< in the run, by rack, pod or site
  };
  struct Axis {
    std::vector<Clock> clocks;
    std::vector<Clock> lemons;    ///< at most one: what they add for each of them
    std::vector<double> weights;  ///< of causes among it
    std::vector<Lives> lives;
  };
  Clock* first(Axis& axis) const;
  double pace(const FailureCause& cause, bool is_lemon) const;
  template <class Each>
  void for_units(Lives& lives, std::int64_t node, bool enters, const Each& each) const;
  double share(Strikes what, std::int64_t running) const;
  std::int64_t first_node(Strikes what, std::int64_t unit) const;
  static void set_rate(Clock& clock, double rate, double now);
  static void wind(Clock& clock, double now);
  Axis& axis_of(FailureClock clock) { return axes_[static_cast<std::size_t>(clock)]; }

  const FailureCard* card_;
  RunNodes nodes_;
  std::int64_t gpus_per_node_;
  double lemon_factor_;
  bool has_lives_ = false;
  std::array<Axis, 2> axes_;
};

}  // namespace longhaul::operations
