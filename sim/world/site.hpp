// Sites whose megawatts arrive as what makes them is built.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "operations/supply.hpp"
#include "random/distribution.hpp"
#include "units/quantity.hpp"

namespace longhaul::world {

/// How power comes about: grid, gas, solar, nuclear restart, ..
struct PowerKind {
  std::string name;
  std::string source;            ///< of its lead time
  random::Random<Seconds> lead;  ///< from the order until it delivers; drawn for each source
};

/// A plant or a line that adds power to a site.
struct PowerSource {
  PowerKind kind;
  operations::Moment at;  ///< when it is ordered
  Watts power;
};

/// A site: its caps by date, and what adds to them.
struct Site {
  operations::SupplyConfig supply;
  std::vector<PowerSource> sources;
  double pue = 1;  ///< what it draws over what the figures of its chips count
};

/// The site's caps with its sources as they arrive: base + all that deliver, the base 0 where no
/// cap is given and there are sources. Leads come from the streams "world/source/<site>/<i>".
operations::SupplyConfig with_sources(const Site& site, std::int64_t index, const Date& start,
                                      std::uint64_t seed);

}  // namespace longhaul::world
