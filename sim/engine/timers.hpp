// Callbacks on the SimGrid clock, with a time axis that starts at 0 for each user.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>

#include "units/quantity.hpp"

namespace longhaul::engine {

/// One kernel timer, the cheapest event SimGrid has, for what is only time and shares nothing.
/// Times count from the construction of the object and are exact, whatever the engine's clock said
/// then: what is made of timers alone comes out the same after others in one process. The engine
/// must exist (see settings.hpp).
class Timers {
 public:
  using Id = std::int64_t;
  static constexpr Id none = 0;

  Timers();
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  /// While a timer fires its time; else, as when traffic has arrived, that of the engine.
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
  /// What happens at one time, in the order in which it was asked for.
  using Moment = std::map<Id, std::function<void()>>;
  void follow();
  void fire();

  double origin_;
  Seconds now_;  // when a timer fired last
  Id last_ = none;
  std::int64_t n_fired_ = 0;
  bool firing_ = false, stopped_ = false;
  std::map<double, Moment> moments_;      // by time
  std::unordered_map<Id, double> times_;  // of those that have not fired
  void* kernel_timer_ = nullptr;          // for the first moment
  double set_for_ = 0;
};

}  // namespace longhaul::engine
