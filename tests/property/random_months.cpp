#include "random_months.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace longhaul::property {

using namespace operations;
using random::Distribution;

namespace {

/// low .. high
std::int64_t any(std::int64_t low, std::int64_t high) {
  return *rc::gen::inRange<std::int64_t>(low, high + 1);
}
bool in_one_of(std::int64_t n) { return any(1, n) == 1; }
double share() { return static_cast<double>(any(0, 4)) / 4; }

/// Any length up to `longest`, often none at all.
random::Random<Seconds> any_time(Seconds longest) {
  const double mean = static_cast<double>(any(0, 8)) / 8 * longest.value();
  if (mean == 0 || in_one_of(3)) return seconds(mean);
  if (in_one_of(2))
    return random::Random<Seconds>(Distribution(Distribution::Kind::Uniform, {0.0, 2 * mean}));
  return random::Random<Seconds>(Distribution(Distribution::Kind::Exponential, {mean}));
}

RepairConfig any_repair() {
  RepairConfig repair;
  repair.automatic = any_time(hours(20));
  repair.escalates = share();
  repair.manual = any_time(days(4));
  repair.crews = any(0, 2);
  repair.automatic_leaves_fault = share();
  repair.manual_leaves_fault = share();
  repair.bar_after = in_one_of(3) ? any(1, 4) : 0;
  repair.bar_window = days(static_cast<double>(any(1, 20)));
  repair.bar_score = in_one_of(4) ? static_cast<double>(any(1, 8)) / 2 : 0;
  repair.score_half_life = days(static_cast<double>(any(1, 20)));
  return repair;
}

FailureCause any_cause(std::int64_t index, const Units& units) {
  FailureCause cause;
  cause.name = "cause" + std::to_string(index);
  cause.group = "any";
  cause.strikes = static_cast<Strikes>(any(0, n_strikes - 1));
  cause.clock = static_cast<FailureClock>(any(0, 1));
  // Of all that it strikes, 0 to 100 in the 40 days that the card is counted over, or the same as
  // the life of each.
  const auto often = any(0, 100);
  const double n_units = std::max(1.0, units[cause.strikes]);
  if (often == 0 || in_one_of(3)) {
    cause.count = static_cast<double>(often);
  } else {
    const Seconds apart = n_units / static_cast<double>(often) * days(40);
    if (in_one_of(2))
      cause.mtbf = apart;
    else
      cause.life =
          random::Random<Seconds>(Distribution(Distribution::Kind::Weibull, {apart.value(), 1.5}));
  }
  if (in_one_of(4)) {
    cause.planned = true;
    return cause;
  }
  const auto kind = any(0, 5);
  if (kind == 0) cause.slows = 1.5;
  if (kind == 1) cause.corrupts = true;
  if (cause.corrupts || (kind == 0 && in_one_of(2))) cause.latent = any_time(days(2));
  cause.degrades = cause.strikes == Strikes::Switch || cause.strikes == Strikes::Link;
  if (in_one_of(4)) cause.detect = any_time(hours(1));
  if (in_one_of(4)) cause.repair = any_repair();
  cause.score = share();
  return cause;
}

/// Some nodes of a cluster, or nodes that are not told apart.
RunNodes any_nodes(SparesConfig& spares) {
  if (in_one_of(8)) return {0, 1, 0, 1, 1};
  RunNodes nodes;
  nodes.per_pod = any(1, 6);
  nodes.platform = nodes.per_pod * any(1, 4);
  nodes.off = any(0, std::min<std::int64_t>(2, nodes.platform - 1));
  spares.cold = any(0, std::min<std::int64_t>(2, nodes.platform - nodes.off - 1));
  const auto most = nodes.platform - nodes.off - spares.cold;
  nodes.used = in_one_of(2) ? most : any(1, most);
  nodes.block = any(1, 3);
  nodes.per_leaf = any(1, 3);
  nodes.per_rack = any(1, 3);
  nodes.per_site = any(0, 1) * 2 * nodes.per_pod;
  spares.warm = any(0, 2);
  return nodes;
}

void add_tiers(RunInputs& in) {
  in.tiers.clear();
  for (std::int64_t n = any(0, 2); n > 0; --n) {
    CheckpointTier tier;
    tier.name = "near" + std::to_string(n);
    tier.survives = static_cast<Scope>(any(0, 4));
    in.tiers.push_back(tier);
  }
  in.tiers.emplace_back();
  for (auto& tier : in.tiers) {
    tier.every = any(1, 4);
    tier.keep = any(1, 3);
    tier.write = minutes(static_cast<double>(any(0, 10)));
    tier.read = minutes(static_cast<double>(any(0, 10)));
    tier.drain = minutes(static_cast<double>(any(0, 3) * 40));
  }
  in.tiers.front().every = 1;
  in.checkpoint_policy = in_one_of(3)
                             ? IntervalPolicy::Step
                             : (in_one_of(2) ? IntervalPolicy::Adaptive : IntervalPolicy::Fixed);
  in.checkpoint_interval = minutes(static_cast<double>(any(1, 500)));
  if (in.checkpoint_policy != IntervalPolicy::Step) return;
  in.tiers.front().drain = seconds(0);
  in.tiers.front().write = seconds(static_cast<double>(any(0, 10)));
  for (std::size_t i = 1; i < in.tiers.size(); ++i) in.tiers[i].every = any(1, 500);
}

/// Moments of the run, in order.
std::vector<Seconds> any_moments(std::int64_t most, Seconds duration) {
  std::vector<Seconds> moments;
  for (auto n = any(0, most); n > 0; --n)
    moments.push_back(static_cast<double>(any(0, 1000)) / 1000 * duration);
  std::sort(moments.begin(), moments.end());
  return moments;
}

void add_what_is_planned(RunInputs& in) {
  const auto n_causes = static_cast<std::int64_t>(in.failures.causes.size());
  for (const Seconds& time : any_moments(4, in.duration)) {
    RecordedStop stop{time, static_cast<std::size_t>(any(0, n_causes - 1)), std::nullopt, -1};
    if (in_one_of(3)) stop.lost = minutes(static_cast<double>(any(0, 90)));
    if (in.nodes.platform > 0 && in_one_of(2)) stop.node = any(0, in.nodes.platform - 1);
    in.replay.push_back(stop);
  }
  auto n_left = in.nodes.off;
  for (const Seconds& time : any_moments(n_left, in.duration)) {
    in.arrivals.push_back({time, 1});
    --n_left;
  }
  if (n_left > 0) in.arrivals.push_back({2.0 * in.duration, n_left});  // after its end
  for (const Seconds& time : any_moments(2, in.duration)) {
    Decision decision;
    decision.time = time;
    decision.kind = in_one_of(2) ? Decision::Kind::Extend : Decision::Kind::Restart;
    if (decision.kind == Decision::Kind::Extend)
      decision.steps = any(0, 1000);
    else
      decision.step = in.step;
    in.decisions.push_back(decision);
  }
  if (in.nodes.platform > 0 && in_one_of(3))
    in.maintenance = {days(static_cast<double>(any(1, 10))), any(1, 3), any_time(hours(9))};
}

}  // namespace

