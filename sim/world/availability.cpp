#include "world/availability.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "random/stream.hpp"

namespace longhaul::world {

namespace {

/// What that part of a lot sustains of its peak.
double used(const Lot& lot, double part, const Utilisation& utilisation) {
  if (!utilisation || lot.phase < 0) return lot.chip.utilisation;
  return utilisation(lot.phase, part * lot.chips).value_or(lot.chip.utilisation);
}

}  // namespace

Availability::Availability(const World& world, const Date& start, std::uint64_t seed)
    : world_(world) {
  for (const auto& site : world.sites)
    supplies_.emplace_back(
        with_sources(site, static_cast<std::int64_t>(supplies_.size()), start, seed), start, seed);
  for (std::size_t i = 0; i < world.phases.size(); ++i) {
    const auto& phase = world.phases[i];
    random::Stream stream(seed, "world/phase/" + std::to_string(i));
    arrivals_.push_back({since(start, phase.at) + phase.delay.draw(stream), &phase});
  }
  std::ranges::stable_sort(arrivals_, {}, &Arrival::time);
}

void Availability::advance(Seconds now) {
  for (auto& supply : supplies_) supply.advance(now);
}

Seconds Availability::next_change() const {
  Seconds next = seconds(std::numeric_limits<double>::infinity());
  for (const auto& supply : supplies_) next = std::min(next, supply.next_change());
  return next;
}

Seconds Availability::last_arrival(Seconds now) const {
  Seconds last;
  for (const auto& arrival : arrivals_)
    if (arrival.time <= now) last = std::max(last, arrival.time);
  return last;
}

Watts Availability::cap_at(Seconds time) const {
  if (supplies_.empty()) return watts(std::numeric_limits<double>::infinity());
  Watts sum;
  for (const auto& supply : supplies_) sum += supply.cap_at(time);
  return sum;
}

double Availability::pue(Seconds time) const {
  Watts drawn, fed;
  for (std::size_t i = 0; i < supplies_.size(); ++i) {
    const Watts cap = supplies_[i].cap_at(time);
    if (!std::isfinite(cap.value())) return world_.sites[i].pue;
    drawn += cap;
    fed += cap / world_.sites[i].pue;
  }
  return fed > watts(0) ? static_cast<double>(drawn / fed) : 1;
}

Dollars Availability::budget(Seconds time) const {
  const auto& money = world_.money;
  if (!money.budget) return dollars(std::numeric_limits<double>::infinity());
  return *money.budget * std::pow(money.growth, time.value() / seconds_per_year);
}

std::vector<Lot> Availability::lots(double share, Seconds time, Seconds arrived) const {
  std::vector<Lot> lots;
  if (world_.trend) lots.push_back(lot_at(*world_.trend, time));
  for (const auto& arrival : arrivals_) {
    if (arrival.time > arrived) break;
    if (arrival.phase->replaces) lots.clear();
    lots.push_back({arrival.phase->name, arrival.phase->chips, arrival.phase->chip,
                    arrival.phase - world_.phases.data()});
  }
  for (auto& lot : lots) lot.chips *= share;
  return lots;
}

Cluster Availability::largest(double share, Seconds time, Seconds arrived, Watts cap,
                              const Utilisation& utilisation) const {
  auto all = lots(share, time, arrived);
  const double of_sites = pue(arrived);
  double n_there = 0;
  for (auto& lot : all) {
    lot.chip.power *= of_sites;
    n_there += lot.chips;
  }
  const auto of_part = [&](double part) {
    for (auto& lot : all) lot.chip.utilisation = used(lot, part, utilisation);
    return largest_cluster(all, cap, share * budget(time));
  };
  auto found = of_part(1);
  // Where power or money leave chips unused, those that are used are busier than all would be. Of
  // several kinds each is taken as if all of it were used.
  if (utilisation && all.size() == 1 && found.limit != Cluster::Limit::Chips && n_there > 0 &&
      std::isfinite(n_there))
    found = of_part(found.chips / n_there);
  return found;
}

Cluster Availability::cluster(double share, Seconds time, Seconds arrived,
                              const Utilisation& utilisation) const {
  return largest(share, time, arrived, share * cap_at(arrived), utilisation);
}

Cluster Availability::bought(double share, Seconds time, const Utilisation& utilisation) const {
  return largest(share, time, time, watts(std::numeric_limits<double>::infinity()), utilisation);
}

FlopPerSecond Availability::there(double share, Seconds time, Seconds arrived,
                                  const Utilisation& utilisation) const {
  FlopPerSecond sum;
  for (const auto& lot : lots(share, time, arrived))
    sum += lot.chips * used(lot, 1, utilisation) * lot.chip.flops;
  return sum;
}

PerSecond Availability::growth(double share, Seconds now, const Utilisation& utilisation) const {
  const Seconds step = days(1);
  const auto at_once = cluster(share, now, now, utilisation).sustained;
  const auto then = cluster(share, now + step, now, utilisation).sustained;
  if (!(at_once > flop_per_second(0)) || !(then > flop_per_second(0))) return {};
  return std::log(static_cast<double>(then / at_once)) / step;
}

DollarsPerJoule Availability::energy_price() const {
  DollarsPerJoule sum;
  Watts all;
  for (std::size_t i = 0; i < supplies_.size(); ++i) {
    const auto& price = world_.sites[i].supply.tariff.price;
    const Watts cap = supplies_[i].cap();
    if (!std::isfinite(cap.value())) return price;
    sum += price * static_cast<double>(cap / watts(1));
    all += cap;
  }
  return all > watts(0) ? sum / static_cast<double>(all / watts(1)) : DollarsPerJoule();
}

}  // namespace longhaul::world
