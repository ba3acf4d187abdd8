#include "operations/power_meter.hpp"

#include <algorithm>

namespace longhaul::operations {

namespace {
constexpr double joules_per_kwh = 3.6e6;
}

void PowerMeter::add_ramp(Seconds duration, Watts from, Watts to) {
  if (!(duration > seconds(0))) return;
  const Joules energy = duration * ((from + to) / 2.0);
  const Joules sum = sum_ + energy;
  // Neumaier: what the smaller of the two lost in the sum.
  correction_ += abs(sum_) >= abs(energy) ? (sum_ - sum) + energy : (energy - sum) + sum_;
  sum_ = sum;
  peak_ = std::max({peak_, from, to});
}

double PowerMeter::co2_kg() const {
  return energy().value() / joules_per_kwh * tariff_.co2_kg_per_kwh;
}

Seconds Ramp::duration() const {
  if (rate == watts_per_second(0)) return seconds(0);
  return abs(to - from) / rate;
}

Joules Ramp::energy() const { return duration() * ((from + to) / 2.0); }

Watts Ramp::at(Seconds elapsed) const {
  if (elapsed >= duration()) return to;
  const Watts moved = rate * elapsed;
  return to >= from ? from + moved : from - moved;
}

}  // namespace longhaul::operations
