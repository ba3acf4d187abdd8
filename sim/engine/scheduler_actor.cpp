#include "engine/scheduler_actor.hpp"

#include <exception>

#include "engine/timers.hpp"

namespace longhaul::engine {

bool run_schedule(scheduling::Replay& replay, const std::function<bool()>& go_on) {
  Timers timers;
  std::exception_ptr failure;
  bool stopped = false;
  std::function<void()> moment = [&] {
    try {
      replay.advance();
      stopped = go_on && !go_on();
    } catch (...) {
      failure = std::current_exception();  // not through the kernel of the clock
    }
    if (stopped || failure)
      timers.stop();
    else
      timers.at(replay.next(), moment);
  };
  timers.at(replay.next(), moment);
  timers.run();
  if (failure) std::rethrow_exception(failure);
  return !stopped;
}

}  // namespace longhaul::engine
