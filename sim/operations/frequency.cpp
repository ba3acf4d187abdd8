#include "operations/frequency.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace longhaul::operations {

Watts power_at_speed(const FrequencyLaw& law, Watts idle, Watts full, double speed) {
  if (!(speed >= law.lowest_speed && speed <= 1))
    throw std::invalid_argument("a speed that the frequency law does not hold for");
  if (speed == 1) return full;
  return idle + (full - idle) * std::pow(speed, law.exponent);
}

std::optional<double> find_speed_at_power(const FrequencyLaw& law, Watts idle, Watts full,
                                          Watts power) {
  if (power >= full) return 1;
  if (power < power_at_speed(law, idle, full, law.lowest_speed)) return std::nullopt;
  const double dynamic_share = (power - idle) / (full - idle);
  return std::clamp(std::pow(dynamic_share, 1 / law.exponent), law.lowest_speed, 1.0);
}

}  // namespace longhaul::operations
