#include "lab/under_way.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace longhaul::lab {

void UnderWay::move_to(const world::Cluster& has) {
  if (!(has.sustained > flop_per_second(0))) return;
  const double part = std::min(share, static_cast<double>(promised / has.sustained));
  power = part * has.power;
  price = part * has.price;
}

UnderWay::Kept UnderWay::kept_of(const world::Cluster& has, double free, Watts cap) const {
  using Limit = world::Cluster::Limit;
  Kept kept;
  if (!(promised > flop_per_second(0))) return kept;
  const double its = std::clamp(free, 0.0, share);
  // But for rounding.
  constexpr double whole = 1 - 1e-9;
  if (const double chips = its * double(has.sustained / promised); chips < whole)
    kept = {chips, has.limit};
  if (!(power > watts(0))) return kept;
  if (const double powered = its * double(cap / power); powered < whole && powered < kept.share)
    kept = {powered, Limit::Power};
  return kept;
}

void UnderWay::go_on(double kept, Seconds from, double log_worth_then, Stretch& stretch) {
  const Seconds until = from + stretch.time;
  const Seconds computing = until - std::clamp(standing_until, from, until);
  // The mean of e^x where x goes evenly from one to the other.
  const double mean =
      log_worth_then == log_worth_now
          ? std::exp(log_worth_now)
          : (std::exp(log_worth_then) - std::exp(log_worth_now)) / (log_worth_then - log_worth_now);
  stretch.kept = kept * sustained * computing;
  stretch.in_run = kept * told.cluster.sustained;
  stretch.run_power = kept * power;
  stretch.run_price = kept * price;
  told.compute += stretch.kept;
  weighted += stretch.kept * mean;
  told.energy += stretch.run_power * stretch.time;
}

bool UnderWay::is_done(double kept) const {
  if (!(target > told.compute)) return true;
  return target - told.compute <= kept * sustained * seconds(1);
}

Seconds UnderWay::end_of_target(double kept, Seconds now) const {
  const auto rate = kept * sustained;
  const Flop left = std::max(Flop(), target - told.compute);
  if (!(rate > flop_per_second(0))) return seconds(std::numeric_limits<double>::infinity());
  return std::max(now, standing_until) + left / rate;
}

}  // namespace longhaul::lab
