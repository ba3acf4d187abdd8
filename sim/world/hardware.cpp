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
  if (lots.size() == 1) return fill(lots, cap, budget);
  // Of two things that may both lack the best order weighs one against the other: tried from all of
  // the one to all of the other. Shares of what there is of each; free chips come first.
  const auto weighed = [&](const Lot& lot, double of_power) {
    const double power = std::isfinite(cap.value()) ? double(lot.chip.power / cap) : 0.0;
    const double price = std::isfinite(budget.value()) ? double(lot.chip.price / budget) : 0.0;
    return (of_power * power + (1 - of_power) * price) / sustained(lot.chip).value();
  };
  Cluster best;
  constexpr int weights = 16;
  for (int i = 0; i <= weights; ++i) {
    auto ordered = lots;
    std::ranges::stable_sort(ordered, {}, [&](const Lot& lot) {
      return weighed(lot, static_cast<double>(i) / weights);
    });
    const auto one = fill(ordered, cap, budget);
    if (one.sustained > best.sustained || i == 0) best = one;
    if (!std::isfinite(cap.value()) || !std::isfinite(budget.value())) break;
  }
  return best;
}

}  // namespace longhaul::world
