#include "operations/unit_lives.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace longhaul::operations {

UnitLives::Unit& UnitLives::at(std::int64_t unit) {
  const auto index = static_cast<std::size_t>(unit);
  if (index >= units_.size()) units_.resize(index + 1);
  return units_[index];
}

void UnitLives::start(std::int64_t unit, double now, double pace) {
  auto& one = at(unit);
  if (one.left < 0) one.left = life_.draw(stream_);
  one.pace = pace;
  one.due = now + one.left / pace;
  due_.emplace(one.due, unit);
}

void UnitLives::stop(std::int64_t unit, double now) {
  auto& one = at(unit);
  due_.erase({one.due, unit});
  one.left = std::max(0.0, one.due - now) * one.pace;
}

double UnitLives::next() const {
  return due_.empty() ? std::numeric_limits<double>::infinity() : due_.begin()->first;
}

std::int64_t UnitLives::take() {
  if (due_.empty()) throw std::logic_error("no unit was to fail");
  const auto [time, unit] = *due_.begin();
  due_.erase(due_.begin());
  auto& one = units_[static_cast<std::size_t>(unit)];
  one.left = -1;
  start(unit, time, one.pace);
  return unit;
}

}  // namespace longhaul::operations