/// Nodes of a chip each, 100 W in steps; caps and curtailments as they come.
RunPower any_power(const RunInputs& in) {
  RunPower power;
  power.config = {watts(0), 0, 1, 1, 0.5, 0.1, 0.1, 0.1, 0.1};
  power.tdp = watts(100);
  power.response = static_cast<Response>(in.sizes.empty() ? 2 * any(0, 1) : any(0, 2));
  power.clocked_share = share();
  if (in.nodes.per_site > 0)
    power.sites.resize(
        static_cast<std::size_t>((in.nodes.platform + in.nodes.per_site - 1) / in.nodes.per_site));
  if (power.response != Response::Shrink && in.nodes.off > 0 && in_one_of(2))
    power.others = {{in.nodes.platform - in.nodes.off, in.nodes.off, watts(150)}};
  auto& site = power.sites[static_cast<std::size_t>(any(0, std::ssize(power.sites) - 1))];
  const double load_w = 100 * static_cast<double>(std::max<std::int64_t>(1, in.nodes.used));
  if (in_one_of(3)) site.cap = watts(load_w * (0.3 + share()));
  if (in_one_of(3)) site.ramp = watts_per_second(load_w / 600);
  Seconds at;
  for (std::int64_t n = any(0, 3); n > 0; --n) {
    at += hours(static_cast<double>(any(1, 100)));
    site.curtailments.push_back({{std::nullopt, at},
                                 share(),
                                 hours(static_cast<double>(any(0, 2))),
                                 hours(static_cast<double>(any(1, 9)))});
  }
  return power;
}

