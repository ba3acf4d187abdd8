#include "world/hardware.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "scheduling/linear_program.hpp"

namespace longhaul::world {
namespace {

FlopPerSecond sustained(const ChipFigures& chip) { return chip.flops * chip.utilisation; }

constexpr double infinite = std::numeric_limits<double>::infinity();

/// How many of a lot's chips so much power and money are enough for.
double powered(const Lot& lot, Watts power) {
  return lot.chip.power > watts(0) ? static_cast<double>(power / lot.chip.power) : infinite;
}
double paid(const Lot& lot, const Dollars& money) {
  return lot.chip.price > dollars(0) ? static_cast<double>(money / lot.chip.price) : infinite;
}

void take(Cluster& cluster, FlopPerSecond& most, const Lot& lot, double n) {
  const FlopPerSecond more = n * sustained(lot.chip);
  cluster.chips += n;
  cluster.peak += n * lot.chip.flops;
  cluster.sustained += more;
  cluster.power += n * lot.chip.power;
  cluster.price += n * lot.chip.price;
  if (more > most) {
    most = more;
    cluster.phase = lot.phase;
  }
}

struct Filled {
  Cluster cluster;
  bool lacked_power = false, lacked_money = false;
};

/// Takes lots in their order while power and money last.
Filled fill(const std::vector<Lot>& lots, Watts cap, const Dollars& budget) {
  Filled filled;
  auto& cluster = filled.cluster;
  FlopPerSecond most;
  for (const Lot& lot : lots) {
    const double by_power = powered(lot, cap - cluster.power);
    const double by_price = paid(lot, budget - cluster.price);
    const double n = std::max(0.0, std::min({lot.chips, by_power, by_price}));
    if (!std::isfinite(n))
      throw std::invalid_argument("nothing bounds the cluster: neither chips, power nor money");
    if (n < lot.chips) {
      const bool money = by_price < by_power;
      (money ? filled.lacked_money : filled.lacked_power) = true;
      cluster.limit = money ? Cluster::Limit::Money : Cluster::Limit::Power;
    }
    take(cluster, most, lot, n);
  }
  return filled;
}

/// The best mixture where power and money both lack: a linear programme of the shares of what each
/// lot could be by itself.
Cluster mixed(const std::vector<Lot>& lots, Watts cap, const Dollars& budget) {
  scheduling::LinearProgram programme;
  scheduling::LinearProgram::Terms power, price;
  std::vector<double> alone;
  FlopPerSecond most;
  for (const Lot& lot : lots) {
    alone.push_back(std::min({lot.chips, powered(lot, cap), paid(lot, budget)}));
    most = std::max(most, alone.back() * sustained(lot.chip));
  }
  for (std::size_t i = 0; i < lots.size(); ++i) {
    const auto& chip = lots[i].chip;
    const auto x = programme.add_variable(double(alone[i] * sustained(chip) / most));
    programme.at_most({{x, 1.0}}, 1.0);
    power.emplace_back(x, double(alone[i] * chip.power / cap));
    price.emplace_back(x, double(alone[i] * chip.price / budget));
  }
  programme.at_most(power, 1.0);
  programme.at_most(price, 1.0);
  const auto shares = programme.solve();
  Cluster cluster;
  cluster.limit = Cluster::Limit::Power;
  most = {};
  for (std::size_t i = 0; i < lots.size(); ++i) take(cluster, most, lots[i], shares[i] * alone[i]);
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
  if (lots.size() == 1) return fill(lots, cap, budget).cluster;
  // Where but one of the two lacks, what takes least of it for its work comes first.
  auto ordered = lots;
  std::ranges::stable_sort(ordered, {}, [](const Lot& lot) {
    return lot.chip.power.value() / sustained(lot.chip).value();
  });
  const auto by_power = fill(ordered, cap, budget);
  if (!by_power.lacked_money) return by_power.cluster;
  std::ranges::stable_sort(ordered, {}, [](const Lot& lot) {
    return lot.chip.price.value() / sustained(lot.chip).value();
  });
  const auto by_price = fill(ordered, cap, budget);
  if (!by_price.lacked_power) return by_price.cluster;
  return mixed(lots, cap, budget);
}

}  // namespace longhaul::world
