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
  auto& moment = moments_[date];
  if (moment.kernel_timer == nullptr && !moment.firing)
    moment.kernel_timer = KernelTimer::set(date, [this, date] { fire(date); });
  moment.callbacks.emplace(id, std::move(callback));
  dates_.emplace(id, date);
  return id;
}

void Timers::fire(double date) {
  // A map keeps this reference valid while callbacks add moments, or add to this one.
  auto& moment = moments_[date];
  moment.kernel_timer = nullptr;
  moment.firing = true;
  while (!moment.callbacks.empty()) {
    auto first = moment.callbacks.extract(moment.callbacks.begin());
    dates_.erase(first.key());
    ++n_fired_;
    first.mapped()();
  }
  moments_.erase(date);
}

void Timers::cancel(Id id) {
  const auto found = dates_.find(id);
  if (found == dates_.end()) return;
  const auto moment = moments_.find(found->second);
  dates_.erase(found);
  moment->second.callbacks.erase(id);
  if (!moment->second.callbacks.empty() || moment->second.firing) return;
  static_cast<KernelTimer*>(moment->second.kernel_timer)->remove();
  moments_.erase(moment);
}

void Timers::stop() {
  stopped_ = true;
  dates_.clear();
  for (auto moment = moments_.begin(); moment != moments_.end();) {
    moment->second.callbacks.clear();
    if (moment->second.firing) {
      ++moment;
      continue;
    }
    static_cast<KernelTimer*>(moment->second.kernel_timer)->remove();
    moment = moments_.erase(moment);
  }
}

std::int64_t Timers::run() {
  const auto before = n_fired_;
  run_engine();
  return n_fired_ - before;
}

}  // namespace longhaul::engine
