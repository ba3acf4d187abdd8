#include "engine/scheduler_actor.hpp"

#include <cmath>
#include <exception>

#include "engine/timers.hpp"

namespace longhaul::engine {

std::int64_t run_schedule(scheduling::Replay& replay,
                          const std::function<void(Seconds now)>& on_moment) {
  Timers timers;
  std::exception_ptr failure;
  std::function<void()> moment = [&] {
    const auto now = replay.next();
    try {
      replay.advance();
      if (on_moment) on_moment(now);
    } catch (...) {
      // Not through the kernel of the clock.
      failure = std::current_exception();
      timers.stop();
      return;
    }
    timers.at(replay.next(), moment);
  };
  timers.at(replay.next(), moment);
  const auto n_moments = timers.run();
  if (failure) std::rethrow_exception(failure);
  return n_moments;
}

}  // namespace longhaul::engine
