// How long the units that a cause of failure strikes live: nodes, GPUs, racks, each by its own age.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "random/distribution.hpp"
#include "random/stream.hpp"

namespace longhaul::operations {

/// A unit ages from start() to stop(), while it is in the run, and dies when its age reaches the
/// life that was drawn for it; another life begins then. Times are seconds on one axis.
class UnitLives {
 public:
  UnitLives(const random::Distribution& life, random::Stream stream)
      : life_(life), stream_(stream) {}

  /// From `now` on it ages, `pace` times as fast as most.
  void start(std::int64_t unit, double now, double pace);
  /// It keeps its age until it starts again.
  void stop(std::int64_t unit, double now);

  /// When the next of those that age dies; infinite: none.
  double next() const;
  /// That unit dies and begins anew, still ageing. Throws std::logic_error where none ages.
  std::int64_t take();
  /// As it was started with.
  double pace(std::int64_t unit) const { return units_[static_cast<std::size_t>(unit)].pace; }

 private:
  struct Unit {
    double left = -1;  ///< of its life, at the pace of most, while it does not age; < 0: not drawn
    double due = 0;    ///< while it does
    double pace = 1;
  };
  Unit& at(std::int64_t unit);

  random::Distribution life_;
  random::Stream stream_;
  std::vector<Unit> units_;
  std::set<std::pair<double, std::int64_t>> due_;  // of those that age: when, and which
};

}  // namespace longhaul::operations
