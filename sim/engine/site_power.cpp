#include "engine/site_power.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace longhaul::engine {

using namespace operations;

namespace {

/// A climb that has less than this to go is over: it is as much as clocks of months tell apart.
const Seconds instant = seconds(1e-6);

std::size_t index(NodeState state) { return static_cast<std::size_t>(state); }

}  // namespace

SitePower::Site::Site(const SupplyConfig& config, const Date& start, std::uint64_t seed)
    : supply(config, start, seed), meter(config.tariff), ramp(config.ramp) {}

SitePower::SitePower(Timers& timers, const RunInputs& inputs, std::function<Seconds()> save,
                     std::function<void()> on_change)
    : timers_(timers),
      in_(inputs),
      config_(*inputs.power),
      save_(std::move(save)),
      on_change_(std::move(on_change)) {
  tdp_.push_back(config_.tdp);
  for (const auto& other : config_.others) tdp_.push_back(other.tdp);
  for (const auto& site : config_.sites)
    sites_.emplace_back(site, config_.start, in_.seed).n.resize(tdp_.size());
}

SitePower::Site& SitePower::site_of(std::int64_t node) {
  const auto per_site = in_.nodes.per_site;
  if (per_site <= 0 || node < 0) return sites_.front();
  return sites_[std::min(static_cast<std::size_t>(node / per_site), sites_.size() - 1)];
}

/// Index into the chips' power.
std::size_t SitePower::chip_of(std::int64_t node) const {
  const auto& others = config_.others;
  const auto after = std::ranges::upper_bound(others, node, {}, &OtherChips::first_node);
  if (after == others.begin()) return 0;
  const auto& range = *(after - 1);
  return node < range.first_node + range.nodes ? static_cast<std::size_t>(after - others.begin())
                                               : 0;
}

void SitePower::start() {
  auto& first = sites_.front();
  if (in_.nodes.used == 0) first.nodes = first.n.front()[index(NodeState::Run)] = 1;
  follow_supply(timers_.now());
  check();
  started_ = true;
  for (auto& site : sites_) site.from = site.to = draw(site, PowerState::Idle);
}

void SitePower::moved(std::int64_t node, NodeState from, NodeState to) {
  auto& site = site_of(node);
  if (started_) account(site);
  auto& n = site.n[chip_of(node)];
  if (from != NodeState::Off) --n[index(from)];
  if (to != NodeState::Off) ++n[index(to)];
  site.nodes = std::max(site.nodes, running(site));
  if (!started_) return;
  settle_at(site, doing_);
  if (is_limited() && check_timer_ == Timers::none)
    check_timer_ = timers_.at(timers_.now(), [this] {
      check_timer_ = Timers::none;
      check();
    });
}

void SitePower::run_does(PowerState what) {
  doing_ = what;
  for (auto& site : sites_) {
    account(site);
    settle_at(site, what);
  }
}

// --- what is drawn
// --------------------------------------------------------------------------------

std::int64_t SitePower::running(const Site& site) const {
  std::int64_t n = 0;
  for (const auto& counts : site.n) n += counts[index(NodeState::Run)];
  return n;
}

/// All that are there.
std::int64_t SitePower::site_nodes(const Site& site) const {
  std::int64_t n = 0;
  for (const auto& counts : site.n) n = std::accumulate(counts.begin(), counts.end(), n);
  return n;
}

/// Of a chip of the run, on average where it has several: what they draw is linear in it.
Watts SitePower::tdp_of_run(const Site& site) const {
  const auto n = running(site);
  if (tdp_.size() == 1 || n == 0) return tdp_.front();
  Watts sum;
  for (std::size_t chip = 0; chip < tdp_.size(); ++chip)
    sum += static_cast<double>(site.n[chip][index(NodeState::Run)]) * tdp_[chip];
  return sum / static_cast<double>(n);
}

/// Nodes that left the run for want of power and are switched off.
std::int64_t SitePower::given_up(const Site& site) const {
  if (config_.response != Response::Shrink) return 0;
  return std::min(site.n.front()[index(NodeState::Idle)], site.nodes - running(site));
}

/// Of nodes that are neither in the run nor given up.
Watts SitePower::others(const Site& site) const {
  Watts sum;
  for (std::size_t chip = 0; chip < tdp_.size(); ++chip) {
    const auto& n = site.n[chip];
    const auto of = [&](std::int64_t nodes, PowerState state) {
      return run_power(config_.config, tdp_[chip], nodes * config_.gpus_per_node, state);
    };
    sum += of(n[index(NodeState::Warm)], PowerState::Standby) +
           of(n[index(NodeState::Repair)] + n[index(NodeState::Drained)], PowerState::Repair) +
           of(n[index(NodeState::Idle)] - (chip == 0 ? given_up(site) : 0), PowerState::Free) +
           of(n[index(NodeState::Cold)], PowerState::Cold);
  }
  return sum;
}

/// What it would draw in steps with all of the run's nodes.
Watts SitePower::load(const Site& site) const {
  return run_power(config_.config, tdp_of_run(site), site.nodes * config_.gpus_per_node,
                   PowerState::Compute) +
         others(site);
}

/// Nodes are switched off one by one, so each is a replica to the response.
RunLevel SitePower::level(const Site& site, Watts limit) const {
  if (site.nodes == 0) return {std::numeric_limits<std::int64_t>::max()};
  return level_under({config_.config, tdp_of_run(site), site.nodes * config_.gpus_per_node,
                      site.nodes, others(site)},
                     config_.frequency, config_.response, limit);
}

