#include "report/schedule_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/screen.hpp"
#include "report/tables.hpp"
#include "report/text_table.hpp"
#include "scheduling/config.hpp"
#include "units/format.hpp"

namespace longhaul::report {

namespace {

using Json = nlohmann::ordered_json;

std::string machines_text(const scheduling::Layout& layout) {
  return layout.slots_per_node == 1
             ? fmt::format("{} machines", format_count(layout.nodes))
             : fmt::format("{} nodes of {} slots", format_count(layout.nodes),
                           layout.slots_per_node);
}

std::string_view estimate_text(scheduling::EstimateBy by) {
  return by == scheduling::EstimateBy::Actual ? "actual run times" : "as requested, else actual";
}

std::string assumed(const scenario::Scenario& s) {
  const auto& schedule = *s.schedule;
  auto text = fmt::format("assumed    estimates {}; placement {}; restart {}",
                          estimate_text(schedule.estimate), schedule.placement,
                          format_quantity(schedule.restart));
  if (schedule.intensity != 1)
    text += fmt::format("; submissions {} times as fast", schedule.intensity);
  if (s.failures.causes && s.failures.random)
    text += fmt::format("; failures by {}, jobs go back {}", s.failures.causes->name,
                        schedule.checkpoint_every
                            ? "to checkpoints every " + format_quantity(*schedule.checkpoint_every)
                            : std::string("to where they last started"));
  return text + "\n";
}

std::string deadline_text(const scheduling::Job& job) {
  return job.deadline ? fmt::format("{:.6f}", job.deadline->value()) : "";
}

}  // namespace

std::string schedule_screen(const scenario::Scenario& s,
                            const std::vector<experiment::ScheduleOutcome>& outcomes,
                            const Provenance& provenance) {
  std::string text =
      fmt::format("{}\n{} jobs{} on {}\n\n", s.title,
                  format_count(static_cast<std::int64_t>(s.jobs.jobs.size())),
                  s.jobs.n_bad > 0 ? fmt::format(" ({} bad lines left out)", s.jobs.n_bad) : "",
                  machines_text(experiment::schedule_layout(s)));
  TextTable table{{"policy", "mean wait", "median", "p99", "mean turnaround", "p99", "slowdown",
                   "makespan", "used", "goodput", "blocked", "fragm.", "preempt.", "lost slot-h",
                   "energy", "seconds"}};
  for (const auto& outcome : outcomes) {
    const auto& m = outcome.metrics;
    const double lost = (m.totals.redone + m.totals.restarting + m.totals.killed);
    table.push_back(
        {outcome.policy, format_quantity(m.mean_wait), format_quantity(m.median_wait),
         format_quantity(m.p99_wait), format_quantity(m.mean_turnaround),
         format_quantity(m.p99_turnaround), fmt::format("{:.4g}", m.mean_bounded_slowdown),
         format_quantity(m.makespan), percent(m.utilisation), percent(m.goodput),
         percent(m.blocked), percent(m.fragmentation), format_count(m.totals.preemptions),
         fmt::format("{:.4g}", lost / seconds_per_hour),
         outcome.energy > joules(0) ? format_quantity(outcome.energy) : std::string("-"),
         fmt::format("{:.2f}", outcome.wall_s)});
  }
  text += aligned(table, true) + "\n";
  for (const auto& outcome : outcomes) {
    const auto& m = outcome.metrics;
    std::string odd;
    if (m.killed > 0) odd += fmt::format(", {} killed at their limit", format_count(m.killed));
    if (m.refused > 0)
      odd += fmt::format(", {} refused: the cluster never has what they ask for",
                         format_count(m.refused));
    if (m.totals.failures > 0)
      odd += fmt::format(", {} sent back by failures", format_count(m.totals.failures));
    if (!odd.empty())
      text += fmt::format("{}: {} jobs ended{}\n", outcome.policy, format_count(m.jobs), odd);
  }
  return text + assumed(s) +
         fmt::format("longhaul {} ({}), seed {}\n", provenance.version, provenance.revision,
                     provenance.seed);
}

std::string schedule_json(const scenario::Scenario& s,
                          const std::vector<experiment::ScheduleOutcome>& outcomes,
                          const Provenance& provenance) {
  const auto layout = experiment::schedule_layout(s);
  Json json;
  json["title"] = s.title;
  json["seed"] = s.seed;
  json["version"] = provenance.version;
  json["revision"] = provenance.revision;
  json["simgrid"] = provenance.simgrid;
  json["jobs"] = s.jobs.jobs.size();
  json["bad_lines"] = s.jobs.n_bad;
  json["hosts"] = layout.nodes;
  json["slots_per_host"] = layout.slots_per_node;
  json["estimate"] =
      s.schedule->estimate == scheduling::EstimateBy::Actual ? "actual" : "requested";
  json["placement"] = s.schedule->placement;
  json["intensity"] = s.schedule->intensity;
  for (const auto& input : provenance.inputs)
    json["inputs"].push_back({{"path", input.path}, {"sha256", input.sha256}});
  json["policies"] = Json::array();
  for (const auto& outcome : outcomes) {
    Json one;
    one["policy"] = outcome.policy;
    for (const auto& metric : experiment::schedule_metrics(outcome)) {
      auto* at = &one;
      for (const auto& key : metric.path) at = &(*at)[key];
      std::visit([at](auto value) { *at = value; }, metric.value);
    }
    one["wall_s"] = outcome.wall_s;
    json["policies"].push_back(one);
  }
  return json.dump(2) + "\n";
}

JobTable::JobTable(const std::string& path) : file_(job_tables, path) {
  file_.stream() << "job_id,policy,user,submission_time,requested_number_of_resources,"
                    "requested_time,success,final_state,starting_time,execution_time,finish_time,"
                    "waiting_time,turnaround_time,stretch,preemptions,failures,"
                    "allocated_resources,deadline,missed_deadline\n";
}

void JobTable::write(const scenario::Scenario& scenario, const std::string& policy,
                     const scheduling::Cluster& cluster) {
  const auto& trace = scenario.jobs;
  for (std::size_t i = 0; i < trace.jobs.size(); ++i) {
    const auto id = static_cast<scheduling::JobId>(i);
    const auto& job = trace.jobs[i];
    const auto& state = cluster.state(id);
    const bool done = state.phase == scheduling::Phase::Done;
    const bool ended = done || state.phase == scheduling::Phase::Killed;
    const auto user =
        job.user < 0 ? std::string() : trace.users[static_cast<std::size_t>(job.user)];
    auto& out = file_.stream();
    out << fmt::format("{},{},{},{:.6f},{},", csv_text(job.name), policy, csv_text(user),
                       job.submit.value(), cluster.asked(id).request.slots);
    if (job.estimate) out << fmt::format("{:.6f}", job.estimate->value());
    out << fmt::format(
        ",{},{},", done ? 1 : 0,
        done ? "COMPLETED_SUCCESSFULLY" : (ended ? "COMPLETED_WALLTIME_REACHED" : "REJECTED"));
    if (!ended) {
      out << ",,,,,,0,0,," << deadline_text(job) << ",\n";
      continue;
    }
    const auto turnaround = state.end - job.submit;
    const auto ran = turnaround - state.waited;
    const double stretch = ran > Seconds{} ? double(turnaround / ran) : 1;
    out << fmt::format("{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{},{},{},{},{}\n",
                       state.start.value(), ran.value(), state.end.value(), state.waited.value(),
                       turnaround.value(), stretch, state.n_preempted, state.n_failed,
                       scheduling::to_string(state.slots), deadline_text(job),
                       job.deadline ? (state.end > *job.deadline ? "1" : "0") : "");
  }
}

}  // namespace longhaul::report
