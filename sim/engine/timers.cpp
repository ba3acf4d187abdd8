#include "engine/timers.hpp"

#include <algorithm>
#include <cmath>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <utility>

#include "engine/settings.hpp"

namespace longhaul::engine {

namespace {

using KernelTimer = simgrid::kernel::timer::Timer;

}  // namespace

Timers::Timers() : origin_(simgrid::s4u::Engine::get_clock()) {}

Timers::~Timers() { stop(); }

Seconds Timers::now() const { return seconds(simgrid::s4u::Engine::get_clock() - origin_); }

Timers::Id Timers::at(Seconds time, std::function<void()> callback) {
  if (stopped_ || !std::isfinite(time.value())) return none;
  const Id id = ++last_;
  const double date = origin_ + std::max(time, now()).value();
  pending_[id] = KernelTimer::set(date, [this, id, call = std::move(callback)] {
    pending_.erase(id);
    ++n_fired_;
    call();
  });
  return id;
}

void Timers::cancel(Id id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  static_cast<KernelTimer*>(found->second)->remove();
  pending_.erase(found);
}

void Timers::stop() {
  stopped_ = true;
  for (const auto& [id, timer] : pending_) static_cast<KernelTimer*>(timer)->remove();
  pending_.clear();
}

std::int64_t Timers::run() {
  const auto before = n_fired_;
  run_engine();
  return n_fired_ - before;
}

}  // namespace longhaul::engine
