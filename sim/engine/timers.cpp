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

Seconds Timers::now() const {
  if (firing_) return now_;
  return std::max(now_, seconds(simgrid::s4u::Engine::get_clock() - origin_));
}

Timers::Id Timers::at(Seconds time, std::function<void()> callback) {
  if (stopped_ || !std::isfinite(time.value())) return none;
  const Id id = ++last_;
  const double when = std::max(time, now()).value();
  if (std::isinf(when)) return id;  // never
  moments_[when].emplace(id, std::move(callback));
  times_.emplace(id, when);
  follow();
  return id;
}

/// Sees to it that the kernel's timer is that of the first moment.
void Timers::follow() {
  if (firing_) return;  // it is looked for when that is over
  if (kernel_timer_ != nullptr) {
    if (!moments_.empty() && moments_.begin()->first == set_for_) return;
    static_cast<KernelTimer*>(std::exchange(kernel_timer_, nullptr))->remove();
  }
  if (moments_.empty()) return;
  set_for_ = moments_.begin()->first;
  const double date = std::max(origin_ + set_for_, simgrid::s4u::Engine::get_clock());
  kernel_timer_ = KernelTimer::set(date, [this] { fire(); });
}

void Timers::fire() {
  kernel_timer_ = nullptr;
  firing_ = true;
  now_ = seconds(set_for_);
  // A map keeps this reference valid while callbacks add moments, or add to this one.
  auto& moment = moments_.at(set_for_);
  while (!moment.empty()) {
    auto first = moment.extract(moment.begin());
    times_.erase(first.key());
    ++n_fired_;
    first.mapped()();
  }
  moments_.erase(set_for_);
  firing_ = false;
  follow();
}

void Timers::cancel(Id id) {
  const auto found = times_.find(id);
  if (found == times_.end()) return;
  const auto moment = moments_.find(found->second);
  times_.erase(found);
  moment->second.erase(id);
  if (!moment->second.empty() || (firing_ && moment->first == set_for_)) return;
  moments_.erase(moment);
  follow();
}

void Timers::stop() {
  stopped_ = true;
  times_.clear();
  if (firing_) {  // what fires looks into its moment again
    std::erase_if(moments_, [this](const auto& one) { return one.first != set_for_; });
    moments_.at(set_for_).clear();
    return;
  }
  moments_.clear();
  follow();
}

std::int64_t Timers::run() {
  const auto before = n_fired_;
  run_engine();
  return n_fired_ - before;
}

}  // namespace longhaul::engine
