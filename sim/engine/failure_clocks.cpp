#include "engine/failure_clocks.hpp"

#include <algorithm>
#include <utility>

namespace longhaul::engine {

using operations::FailureClock;

FailureClocks::FailureClocks(Timers& timers, const operations::FailureCard& card, std::int64_t gpus,
                             std::uint64_t seed, Strike strike)
    : timers_(timers), strike_(std::move(strike)) {
  for (std::size_t i = 0; i < card.causes.size(); ++i) {
    const auto& cause = card.causes[i];
    const auto often = rate(card, cause, gpus);
    if (!(often > per_second(0))) continue;
    clocks_.push_back({i, cause.clock == FailureClock::Wall, 1.0 / often,
                       random::Stream(seed, "failures/" + cause.name)});
  }
  for (auto& clock : clocks_) {
    clock.left = seconds(clock.stream.exponential(clock.mean.value()));
    if (clock.wall) wind(clock);
  }
}

/// Lets a clock run for the time it has left.
void FailureClocks::wind(Clock& clock) {
  clock.since = timers_.now();
  clock.timer = timers_.at(clock.since + clock.left, [this, &clock] { fire(clock); });
}

void FailureClocks::fire(Clock& clock) {
  clock.timer = Timers::none;
  clock.left = seconds(clock.stream.exponential(clock.mean.value()));
  if (clock.wall) wind(clock);
  strike_(clock.cause);
  if (!clock.wall && running_ && clock.timer == Timers::none) wind(clock);
}

void FailureClocks::resume() {
  running_ = true;
  for (auto& clock : clocks_)
    if (!clock.wall && clock.timer == Timers::none) wind(clock);
}

void FailureClocks::halt() {
  running_ = false;
  for (auto& clock : clocks_) {
    if (clock.wall || clock.timer == Timers::none) continue;
    timers_.cancel(clock.timer);
    clock.timer = Timers::none;
    clock.left = std::max(Seconds(), clock.left - (timers_.now() - clock.since));
  }
}

}  // namespace longhaul::engine