/// In steps and all else, with the nodes that are in the run now.
Watts SitePower::draw(const Site& site, PowerState what) const {
  const auto n = running(site);
  const PoweredRun run{config_.config, tdp_of_run(site), n * config_.gpus_per_node, 1,
                       others(site)};
  const Watts watts = site_power(run, config_.frequency, {1, allowed_.speed}, what);
  return watts + run_power(config_.config, config_.tdp, given_up(site) * config_.gpus_per_node,
                           PowerState::Off);
}

Watts SitePower::now_at(const Site& site) const {
  return Ramp{site.from, site.to, site.ramp}.at(timers_.now() - site.since);
}

void SitePower::account(Site& site) {
  const Seconds time = timers_.now() - site.since;
  const Ramp ramp{site.from, site.to, site.ramp};
  const Seconds rising = std::min(time, ramp.duration());
  const Watts reached = time + instant >= ramp.duration() ? site.to : ramp.at(time);
  site.meter.add_ramp(rising, site.from, reached);
  site.meter.add(time - rising, site.to);
  site.from = reached;
  site.since = timers_.now();
  if (!(time > Seconds())) return;
  Watts all;
  for (const auto& one : sites_) all += now_at(one);
  peak_ = std::max(peak_, all);
}

void SitePower::settle_at(Site& site, PowerState what) {
  site.to = draw(site, allowed_.nodes > 0 ? what : PowerState::Idle);
  if (site.ramp == watts_per_second(0)) site.from = site.to;
}

Seconds SitePower::climb() const {
  Seconds longest;
  for (const auto& site : sites_) {
    const Ramp ramp{now_at(site), draw(site, PowerState::Compute), site.ramp};
    if (ramp.to > ramp.from) longest = std::max(longest, ramp.duration());
  }
  return longest > instant ? longest : Seconds();
}

// --- what may be drawn
// ----------------------------------------------------------------------------

bool SitePower::is_limited() const {
  return std::ranges::any_of(sites_, [](const Site& site) {
    return site.supply.fraction() > 0 || site.supply.cap() < watts(1e300);
  });
}

/// What a pause takes to prepare: the work is saved, and power goes down no faster than it may.
Seconds SitePower::notice(const Site& site) const {
  const Ramp down{load(site), draw(site, PowerState::Idle), site.ramp};
  return save_() + down.duration();
}

void SitePower::follow_supply(Seconds now) {
  supply_now_ = now;
  Seconds next = seconds(std::numeric_limits<double>::infinity());
  for (auto& site : sites_) {
    site.supply.advance(now);
    next = std::min(next, site.supply.next_change());
    for (const auto& call : site.supply.called())
      if (const auto begin = call.begin_by(notice(site)); begin > now) next = std::min(next, begin);
  }
  timers_.cancel(supply_timer_);
  // The clock may be a rounding short of it.
  supply_timer_ = timers_.at(next, [this, next] {
    supply_timer_ = Timers::none;
    follow_supply(next);
    check();
  });
}

void SitePower::check() {
  Allowance allowed;
  const Seconds moment = std::max(timers_.now(), supply_now_);
  bool near = false;
  // Replicas are given up at the sites that lack power, and the others go on.
  const bool gives_up = config_.response == Response::Shrink && sites_.size() > 1;
  std::vector<std::int64_t> at_sites;
  bool some_less = false;
  for (const auto& site : sites_) {
    const Watts load = this->load(site);
    const auto now = level(site, site.supply.limit(load));
    allowed.speed = std::min(allowed.speed, now.speed);
    const bool less = now.replicas < site.nodes;
    if (gives_up) {
      at_sites.push_back(less ? now.replicas : site_nodes(site));
      some_less = some_less || less;
    } else if (less) {
      allowed.nodes = std::min(allowed.nodes, now.replicas);
    }
    for (const auto& call : site.supply.called()) {
      const bool comes = call.start > moment && call.begin_by(notice(site)) <= moment;
      const Watts left = (1 - call.fraction) * std::min(site.supply.cap(), load);
      near = near || (comes && level(site, left).replicas == 0 && !gives_up);
    }
  }
  if (some_less) {
    allowed.nodes = std::accumulate(at_sites.begin(), at_sites.end(), std::int64_t{0});
    allowed.by_site = std::move(at_sites);
  }
  const bool news = !(allowed == allowed_) || (near && !pause_is_near_);
  allowed_ = allowed;
  pause_is_near_ = near;
  if (started_) run_does(doing_);
  if (news && started_) on_change_();
}

// --- what it adds up to
// ---------------------------------------------------------------------------

Joules SitePower::energy() const {
  Joules all;
  for (const auto& site : sites_) {
    const Seconds time = timers_.now() - site.since;
    const Seconds rising = std::min(time, Ramp{site.from, site.to, site.ramp}.duration());
    all += site.meter.energy() + rising * ((site.from + now_at(site)) / 2.0) +
           (time - rising) * site.to;
  }
  return all;
}

std::vector<SiteTotals> SitePower::totals() {
  std::vector<SiteTotals> totals;
  for (auto& site : sites_) {
    account(site);
    totals.push_back(
        {site.meter.energy(), site.meter.peak(), site.meter.cost(), site.meter.co2_kg()});
  }
  return totals;
}

}  // namespace longhaul::engine
