// What there is to be had at a date: chips that were delivered, power, money.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "operations/supply.hpp"
#include "units/calendar.hpp"
#include "units/quantity.hpp"
#include "world/hardware.hpp"
#include "world/world.hpp"

namespace longhaul::world {

/// A phase and when it comes on line, its delay drawn.
struct Arrival {
  Seconds time;
  const Phase* phase = nullptr;
};

/// What so many chips of a phase, by its index, sustain of their peak; nothing where the phase's
/// own figure holds.
using Utilisation = std::function<std::optional<double>(std::int64_t phase, double chips)>;

class Availability {
 public:
  /// Delays come from the streams "world/phase/<i>". `world` must outlive it.
  Availability(const World& world, const Date& start, std::uint64_t seed);

  /// Goes on to `now`; prices of energy are as of then, and caps cannot be asked for before it.
  void advance(Seconds now);
  /// When a cap changes next; infinite where none does.
  Seconds next_change() const;

  /// In the order of time.
  const std::vector<Arrival>& arrivals() const { return arrivals_; }
  /// Of chips that are on line; the start where some have been from the start.
  Seconds last_arrival(Seconds now) const;

  /// What all sites may draw at a time not before now, by the caps that are to come; infinite
  /// without sites.
  Watts cap_at(Seconds time) const;
  /// For the chips of one cluster; infinite where nothing limits it.
  Dollars budget(Seconds time) const;
  /// What the sites draw over what the figures of their chips count: chips stand on each in
  /// proportion to what it feeds; 1 without sites.
  double pue(Seconds time) const;
  /// The largest cluster of `share` of all there is: of trend and budget of `time`, with the caps
  /// and of the deliveries until `arrived`; its power is that of the sites. `utilisation` may be
  /// empty.
  Cluster cluster(double share, Seconds time, Seconds arrived,
                  const Utilisation& utilisation) const;
  /// The same whatever power there is to feed it.
  Cluster bought(double share, Seconds time, const Utilisation& utilisation) const;
  /// What all chips that are there sustain, whatever power and money there is; may be infinite.
  FlopPerSecond there(double share, Seconds time, Seconds arrived,
                      const Utilisation& utilisation) const;
  /// Growth of that cluster around now, smooth parts only: deliveries are jumps.
  PerSecond growth(double share, Seconds now, const Utilisation& utilisation) const;
  /// Mean over the sites, by what they may draw.
  DollarsPerJoule energy_price() const;

 private:
  std::vector<Lot> lots(double share, Seconds time, Seconds arrived) const;
  Cluster largest(double share, Seconds time, Seconds arrived, Watts cap,
                  const Utilisation& utilisation) const;

  const World& world_;
  std::vector<operations::Supply> supplies_;  // of the sites
  std::vector<Arrival> arrivals_;
};

}  // namespace longhaul::world
