#include "world/hardware.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace longhaul::world {
namespace {

FlopPerSecond sustained(const ChipFigures& chip) { return chip.flops * chip.utilisation; }

/// Takes lots in their order while power and money last.
Cluster fill(const std::vector<Lot>& lots, Watts cap, const Dollars& budget) {
  Cluster cluster;
  FlopPerSecond most;
  for (const Lot& lot : lots) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const auto& chip = lot.chip;
    const double powered =
        chip.power > watts(0) ? static_cast<double>((cap - cluster.power) / chip.power) : infinite;
    const double paid = chip.price > dollars(0)
                            ? static_cast<double>((budget - cluster.price) / chip.price)
                            : infinite;
    const double n = std::max(0.0, std::min({lot.chips, powered, paid}));
    if (!std::isfinite(n))
      throw std::invalid_argument("nothing bounds the cluster: neither chips, power nor money");
    if (n < lot.chips)
      cluster.limit = paid < powered ? Cluster::Limit::Money : Cluster::Limit::Power;
    cluster.chips += n;
    cluster.peak += n * chip.flops;
    cluster.sustained += n * sustained(chip);
    if (n * sustained(chip) > most) {
      most = n * sustained(chip);
      cluster.phase = lot.phase;
    }
    cluster.power += n * chip.power;
    cluster.price += n * chip.price;
  }
  return cluster;
}

}  // namespace

Lot lot_at(const Trend& trend, Seconds time) {
  const double years = time.value() / seconds_per_year;
  const auto grown = [years](double growth) { return std::pow(growth, years); };
  Lot lot{"trend",
          trend.chips ? *trend.chips * grown(trend.chips_growth)
                      : std::numeric_limits<double>::infinity(),
          trend.chip};
  lot.chip.flops *= grown(trend.flops_growth);
  lot.chip.power *= grown(trend.power_growth);
  lot.chip.price *= grown(trend.price_growth);
  return lot;
}

std::string_view key_of(Cluster::Limit limit) {
  switch (limit) {
    case Cluster::Limit::Chips:
      return "chips";
    case Cluster::Limit::Power:
      return "power";
    case Cluster::Limit::Money:
      return "money";
  }
  return "";
}

Cluster largest_cluster(const std::vector<Lot>& lots, Watts cap, const Dollars& budget) {
  // Cheapest by one, then by the other: the best for whichever lacks. Free ones come first.
  auto by_power = lots;
  std::ranges::stable_sort(by_power, [](const Lot& a, const Lot& b) {
    return a.chip.power * sustained(b.chip) < b.chip.power * sustained(a.chip);
  });
  auto by_price = lots;
  std::ranges::stable_sort(by_price, [](const Lot& a, const Lot& b) {
    return a.chip.price * sustained(b.chip) < b.chip.price * sustained(a.chip);
  });
  auto one = fill(by_power, cap, budget);
  auto other = fill(by_price, cap, budget);
  return other.sustained > one.sustained ? other : one;
}

}  // namespace longhaul::world
