#include "scenario/checks_schedule.hpp"

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "scenario/checks_fabric.hpp"
#include "scenario/checks_moment.hpp"
#include "scenario/checks_months.hpp"
#include "scenario/resized_run.hpp"
#include "scenario/toml_files.hpp"
#include "scheduling/placement.hpp"
#include "scheduling/policy.hpp"
#include "scheduling/trace_file.hpp"

namespace longhaul::scenario {

namespace {

class ScheduleChecker {
 public:
  ScheduleChecker(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics)
      : s_(scenario), schedule_(*scenario.schedule), reader_(reader), diagnostics_(diagnostics) {}

  void check_all() {
    try {
      scheduling::policy_names(schedule_.policy);
    } catch (const std::invalid_argument& problem) {
      error("schedule.policy", problem.what());
    }
    try {
      scheduling::make_placement(schedule_.placement);
    } catch (const std::invalid_argument& problem) {
      error("schedule.placement", problem.what());
    }
    check_machines();
    check_arrivals();
    check_failures();
    check_power();
    if (!reader_.sound("schedule")) return;
    if (!schedule_.trace && !schedule_.load)
      error("schedule",
            "there are no jobs; give schedule.trace = \"jobs.csv\", or [schedule.load]");
    if (schedule_.trace && schedule_.load)
      error("schedule.load", "a trace and a load exclude each other; take one out");
  }

 private:
  void error(std::string_view path, std::string what) {
    diagnostics_.error(reader_.where(path), std::move(what));
  }

  void check_machines() {
    const bool clustered = s_.platform || s_.nodes.count > 0;
    if (!reader_.sound("cluster")) return;
    if (s_.platform)
      check_fabric(s_.platform->fabric, "cluster.platform.fabric", reader_, diagnostics_);
    if (clustered && !schedule_.hosts.empty())
      error("schedule.hosts", "schedule.hosts and [cluster] exclude each other; take one out");
  }

  void check_arrivals() {
    std::int64_t arriving = 0;
    for (std::size_t i = 0; i < s_.arrivals.size(); ++i) {
      const auto path = fmt::format("cluster.arrival[{}]", i);
      arriving += s_.arrivals[i].nodes;
      check_moment_of_run(s_.arrivals[i].at, path, "nodes", "a node arrives", s_.start, reader_,
                          diagnostics_);
      if (s_.arrivals[i].chip && s_.platform && s_.arrivals[i].chip->name != s_.platform->chip.name)
        error(path + ".chip", "nodes that arrive have the platform's chip; leave it out");
    }
    if (arriving == 0 || !schedule_.hosts.empty()) return;
    const auto there = count_nodes(s_);
    if (arriving > there)
      error("cluster.arrival",
            fmt::format("{} nodes arrive, but the cluster has {} in the end", arriving, there));
  }

  void check_failures() {
    if (!s_.failures.causes || !reader_.sound("failures")) return;
    if (s_.failures.replay)
      error("failures.replay", "recorded stops are those of one run; leave them out");
    const auto& causes = s_.failures.causes->causes;
    for (std::size_t i = 0; i < causes.size(); ++i) {
      const auto& cause = causes[i];
      const auto path = fmt::format("failures.causes.cause[{}]", i);
      using operations::Strikes;
      if (cause.strikes == Strikes::Link || cause.strikes == Strikes::Job || cause.planned)
        error(path, fmt::format("'{}' strikes no machine unannounced; a schedule has causes that "
                                "strike a gpu, node, switch, rack, pod or site",
                                cause.name));
      if (cause.strikes == Strikes::Switch && !s_.platform)
        error(path, fmt::format("without a platform it is not known which machines hang by the "
                                "switches that '{}' strikes; give cluster.platform, or strikes = "
                                "\"rack\" with cluster.per_rack",
                                cause.name));
      if (cause.slows > 1 || cause.corrupts || cause.degrades)
        error(path,
              fmt::format("'{}' does not stop a job; a schedule has causes that do", cause.name));
    }
  }

