// Which point a worker of a sweep does next.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "experiment/sweep_run.hpp"

namespace longhaul::experiment {

struct PointId {
  std::int64_t combination = 0;
  std::int64_t repeat = 0;
  friend auto operator<=>(const PointId&, const PointId&) = default;  // NOLINT(*-use-nullptr)
};

/// The points that a store does not hold, combination by combination. A worker stays with the
/// combination it has ready as long as that has repeats left; then it takes the next one, so that
/// each is made ready once where there are enough of them.
class SweepQueue {
 public:
  SweepQueue(const SweepPlan& plan, const StoreWriter& store, const Shard& shard);

  /// For a worker that did `last` before (-1: none); nothing while there is nothing to hand out.
  std::optional<PointId> next(std::int64_t last);
  /// The point is in the store, or given up. Repeats that sweep.precision still wants join the
  /// queue with it.
  void finished(const PointId& point);
  /// The point has to be done again.
  void put_back(const PointId& point);

  std::int64_t before() const { return before_; }
  /// Points to hand out or handed out, as far as is known.
  std::int64_t left() const { return left_; }

 private:
  struct Open {
    std::int64_t combination = 0;
    std::int64_t wanted = 0;         // repeats
    std::int64_t next = 0;           // repeat to look at
    std::vector<std::int64_t> have;  // repeats that were done before, sorted
    std::deque<std::int64_t> again;  // put back
    std::int64_t in_flight = 0;
  };

  bool open_next();
  bool has_more(Open& open) const;
  bool goes_on(Open& open);
  bool refine(Open& open);
  std::list<Open>::iterator find(std::int64_t combination);

  const SweepPlan& plan_;
  const StoreWriter& store_;
  Shard shard_;
  std::vector<std::pair<std::int64_t, std::int64_t>> have_;  // finished before, sorted
  std::size_t next_have_ = 0;
  std::int64_t next_combination_ = 0;
  std::list<Open> open_;
  std::int64_t before_ = 0;
  std::int64_t left_ = 0;
};

}  // namespace longhaul::experiment