RunInputs random_months() {
  RunInputs in;
  in.seed = static_cast<std::uint64_t>(any(0, 1'000'000));
  in.duration = hours(static_cast<double>(any(1, 960)));
  in.steps = any(1, 60'000);
  in.nodes = any_nodes(in.spares);
  // A minute on all nodes, and somewhat longer where the first place is on an odd node.
  in.step = [used = in.nodes.used](const std::vector<std::int64_t>& placement) {
    if (placement.empty()) return minutes(1);
    if (std::ranges::count(placement, -1) > 0) throw std::logic_error("a place is vacant");
    const double share = static_cast<double>(used) / static_cast<double>(placement.size());
    return minutes(placement.front() % 2 == 0 ? share : 1.25 * share);
  };
  add_tiers(in);
  for (auto& n : in.units.n) n = static_cast<double>(any(1, 6));
  in.units[Strikes::Node] = std::max(1.0, static_cast<double>(in.nodes.used));
  in.failures = {"any", "", any(1, 6), days(40), {}};
  for (std::int64_t n = any(1, 4); n > 0; --n) in.failures.causes.push_back(any_cause(n, in.units));
  in.random_failures = !in_one_of(6);
  in.lemons = {share() / 2, static_cast<double>(any(1, 5))};
  in.diagnosis = {share() / 2, share() / 2, any(0, 1), any_time(hours(5))};
  in.recovery = {any_time(minutes(20)), any_time(minutes(40)), any_time(minutes(40))};
  in.repair = any_repair();
  in.spares.swap = any_time(minutes(4));
  in.spares.selection = any_time(minutes(4));
  in.spares.fetch = any_time(minutes(60));
  in.spares.select = static_cast<Selection>(any(0, 2));
  if (in.nodes.used > 1 && in_one_of(2)) {
    for (auto size = in.nodes.used; size > 0; --size) in.sizes.push_back(size);
    in.elastic = {!in_one_of(4), !in_one_of(4), 1, 0, any_time(minutes(10))};
  }
  // What a switch or cable cuts off is given by its number, two nodes that the next one may cut off
  // too; nothing where it is large.
  in.fabric.set_alive = [n_nodes = in.nodes.platform,
                         dead = std::set<std::pair<Strikes, std::int64_t>>()](
                            Strikes what, std::int64_t index, bool alive) mutable {
    if (alive)
      dead.erase({what, index});
    else
      dead.insert({what, index});
    std::set<std::int64_t> cut;
    for (const auto& part : dead)
      if (part.second < 3)
        for (auto node = part.second; node < std::min(part.second + 2, n_nodes); ++node)
          cut.insert(node);
    return std::vector<std::int64_t>(cut.begin(), cut.end());
  };
  if (in_one_of(4))
    in.reshard = [](const std::vector<std::int64_t>& before,
                    const std::vector<std::int64_t>& after) {
      const auto both = static_cast<double>(before.size() + after.size());
      return minutes(
          30 * std::abs(static_cast<double>(before.size()) - static_cast<double>(after.size())) /
          both);
    };
  in.power = any_power(in);
  in.timeline_every = hours(7);
  add_what_is_planned(in);
  return in;
}

}  // namespace longhaul::property
