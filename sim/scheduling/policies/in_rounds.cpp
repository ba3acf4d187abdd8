#include "scheduling/policies/in_rounds.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace longhaul::scheduling {

namespace {

std::size_t n_kinds(const Cluster& cluster) {
  return cluster.layout().kinds.empty() ? 1 : cluster.trace().kinds.size();
}

/// Where a running job is.
std::size_t kind_of(const Cluster& cluster, JobId job) {
  const auto& layout = cluster.layout();
  if (layout.kinds.empty()) return 0;
  const auto node = cluster.state(job).slots.front().first / layout.slots_per_node;
  return static_cast<std::size_t>(layout.kinds[static_cast<std::size_t>(node)]);
}

/// The way to run a job on a kind; the one counted on where its ways are not by kinds. Null: none.
const Way* way_on(const Cluster& cluster, JobId id, std::size_t kind) {
  const auto& asked = cluster.asked(id);
  const auto ways = cluster.ways_of(id);
  const auto way = std::find_if(ways.begin(), ways.end(), [&](const Way& one) {
    return one.kind == static_cast<std::int32_t>(kind);
  });
  if (way != ways.end()) return &*way;
  return asked.kind >= 0 && !cluster.layout().kinds.empty() ? nullptr : &asked;
}

double speed_on(const Cluster& cluster, JobId id, std::size_t kind) {
  const auto* way = way_on(cluster, id, kind);
  if (way == nullptr) return 0;
  return way->run_time > Seconds{} ? double(cluster.job(id).run_time / way->run_time) : 1;
}

bool start_on_kind(Cluster& cluster, JobId id, std::size_t kind) {
  const auto* way = way_on(cluster, id, kind);
  return way != nullptr && cluster.start_as(id, *way);
}

}  // namespace

Shares greatest_least(const Contest& contest, const std::vector<double>& due) {
  const auto n_kinds = contest.slots.size();
  // In units of the greatest due, so that the programme's numbers are of one size.
  const double unit = due.empty() ? 1 : *std::max_element(due.begin(), due.end());
  LinearProgram programme;
  const auto least = programme.add_variable(1);
  std::vector<std::vector<std::size_t>> variables(contest.jobs.size());
  bool any_runs = false;
  for (std::size_t j = 0; j < contest.jobs.size(); ++j)
    for (std::size_t k = 0; k < n_kinds; ++k) variables[j].push_back(programme.add_variable(0));
  for (std::size_t j = 0; j < contest.jobs.size(); ++j) {
    const auto& job = contest.jobs[j];
    LinearProgram::Terms time, rate{{least, due[j] / unit}};
    bool runs = false;
    for (std::size_t k = 0; k < n_kinds; ++k) {
      time.emplace_back(variables[j][k], 1);
      rate.emplace_back(variables[j][k], -job.speeds[k]);
      const bool here = job.speeds[k] > 0 && job.slots <= contest.slots[k];
      if (!here) programme.at_most({{variables[j][k], 1}}, 0);
      runs = runs || here;
    }
    programme.at_most(time, 1);
    // One that fits nowhere while machines are down is not due, or all others would get nothing.
    if (runs) programme.at_most(rate, 0);
    any_runs = any_runs || runs;
  }
  for (std::size_t k = 0; k < n_kinds; ++k) {
    LinearProgram::Terms used;
    for (std::size_t j = 0; j < contest.jobs.size(); ++j)
      used.emplace_back(variables[j][k], contest.jobs[j].slots);
    programme.at_most(used, contest.slots[k]);
  }
  Shares shares(contest.jobs.size(), std::vector<double>(n_kinds));
  if (!any_runs) return shares;
  const auto values = programme.solve();
  for (std::size_t j = 0; j < contest.jobs.size(); ++j)
    for (std::size_t k = 0; k < n_kinds; ++k) shares[j][k] = values[variables[j][k]];
  return shares;
}

