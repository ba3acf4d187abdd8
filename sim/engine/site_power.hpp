// Electricity on the clock: what the run's sites may draw, what they draw, what it adds up to.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "engine/timers.hpp"
#include "operations/power_meter.hpp"
#include "operations/run.hpp"

namespace longhaul::engine {

class SitePower {
 public:
  /// How much of the run its power allows.
  struct Allowance {
    std::int64_t nodes = std::numeric_limits<std::int64_t>::max();  ///< 0: it stands still
    double speed = 1;                                               ///< of the chips, of full speed
    /// Of a run that gives replicas up, where it has several sites and any of them allows less than
    /// all: nodes at each.
    std::vector<std::int64_t> by_site;
    bool operator==(const Allowance&) const = default;
  };

  /// `save`: what a run may need to finish a step and save it before a pause. `on_change` is called
  /// when the allowance has changed, or a pause has come near, from a timer of its own.
  SitePower(Timers& timers, const operations::RunInputs& inputs, std::function<Seconds()> save,
            std::function<void()> on_change);
  SitePower(const SitePower&) = delete;
  SitePower& operator=(const SitePower&) = delete;

  /// The run begins, its nodes idle.
  void start();
  /// The state of a node changes (Off: it was not there).
  void moved(std::int64_t node, operations::NodeState from, operations::NodeState to);
  /// From now on the nodes of the run do this, at the speed allowed.
  void run_does(operations::PowerState what);

  const Allowance& allowed() const { return allowed_; }
  /// A pause was called and is so near that the run should save its work and stand by.
  bool pause_is_near() const { return pause_is_near_; }
  /// Until the sites draw what steps take: a site's power rises no faster than it may. 0: now.
  Seconds climb() const;

  Joules energy() const;  ///< of all sites until now
  Watts peak() const { return peak_; }
  std::vector<operations::SiteTotals> totals();

 private:
  using Counts = std::array<std::int64_t, operations::n_node_states>;
  struct Site {
    Site(const operations::SupplyConfig& config, const Date& start, std::uint64_t seed);
    operations::Supply supply;
    operations::PowerMeter meter;
    WattsPerSecond ramp;
    std::int64_t nodes = 0;  // of the run, at the most so far
    std::vector<Counts> n;   // nodes by chip and state
    Seconds since;           // of the climb or fall to `to`
    Watts from, to;
  };

  Site& site_of(std::int64_t node);
  std::size_t chip_of(std::int64_t node) const;
  std::int64_t running(const Site& site) const;
  std::int64_t site_nodes(const Site& site) const;
  Watts tdp_of_run(const Site& site) const;
  std::int64_t given_up(const Site& site) const;
  Watts others(const Site& site) const;
  Watts load(const Site& site) const;
  operations::RunLevel level(const Site& site, Watts limit) const;
  Watts draw(const Site& site, operations::PowerState what) const;
  Watts now_at(const Site& site) const;
  void account(Site& site);
  void settle_at(Site& site, operations::PowerState what);
  bool is_limited() const;
  Seconds notice(const Site& site) const;
  void follow_supply(Seconds now);
  void check();

  Timers& timers_;
  const operations::RunInputs& in_;
  const operations::RunPower& config_;
  std::function<Seconds()> save_;
  std::function<void()> on_change_;
  std::vector<Watts> tdp_;  // by chip: of the platform, then as in the config's others
  std::vector<Site> sites_;
  operations::PowerState doing_ = operations::PowerState::Idle;
  Allowance allowed_;
  bool pause_is_near_ = false;
  bool started_ = false;
  Seconds supply_now_;  // the supplies are as of then
  Timers::Id supply_timer_ = Timers::none, check_timer_ = Timers::none;
  Watts peak_;
};

}  // namespace longhaul::engine
