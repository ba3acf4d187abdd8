#include "experiment/schedule.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "engine/scheduler_actor.hpp"
#include "engine/settings.hpp"
#include "experiment/placed_jobs.hpp"
#include "experiment/schedule_failures.hpp"
#include "fabric/fabric_config.hpp"
#include "fabric/graph.hpp"
#include "fabric/node_distances.hpp"
#include "operations/power.hpp"
#include "scenario/checks_months.hpp"
#include "scheduling/policy.hpp"
#include "scheduling/synthetic.hpp"

namespace longhaul::experiment {

namespace {

using operations::PowerState;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Facility power of one node.
Watts node_power(const scenario::Platform& platform, PowerState state) {
  return operations::run_power(platform.power, platform.chip.tdp, platform.fabric.gpus_per_node,
                               state);
}

scheduling::ClusterOptions options_of(const scenario::Scenario& s, bool keep_slots) {
  const auto& schedule = *s.schedule;
  scheduling::ClusterOptions options;
  options.estimate = schedule.estimate;
  options.restart = schedule.restart;
  if (schedule.checkpoint_every) options.checkpoint_every = *schedule.checkpoint_every;
  options.keep_slots = keep_slots;
  for (const auto& arrival : s.arrivals)
    options.arrivals.push_back(
        {std::max(Seconds{}, operations::since(s.start, arrival.at)), arrival.nodes});
  std::stable_sort(options.arrivals.begin(), options.arrivals.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  return options;
}

scheduling::Disturbances disturbances_of(const scenario::Scenario& s,
                                         const scheduling::Layout& layout) {
  scheduling::Disturbances disturbances;
  disturbances.seed = static_cast<std::uint64_t>(s.seed);
  disturbances.causes = schedule_failures(s, layout);
  const auto watts = s.schedule->watts;
  if (!s.power.sites.empty() && (watts || s.platform))
    disturbances.power =
        scheduling::SitePower{s.power.sites.front(), s.start,
                              watts ? *watts : node_power(*s.platform, PowerState::Compute)};
  return disturbances;
}

Joules energy_of(const scenario::Scenario& s, const scheduling::Layout& layout,
                 const scheduling::ScheduleMetrics& metrics) {
  const auto& totals = metrics.totals;
  if (s.schedule->watts) {
    // Busy, idle or failed; not those that are switched off or not there yet.
    const double off =
        (totals.unpowered + totals.absent) / static_cast<double>(layout.slots_per_node);
    return *s.schedule->watts *
           (static_cast<double>(layout.nodes) * metrics.makespan - seconds(off));
  }
  if (!s.platform) return {};
  const auto drawn = [&](double slot_seconds, PowerState state) {
    return node_power(*s.platform, state) / static_cast<double>(layout.slots_per_node) *
           seconds(slot_seconds);
  };
  return drawn(totals.useful + totals.redone + totals.killed, PowerState::Compute) +
         drawn(totals.restarting, PowerState::Idle) + drawn(totals.idle, PowerState::Standby) +
         drawn(totals.down, PowerState::Repair) + drawn(totals.unpowered, PowerState::Off);
}

}  // namespace

scheduling::Layout schedule_layout(const scenario::Scenario& s) {
  const auto& schedule = *s.schedule;
  if (!schedule.hosts.empty())
    return scheduling::layout_of_hosts(schedule.hosts, schedule.slots_per_host, s.jobs.kinds);
  scheduling::Layout layout;
  if (!s.platform) {
    layout.nodes = layout.nodes_per_pod = s.nodes.count;
    layout.slots_per_node = s.nodes.gpus_per_node;
    return layout;
  }
  auto fabric = fabric::make_fabric(s.platform->fabric);
  const auto groups = fabric::node_groups(fabric);
  layout.nodes = groups.nodes;
  layout.slots_per_node = s.platform->fabric.gpus_per_node;
  layout.nodes_per_leaf = groups.per_leaf;
  layout.nodes_per_pod = groups.per_pod;
  const auto distances =
      std::make_shared<fabric::NodeDistances>(std::move(fabric), layout.slots_per_node);
  layout.distance = [distances](std::int64_t a, std::int64_t b) {
    return static_cast<double>(distances->between(a, b));
  };
  return layout;
}

class Schedule::Impl {
 public:
  Impl(const scenario::Scenario& s, const std::string& policy, bool keep_slots)
      : s_(s),
        name_(policy),
        layout_(schedule_layout(s)),
        placement_(scheduling::make_placement(s.schedule->placement)),
        disturbances_(disturbances_of(s, layout_)),
        policy_(scheduling::make_policy(rules())),
        placed_(s.run.model ? std::make_unique<PlacedJobs>(s) : nullptr),
        timed_(placed_ ? placed_->with_run_times(s.jobs) : nullptr),
        cluster_(jobs(), layout_, *placement_, options(keep_slots)),
        replay_(jobs(), cluster_, *policy_, disturbances_, [this](const auto& event) {
          if (observer_.on_event) observer_.on_event(event);
        }) {}

