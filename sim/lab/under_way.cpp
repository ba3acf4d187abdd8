#include "lab/under_way.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::lab {

namespace {

using Limit = world::Cluster::Limit;

Bound bound_by(Limit limit) {
  switch (limit) {
    case Limit::Power:
      return Bound::Power;
    case Limit::Money:
      return Bound::Money;
    case Limit::Chips:
      break;
  }
  return Bound::Chips;
}

}  // namespace

UnderWay::Kept UnderWay::kept_of(const world::Cluster& has, FlopPerSecond there, double free,
                                 Watts cap) const {
  Kept kept;
  if (!(told.cluster.sustained > flop_per_second(0))) return kept;
  const double its = std::clamp(free, 0.0, share);
  constexpr double whole = 1 - 1e-9;                           // but for rounding
  const FlopPerSecond began = told.cluster.sustained / share;  // of the lab's whole cluster
  const FlopPerSecond kept_chips = std::min<FlopPerSecond>(have * began, there);
  const double left =
      its / share * static_cast<double>(std::max<FlopPerSecond>(has.sustained, kept_chips) / began);
  if (left < whole) kept = {left, there < have * began ? Limit::Chips : has.limit};
  if (!(power > watts(0))) return kept;
  if (const double fed = its * static_cast<double>(cap / power); fed < whole && fed < kept.share)
    kept = {fed, Limit::Power};
  return kept;
}

void UnderWay::move_to(const world::Cluster& bought, double pue) {
  const FlopPerSecond began = told.cluster.sustained / share;
  have = std::min(1.0, static_cast<double>(bought.sustained / began));
  const bool any = bought.sustained > flop_per_second(0);
  const double part = any ? static_cast<double>(told.cluster.sustained / bought.sustained) : 0;
  power = part * bought.power / pue;
  price = part * bought.price;
}

FlopPerSecond UnderWay::rate(const Kept& kept) const {
  return std::min<FlopPerSecond>(kept.share * sustained, wall);
}

void UnderWay::go_on(const Kept& kept, Seconds from, double log_worth_then, double pue,
                     Stretch& stretch) {
  const Seconds until = from + stretch.time;
  const Seconds computing = until - std::clamp(standing_until, from, until);
  // The mean of e^x where x goes evenly from one to the other.
  const double mean =
      log_worth_then == log_worth_now
          ? std::exp(log_worth_now)
          : (std::exp(log_worth_then) - std::exp(log_worth_now)) / (log_worth_then - log_worth_now);
  stretch.kept = rate(kept) * computing;
  stretch.in_run = kept.share * told.cluster.sustained;
  stretch.run_power = kept.share * pue * power;
  stretch.run_price = kept.share * price;
  told.compute += stretch.kept;
  weighted += stretch.kept * mean;
  told.energy += stretch.run_power * stretch.time;
  const bool at_wall = wall < kept.share * sustained;
  const Bound holds = at_wall ? Bound::Latency : bound_by(kept.lack.value_or(told.cluster.limit));
  held_by[static_cast<std::size_t>(holds)] += stretch.time;
}

bool UnderWay::is_done(const Kept& kept) const {
  if (!(target > told.compute)) return true;
  return target - told.compute <= rate(kept) * seconds(1);
}

Seconds UnderWay::end_of_target(const Kept& kept, Seconds now) const {
  const Flop left = std::max(Flop(), target - told.compute);
  if (!(rate(kept) > flop_per_second(0))) return seconds(std::numeric_limits<double>::infinity());
  return std::max(now, standing_until) + left / rate(kept);
}

Bound UnderWay::bound() const {
  const auto most = std::ranges::max_element(held_by);
  if (!(*most > Seconds())) return bound_by(told.cluster.limit);
  return static_cast<Bound>(most - held_by.begin());
}

}  // namespace longhaul::lab
