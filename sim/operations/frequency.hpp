// How fast chips compute when their power is capped.
#pragma once

#include <optional>

#include "units/quantity.hpp"

namespace longhaul::operations {

/// Power idle + (full - idle) s^exponent at a share s of full speed, from lowest_speed to 1. Speed
/// goes with the clock; the cube is that of CMOS, whose dynamic power goes with f V^2 and whose
/// voltage goes with f. Below lowest_speed the voltage is at its floor and the law ends.
struct FrequencyLaw {
  double exponent = 3;        ///< at least 1
  double lowest_speed = 0.5;  ///< of full speed (0-1)
};

/// Of one chip, or of a whole run: what does not depend on the clock (server, network) may be part
/// of both `idle` and `full`, so facility watts of run_power() will do. Throws
/// std::invalid_argument for a speed outside lowest_speed .. 1 [W].
Watts power_at_speed(const FrequencyLaw& law, Watts idle, Watts full, double speed);

/// The inverse: the greatest speed at which no more than `power` is drawn, to rounding. 1 from
/// `full` on; empty where even lowest_speed draws more.
std::optional<double> find_speed_at_power(const FrequencyLaw& law, Watts idle, Watts full,
                                          Watts power);

}  // namespace longhaul::operations
