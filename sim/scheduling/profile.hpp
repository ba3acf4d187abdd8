// Which slots will be free when, by estimates and reservations.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "scheduling/placement.hpp"
#include "scheduling/slot_set.hpp"
#include "units/quantity.hpp"

namespace longhaul::scheduling {

/// Stretches of time with the slots that are free in each, from now on; the last one has no end.
/// Blocking and asking cost as many stretches as they span, times size/64.
class Profile {
 public:
  Profile(Seconds now, SlotSet free);

  /// Forgets what is before.
  void advance(Seconds now);
  /// Takes slots from `from` to `to`, which is infinite for ever. They should be free then. Of no
  /// length it bars what would begin before and end after it.
  void block(const Slots& slots, Seconds from, Seconds to);
  /// Gives back what was blocked.
  void unblock(const Slots& slots, Seconds from, Seconds to);
  bool is_free(const Slots& slots, Seconds from, Seconds to) const;

  struct Place {
    Seconds start;
    Slots slots;
  };
  /// The earliest moment from which the request can have the same slots for `duration`, and the
  /// placement's choice of them; empty: never. `machines`: slots that will do; null: all.
  std::optional<Place> earliest(const Request& request, Seconds duration,
                                const Placement& placement, const Layout& layout,
                                const SlotSet* machines = nullptr) const;

  std::size_t n_stretches() const { return stretches_.size(); }

 private:
  struct Stretch {
    Seconds time;
    SlotSet free;
  };
  struct Point {
    Seconds time;
    Slots slots;
  };
  std::size_t split(Seconds time);
  void merge(std::size_t index);
  std::size_t find(Seconds time) const;
  bool is_point(Seconds time) const;

  std::vector<Stretch> stretches_;  // by time
  std::vector<Point> points_;       // blocks of no length
};

}  // namespace longhaul::scheduling