  ScheduleOutcome run(const ScheduleObserver& observer) {
    const double begin_s = now_s();
    observer_ = observer;
    engine::start_engine(engine::Clock::Months);
    ScheduleOutcome outcome;
    outcome.policy = name_;
    outcome.interrupted = !engine::run_schedule(
        replay_, [&] { return !observer_.go_on || observer_.go_on(replay_.n_ended()); });
    outcome.offered_load =
        scheduling::offered_load(s_.jobs, layout_.n_slots(), layout_.slots_per_node);
    outcome.metrics = scheduling::metrics_of(cluster_, replay_.totals());
    outcome.causes = replay_.causes();
    outcome.energy = energy_of(s_, layout_, outcome.metrics);
    outcome.wall_s = now_s() - begin_s;
    return outcome;
  }

  const scheduling::Cluster& cluster() const { return cluster_; }

 private:
  scheduling::ClusterOptions options(bool keep_slots) {
    auto options = options_of(s_, keep_slots);
    if (placed_)
      options.slowdown = [this](scheduling::JobId job, const scheduling::Slots& slots) {
        return placed_->slowdown(jobs().jobs[static_cast<std::size_t>(job)], slots);
      };
    return options;
  }

  const scheduling::Trace& jobs() const { return timed_ ? *timed_ : s_.jobs; }

  scheduling::PolicyConfig rules() const {
    auto rules = s_.schedule->rules;
    rules.name = name_;
    return rules;
  }

  const scenario::Scenario& s_;
  std::string name_;
  scheduling::Layout layout_;
  std::unique_ptr<scheduling::Placement> placement_;
  scheduling::Disturbances disturbances_;
  std::unique_ptr<scheduling::Policy> policy_;
  std::unique_ptr<PlacedJobs> placed_;        // of jobs that train a model
  std::unique_ptr<scheduling::Trace> timed_;  // where run times of choices had to be worked out
  scheduling::Cluster cluster_;
  ScheduleObserver observer_;
  scheduling::Replay replay_;
};

Schedule::Schedule(const scenario::Scenario& scenario, const std::string& policy, bool keep_slots)
    : impl_(std::make_unique<Impl>(scenario, policy, keep_slots)) {}
Schedule::~Schedule() = default;
ScheduleOutcome Schedule::run(const ScheduleObserver& observer) { return impl_->run(observer); }
const scheduling::Cluster& Schedule::cluster() const { return impl_->cluster(); }

std::vector<Metric> schedule_metrics(const ScheduleOutcome& outcome) {
  const auto& m = outcome.metrics;
  std::vector<Metric> list;
  const auto add = [&](const char* key, auto value) { list.push_back({{key}, value}); };
  add("jobs", m.jobs);
  add("offered_load", outcome.offered_load);
  add("mean_wait_s", m.mean_wait.value());
  add("median_wait_s", m.median_wait.value());
  add("p99_wait_s", m.p99_wait.value());
  add("max_wait_s", m.max_wait.value());
  add("sum_wait_s", m.sum_wait.value());
  add("jobs_that_wait", m.jobs_that_wait);
  add("mean_turnaround_s", m.mean_turnaround.value());
  add("median_turnaround_s", m.median_turnaround.value());
  add("p99_turnaround_s", m.p99_turnaround.value());
  add("max_turnaround_s", m.max_turnaround.value());
  add("mean_bounded_slowdown", m.mean_bounded_slowdown);
  add("makespan_s", m.makespan.value());
  add("utilisation", m.utilisation);
  add("goodput", m.goodput);
  add("fragmentation", m.fragmentation);
  add("blocked", m.blocked);
  add("longest_queue", m.longest_queue);
  add("killed", m.killed);
  add("refused", m.refused);
  add("missed_deadlines", m.missed_deadlines);
  add("preemptions", m.totals.preemptions);
  add("job_failures", m.totals.failures);
  const auto hours = [&](const char* cause, double slot_seconds) {
    list.push_back({{"slot_hours", cause}, slot_seconds / seconds_per_hour});
  };
  hours("useful", m.totals.useful);
  hours("restarting", m.totals.restarting);
  hours("redone", m.totals.redone);
  hours("killed", m.totals.killed);
  hours("idle", m.totals.idle);
  hours("down", m.totals.down);
  hours("unpowered", m.totals.unpowered);
  hours("absent", m.totals.absent);
  for (const auto& cause : outcome.causes) {
    list.push_back({{"failures", cause.name, "nodes"}, cause.failures});
    list.push_back({{"failures", cause.name, "jobs"}, cause.jobs});
    list.push_back(
        {{"failures", cause.name, "redone_slot_hours"}, cause.redone / seconds_per_hour});
  }
  add("energy_j", outcome.energy.value());
  return list;
}

}  // namespace longhaul::experiment
