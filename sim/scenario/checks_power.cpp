#include "scenario/checks_power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "operations/power_response.hpp"
#include "scenario/checks_moment.hpp"
#include "scenario/checks_months.hpp"
#include "units/format.hpp"

namespace longhaul::scenario {

namespace {

using operations::PowerState;
using operations::Response;

class PowerChecker {
 public:
  PowerChecker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario), reader_(reader), diagnostics_(diagnostics) {}

  void check_all() {
    const auto& sites = s_.power.sites;
    if (sites.empty() || !reader_.sound("power.site") || !reader_.sound("cluster")) return;
    if (!s_.platform)
      return error("power.site",
                   "without a platform nothing says what nodes draw; give cluster.platform");
    const auto per_site = s_.nodes.per_site;
    const auto nodes = count_nodes(s_);
    const auto wanted = per_site > 0 ? (nodes + per_site - 1) / per_site : 1;
    if (nodes > 0 && static_cast<std::int64_t>(sites.size()) != wanted)
      return error("power.site", fmt::format("{} sites, but cluster.per_site = {} of {} nodes make "
                                             "{}; give one power.site for each",
                                             sites.size(), per_site, nodes, wanted));
    const auto per_node = s_.platform->fabric.gpus_per_node;
    nodes_ = sites.size() == 1 ? nodes : 0;
    for (std::size_t i = 0; i < sites.size(); ++i) {
      gpus_ = per_site > 0 ? std::min(s_.run.gpus, per_site * per_node) : s_.run.gpus;
      check_site(sites[i], fmt::format("power.site[{}]", i));
    }
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  Watts of(std::int64_t gpus, PowerState what) const {
    return operations::run_power(s_.platform->power, s_.platform->chip.tdp, gpus, what);
  }
  /// Of nodes beside the run that are whole, those counted that come before `until`. With several
  /// sites nothing says where they are.
  Watts others(Seconds until) const {
    if (nodes_ == 0) return {};
    const auto per_node = s_.platform->fabric.gpus_per_node;
    const auto& spares = s_.spares;
    std::int64_t there = nodes_;
    for (const auto& arrival : s_.arrivals)
      if (since(s_.start, arrival.at) >= until) there -= arrival.nodes;
    const auto beside = std::max<std::int64_t>(0, there - s_.run.gpus / per_node - spares.cold);
    const auto warm = std::min(spares.warm, beside);
    return of(warm * per_node, PowerState::Standby) +
           of((beside - warm) * per_node, PowerState::Free) +
           of(spares.cold * per_node, PowerState::Cold);
  }
  /// Of the site, the run doing this.
  Watts power(PowerState state) const { return of(gpus_, state) + others_; }
  /// The least that the response can bring the site to: the run stands idle, keeping its state in
  /// memory, or goes on with as few replicas as it may, or leaves one of several sites.
  Watts least() const {
    const Watts idle = power(PowerState::Idle);
    if (s_.power.response != Response::Shrink || !s_.run.elastic) return idle;
    if (s_.power.sites.size() > 1) return power(PowerState::Off);
    const auto least_data = s_.run.elastic->least_data;
    const auto gpus = s_.run.model ? s_.run.gpus / std::max<std::int64_t>(1, s_.run.plan.data)
                                   : s_.platform->fabric.gpus_per_node;
    const auto fewest = std::min(gpus_, gpus * least_data);
    return std::min(
        idle, of(fewest, PowerState::Compute) + of(gpus_ - fewest, PowerState::Off) + others_);
  }

  void check_site(const operations::SupplyConfig& site, const std::string& path) {
    const Seconds ever = seconds(std::numeric_limits<double>::infinity());
    const auto begins = [&](std::size_t step) {
      return step < site.cap_steps.size() ? since(s_.start, site.cap_steps[step].at) : ever;
    };
    if (site.cap) check_cap(*site.cap, begins(0), path + ".cap");
    Seconds last;
    for (std::size_t i = 0; i < site.cap_steps.size(); ++i) {
      const auto& step = site.cap_steps[i];
      const auto at = fmt::format("{}.step[{}]", path, i);
      check_cap(step.cap, begins(i + 1), at + ".cap");
      if (!check_moment(step.at, at, ".cap", reader_, diagnostics_)) continue;
      const Seconds time = since(s_.start, step.at);
      if (i > 0 && time <= last)
        error(at + (step.at.date ? ".date" : ".at"),
              "steps come in the order of time; this one is no later than the one before");
      last = time;
    }
    for (std::size_t i = 0; i < site.curtailments.size(); ++i) {
      const auto& call = site.curtailments[i];
      const auto at = fmt::format("{}.curtailment[{}]", path, i);
      check_moment_of_run(call.at, at, ".fraction", "the curtailment begins", s_.start, reader_,
                          diagnostics_);
      check_fraction(call.fraction, since(s_.start, call.at) + call.notice + call.duration,
                     at + ".fraction");
    }
    if (site.random_curtailments)
      check_fraction(site.random_curtailments->fraction.distribution.highest(), ever,
                     path + ".random.fraction");
  }

  /// In force until then, at the latest.
  void check_cap(Watts cap, Seconds until, const std::string& path) {
    others_ = others(until);
    if (cap < least())
      error(path,
            fmt::format("cap = {}, but the site draws {} while the run {}; give at least that",
                        format_quantity(cap), format_quantity(least()), least_is()));
  }
  void check_fraction(double fraction, Seconds until, const std::string& path) {
    others_ = others(until);
    const double most = 1 - least() / power(PowerState::Compute);
    if (fraction > most)
      error(path,
            fmt::format("{:g} less than the {} of steps cannot be met: the site draws {} while "
                        "the run {}; give at most {:.3g}",
                        fraction, format_quantity(power(PowerState::Compute)),
                        format_quantity(least()), least_is(), most));
  }
  std::string_view least_is() const {
    if (least() == power(PowerState::Idle)) return "stands idle";
    return s_.power.sites.size() > 1 ? "is elsewhere" : "goes on with as few replicas as it may";
  }

  const Scenario& s_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
  std::int64_t nodes_ = 0;  // of the one site there is; 0: there are several
  std::int64_t gpus_ = 0;   // of the run on the site looked at, at the most
  Watts others_;            // of nodes there beside the run
};

}  // namespace

void check_power(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  PowerChecker(scenario, reader, diagnostics).check_all();
}

}  // namespace longhaul::scenario