  void check_power() {
    if (s_.power.sites.empty() || !reader_.sound("power")) return;
    if (s_.power.sites.size() > 1)
      error("power.site", "the machines of a schedule are on one site; give one");
    if (!s_.platform && !schedule_.watts)
      error("schedule", "what a machine draws is not known; give schedule.watts = \"10 kW\"");
  }

  const Scenario& s_;
  const scheduling::ScheduleConfig& schedule_;
  const Reader& reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool is_of_schedule(const Scenario& scenario) { return scenario.schedule.has_value(); }

void check_schedule(const Scenario& scenario, const Reader& reader, Diagnostics& diagnostics) {
  ScheduleChecker(scenario, reader, diagnostics).check_all();
}

namespace {

void read_jobs(Scenario& scenario, const std::string& path, Diagnostics& diagnostics,
               std::vector<Diagnostic>& skipped) {
  const auto& schedule = *scenario.schedule;
  scheduling::TraceOptions options;
  options.format = schedule.format;
  options.skip_bad = schedule.skip_bad;
  options.throughputs = schedule.throughputs;
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> known;  // by GPUs asked for, others
  if (scenario.platform && scenario.run.model)
    options.misfit = [&](const scheduling::Job& job, std::int64_t slots) {
      const auto own = gpus_of(job, *scenario.platform);
      const auto [at, is_new] = known.try_emplace({own, slots});
      if (is_new) at->second = misfit(scenario, own, slots);
      return at->second;
    };
  scenario.jobs = scheduling::read_trace(path, options, diagnostics, &skipped);
}

/// Machines as many as the trace says where nothing else does.
void check_hosts(Scenario& scenario, const Places& places, Diagnostics& diagnostics) {
  auto& schedule = *scenario.schedule;
  if (schedule.hosts.empty()) {
    if (scenario.platform || scenario.nodes.count > 0) return;
    if (scenario.jobs.machines)
      schedule.hosts = fmt::format("{}", *scenario.jobs.machines);
    else
      diagnostics.error(places.where("schedule"),
                        "there are no machines, and the trace does not say how many it had; give "
                        "schedule.hosts = \"400\", or cluster.platform = "
                        "\"../platforms/clusters/meta_24k_roce.toml\"");
    return;
  }
  try {
    const auto layout =
        scheduling::layout_of_hosts(schedule.hosts, schedule.slots_per_host, scenario.jobs.kinds);
    std::int64_t arriving = 0;
    for (const auto& arrival : scenario.arrivals) arriving += arrival.nodes;
    if (arriving > layout.nodes)
      diagnostics.error(places.where("cluster.arrival"),
                        fmt::format("{} nodes arrive, but there are {} hosts in the end", arriving,
                                    layout.nodes));
  } catch (const std::invalid_argument& problem) {
    diagnostics.error(places.where("schedule.hosts"), problem.what());
  }
}

}  // namespace

void fill_jobs(Scenario& scenario, const Places& places, Diagnostics& diagnostics,
               std::vector<Diagnostic>& skipped) {
  const auto& schedule = *scenario.schedule;
  if (schedule.load) {
    try {
      scenario.jobs =
          scheduling::synthetic_trace(*schedule.load, static_cast<std::uint64_t>(scenario.seed));
    } catch (const std::invalid_argument& problem) {
      diagnostics.error(places.where("schedule.load"), problem.what());
      return;
    }
  } else if (const auto path = in_traces(*schedule.trace); path.empty()) {
    diagnostics.error(places.where("schedule.trace"),
                      fmt::format("{} is in a folder of public traces; name it by the environment "
                                  "variable LONGHAUL_TRACES",
                                  *schedule.trace));
    return;
  } else {
    read_jobs(scenario, path, diagnostics, skipped);
  }
  if (!diagnostics.empty()) return;
  scheduling::intensify(scenario.jobs, schedule.intensity);
  check_hosts(scenario, places, diagnostics);
}

}  // namespace longhaul::scenario
