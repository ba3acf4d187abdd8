// What a site's electricity adds up to, and how its power goes from one level to another.
#pragma once

#include "units/quantity.hpp"

namespace longhaul::operations {

/// What energy costs and emits.
struct Tariff {
  DollarsPerJoule price;
  double co2_kg_per_kwh = 0;
};

/// Energy and peak of one site, stretch by stretch. Rounding is made up for (Neumaier's sum), so
/// that the months may be cut into any number of stretches.
class PowerMeter {
 public:
  explicit PowerMeter(const Tariff& tariff = {}) : tariff_(tariff) {}

  /// A stretch at a steady power. One of no length leaves energy and peak as they are.
  void add(Seconds duration, Watts power) { add_ramp(duration, power, power); }
  /// A stretch on a straight line between two powers.
  void add_ramp(Seconds duration, Watts from, Watts to);

  Joules energy() const { return sum_ + correction_; }
  Watts peak() const { return peak_; }
  Dollars cost() const { return tariff_.price * energy(); }
  double co2_kg() const;

 private:
  Tariff tariff_;
  Joules sum_, correction_;
  Watts peak_;
};

/// A site whose power may change by so much a second and no faster.
struct Ramp {
  Watts from, to;
  WattsPerSecond rate;  ///< 0: at once

  Seconds duration() const;         ///< |to - from| / rate
  Joules energy() const;            ///< over that duration: its mean power, (from + to) / 2
  Watts at(Seconds elapsed) const;  ///< since it began; `to` after its end
};

}  // namespace longhaul::operations
