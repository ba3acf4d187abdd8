#include "lab/accounts.hpp"

#include <algorithm>

namespace longhaul::lab {

Dollars cost_of_run(const Stretch& s, const Prices& prices) {
  return s.run_price * (s.time / prices.chip_life) + s.run_power * s.time * prices.energy;
}

void add(LabTotals& totals, const Stretch& s, const Prices& prices) {
  const double held = s.experiments + s.serving;
  const FlopPerSecond for_runs = (1 - held) * s.owned.sustained;
  const FlopPerSecond unused = std::max(FlopPerSecond(), for_runs - s.in_run);
  totals.experiments += s.experiments * s.owned.sustained * s.time;
  totals.serving += s.serving * s.owned.sustained * s.time;
  totals.useful += s.kept;
  totals.lost += s.in_run * s.time - s.kept;
  totals.idle += unused * s.time;

  const double idle =
      for_runs > FlopPerSecond() ? (1 - held) * double(unused / for_runs) : 1 - held;
  const Watts held_power = held * s.owned.power;
  const Watts left = std::max(Watts(), s.cap - held_power - s.run_power);
  const Watts idle_power = std::min<Watts>(prices.idle_fraction * idle * s.owned.power, left);
  const Joules energy = (held_power + idle_power) * s.time;
  totals.energy += energy + s.run_power * s.time;
  totals.cost += (held + idle) * s.owned.price * (s.time / prices.chip_life) +
                 energy * prices.energy + cost_of_run(s, prices);
}

void add(LabTotals& totals, const LabRun& run) {
  totals.runs_cost += run.cost;
  totals.runs_energy += run.energy;
  if (run.ending != Ending::Released) {
    totals.useful -= run.compute;
    totals.lost += run.compute;
    return;
  }
  ++totals.runs;
  const auto bound = static_cast<std::size_t>(run.bound);
  if (totals.bound_by[bound]++ == 0) totals.bound_since[bound] = run.decided;
  if (!(run.effective > totals.best_effective)) return;
  totals.best_effective = run.effective;
  totals.best_length = run.end - run.start;
  totals.best_at = run.end;
  totals.best_compute = run.compute;
}

}  // namespace longhaul::lab
