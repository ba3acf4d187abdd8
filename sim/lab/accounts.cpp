#include "lab/accounts.hpp"

#include <algorithm>

namespace longhaul::lab {

void add(LabTotals& totals, const Stretch& s, const Prices& prices) {
  const double for_runs = 1 - s.experiments - s.serving;
  totals.experiments += s.experiments * s.owned.sustained * s.time;
  totals.serving += s.serving * s.owned.sustained * s.time;
  totals.useful += s.kept;
  totals.lost += s.in_run * s.time - s.kept;
  totals.idle += std::max(FlopPerSecond(), for_runs * s.owned.sustained - s.in_run) * s.time;

  const Watts idle =
      prices.idle_fraction * std::max(Watts(), for_runs * s.owned.power - s.run_power);
  const Watts busy = (s.experiments + s.serving) * s.owned.power + s.run_power;
  const Joules energy = (busy + idle) * s.time;
  totals.energy += energy;
  totals.cost += s.owned.price * (s.time / prices.chip_life) + energy * prices.energy;
}

}  // namespace longhaul::lab