Contest InRounds::contest(const Cluster& cluster) const {
  Contest contest;
  contest.slots.assign(n_kinds(cluster), 0);
  const auto& layout = cluster.layout();
  // Slots that are up: free ones, and those of running jobs.
  const auto count_in = [&](const Slots& slots) {
    for (const auto& [first, last] : slots) {
      if (layout.kinds.empty()) {
        contest.slots[0] += last - first + 1;
        continue;
      }
      for (auto slot = first; slot <= last; ++slot)
        contest.slots[static_cast<std::size_t>(
            layout.kinds[static_cast<std::size_t>(slot / layout.slots_per_node)])] += 1;
    }
  };
  count_in(cluster.free().lowest(cluster.free().count()));
  const auto add = [&](JobId job) {
    Contender contender;
    contender.job = job;
    contender.slots = static_cast<double>(cluster.asked(job).request.slots);
    contender.left = cluster.estimate_left(job).value();
    contender.weight = cluster.job(job).priority > 0 ? cluster.job(job).priority : 1;
    for (std::size_t kind = 0; kind < n_kinds(cluster); ++kind)
      contender.speeds.push_back(speed_on(cluster, job, kind));
    contest.jobs.push_back(std::move(contender));
  };
  for (const auto& release : cluster.releases())
    if (release.job != no_job) {
      count_in(cluster.slots_of(release));
      add(release.job);
    }
  for (const auto& waiting : cluster.queue()) add(waiting.job);
  std::sort(contest.jobs.begin(), contest.jobs.end(),
            [](const Contender& a, const Contender& b) { return a.job < b.job; });
  return contest;
}

void InRounds::begin_round(Cluster& cluster) {
  const auto all = contest(cluster);
  std::vector<JobId> jobs;
  for (const auto& contender : all.jobs) jobs.push_back(contender.job);
  if (jobs != jobs_) {
    const auto shares_now = shares(all);
    wanted_.clear();
    for (std::size_t j = 0; j < jobs.size(); ++j) wanted_[jobs[j]] = shares_now[j];
    std::erase_if(owed_, [&](const auto& of) { return !wanted_.contains(of.first); });
    jobs_ = std::move(jobs);
  }
  struct Claim {
    double owed;  // rounds of its shares that it did not get
    double share;
    JobId job;
    std::size_t kind;
  };
  std::vector<Claim> claims;
  for (const auto& contender : all.jobs) {
    auto& owed = owed_[contender.job];
    owed.resize(all.slots.size());
    for (std::size_t kind = 0; kind < all.slots.size(); ++kind)
      if (contender.speeds[kind] > 0) {
        const double share = wanted_[contender.job][kind];
        owed[kind] += share;
        claims.push_back({owed[kind], share, contender.job, kind});
      }
  }
  std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.owed, a.share) > std::tie(b.owed, b.share);
  });
  std::map<JobId, std::size_t> chosen;
  auto left = all.slots;
  for (const auto& claim : claims) {
    if (chosen.contains(claim.job)) continue;
    const auto slots = static_cast<double>(way_on(cluster, claim.job, claim.kind)->request.slots);
    if (slots > left[claim.kind]) continue;
    left[claim.kind] -= slots;
    chosen[claim.job] = claim.kind;
  }
  std::vector<JobId> leaving;
  for (const auto& release : cluster.releases()) {
    if (release.job == no_job || !cluster.job(release.job).preemptible) continue;
    const auto at = chosen.find(release.job);
    if (at == chosen.end() || at->second != kind_of(cluster, release.job))
      leaving.push_back(release.job);
  }
  for (const auto job : leaving) cluster.preempt(job);
  for (const auto& [job, kind] : chosen)
    if (!cluster.waits(job) || start_on_kind(cluster, job, kind)) owed_[job][kind] -= 1;
}

void InRounds::decide(Cluster& cluster) {
  if (cluster.now() + same_moment >= next_round_) {
    next_round_ = cluster.now() + round_;
    begin_round(cluster);
  }
  for (const auto& waiting : cluster.queue()) {
    if (cluster.free().count() == 0) break;
    if (cluster.waits(waiting.job)) cluster.start(waiting.job);
  }
  if (cluster.any_waits()) cluster.wake_at(next_round_);
}

}  // namespace longhaul::scheduling
