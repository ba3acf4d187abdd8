// Callbacks on the SimGrid clock, with a time axis that starts at 0 for each user.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>

#include "units/quantity.hpp"

namespace longhaul::engine {

/// Kernel timers: the cheapest events SimGrid has, for what is only time and shares nothing.
/// Times count from the construction of the object. The engine must exist (see settings.hpp).
class Timers {
 public:
  using Id = std::int64_t;
  static constexpr Id none = 0;

  Timers();
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  Seconds now() const;
  /// Calls `callback` at `time`; a time that has passed is now. An infinite time is never.
  Id at(Seconds time, std::function<void()> callback);
  /// Forgets a timer that has not fired; fired ones and `none` are ignored.
  void cancel(Id id);
  /// Forgets all timers and takes no new ones, so that run() returns.
  void stop();
  /// Runs the engine until no timer is left. Returns how many fired.
  std::int64_t run();

 private:
  /// What happens at one date, in the order in which it was asked for: SimGrid leaves the order of
  /// equal dates open.
  struct Moment {
    void* kernel_timer = nullptr;
    bool firing = false;
    std::map<Id, std::function<void()>> callbacks;
  };
  void fire(double date);

  double origin_;
  Id last_ = none;
  std::int64_t n_fired_ = 0;
  bool stopped_ = false;
  std::map<double, Moment> moments_;      // by date on the engine's clock
  std::unordered_map<Id, double> dates_;  // of those that have not fired
};

}  // namespace longhaul::engine
