#include "scheduling/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "diagnostics/diagnostic.hpp"

namespace longhaul::scheduling {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

}  // namespace

Replay::Replay(const Trace& trace, Cluster& cluster, Policy& policy,
               const Disturbances& disturbances, std::function<void(const JobEvent&)> observe)
    : trace_(trace),
      cluster_(cluster),
      policy_(policy),
      disturbances_(disturbances),
      observe_(std::move(observe)),
      n_left_(static_cast<std::int64_t>(trace.jobs.size())),
      reasons_down_(static_cast<std::size_t>(cluster.layout().nodes)),
      failed_(reasons_down_.size()),
      unpowered_(reasons_down_.size()),
      absent_(reasons_down_.size()) {
  // Nothing is counted before there is anything to do.
  if (!trace.jobs.empty()) cluster_.now_ = trace.jobs.front().submit;
  cluster_.rank_ = [this](JobId job) { return policy_.rank(cluster_, job); };
  for (const auto& slots : cluster_.arrivals_)
    for (const auto node : nodes_of(slots)) {
      reasons_down_[static_cast<std::size_t>(node)] = 1;
      absent_[static_cast<std::size_t>(node)] = 1;
      ++n_absent_;
    }
  if (disturbances_.power) {
    supply_.emplace(disturbances_.power->supply, disturbances_.power->start, disturbances_.seed);
    supply_->advance(cluster_.now_);
    limit_power();
  }
  for (std::size_t cause = 0; cause < disturbances_.causes.size(); ++cause) {
    const auto& of = disturbances_.causes[cause];
    streams_.emplace_back(disturbances_.seed, "schedule/failures/" + of.name);
    cause_totals_.push_back({of.name, 0, 0, 0});
    wind(cause, cluster_.now_.value());
  }
}

std::vector<std::int64_t> Replay::nodes_of(const Slots& slots) const {
  const auto per_node = cluster_.layout().slots_per_node;
  std::vector<std::int64_t> nodes;
  for (const auto& range : slots)
    for (auto node = range.first / per_node; node <= range.last / per_node; ++node)
      nodes.push_back(node);
  return nodes;
}

Seconds Replay::next() const {
  if (n_left_ == 0) return seconds(never);
  double time = cluster_.wake_.value();
  if (!ends_.empty()) time = std::min(time, ends_.top().time);
  if (!unit_events_.empty()) time = std::min(time, unit_events_.top().time);
  if (next_submission_ < trace_.jobs.size())
    time = std::min(time, trace_.jobs[next_submission_].submit.value());
  if (next_arrival_ < cluster_.options_.arrivals.size())
    time = std::min(time, cluster_.options_.arrivals[next_arrival_].time.value());
  if (supply_) time = std::min(time, supply_->next_change().value());
  return seconds(std::max(time, cluster_.now_.value()));
}

void Replay::advance() {
  const auto now = next();
  pass_time(now);
  end_jobs(now);
  change_nodes(now);
  submit_jobs(now);
  cluster_.tidy_queue();
  if (outran_estimate()) cluster_.surprised_ = true;
  policy_.decide(cluster_);
  cluster_.surprised_ = false;
  cluster_.ended_ = false;
  follow_changes();
  cluster_.tidy_queue();
  auto& totals = cluster_.totals_;
  totals.longest_queue =
      std::max(totals.longest_queue, static_cast<std::int64_t>(cluster_.queue().size()));
  check_for_end(n_ended() + static_cast<std::int64_t>(next_submission_));
}

/// Whether a job runs on although its estimate is over.
bool Replay::outran_estimate() const {
  const auto now = cluster_.now_ + same_moment;
  for (const auto& release : cluster_.releases_) {
    if (release.time > now) break;
    if (release.job != no_job && cluster_.state(release.job).end > now) return true;
  }
  return false;
}

/// `progress`: jobs that were submitted and that ended. Where none runs, none came or went for very
/// long, or nothing else can happen, none ever will.
void Replay::check_for_end(std::int64_t progress) {
  const bool runs = std::any_of(cluster_.releases_.begin(), cluster_.releases_.end(),
                                [](const Release& release) { return release.job != no_job; });
  if (runs || cluster_.queue().empty()) return;
  constexpr std::int64_t most_idle_moments = 100'000;
  if (progress != progress_) n_idle_moments_ = 0;
  progress_ = progress;
  if (std::isfinite(next().value()) && ++n_idle_moments_ < most_idle_moments) return;
  throw InputError(
      {}, fmt::format("{} jobs wait and will never run on the machines that are up, nor under "
                      "this policy; the first is '{}', which asks for {} slots",
                      cluster_.queue().size(), cluster_.job(cluster_.queue().front().job).name,
                      cluster_.queue().front().slots));
}

void Replay::pass_time(Seconds now) {
  auto& totals = cluster_.totals_;
  const double passed = (now - cluster_.now_).value();
  const auto free = cluster_.free_.count();
  totals.idle += static_cast<double>(free) * passed;
  totals.stranded += static_cast<double>(cluster_.stranded_) * passed;
  if (!cluster_.queue().empty() && cluster_.queue().front().slots <= free)
    totals.blocked += static_cast<double>(free) * passed;
  const double node = static_cast<double>(cluster_.layout().slots_per_node) * passed;
  totals.absent += static_cast<double>(n_absent_) * node;
  totals.down += static_cast<double>(n_failed_) * node;
  // Of those that are down for several reasons, the first of absence, failure and power counts.
  totals.unpowered += static_cast<double>(cluster_.down_.count()) * passed -
                      static_cast<double>(n_absent_ + n_failed_) * node;
  cluster_.now_ = now;
  if (cluster_.wake_ <= now) cluster_.wake_ = seconds(never);
}

void Replay::end_jobs(Seconds now) {
  while (!ends_.empty() && ends_.top().time <= (now + same_moment).value()) {
    const auto end = ends_.top();
    ends_.pop();
    auto& of = cluster_.states_[static_cast<std::size_t>(end.job)];
    if (of.phase != Phase::Running || of.stretch != end.stretch) continue;
    const auto& releases = cluster_.releases_;
    const auto expected =
        std::find_if(releases.begin(), releases.end(),
                     [&](const Release& release) { return release.job == end.job; });
    if (expected->time > now + same_moment) cluster_.surprised_ = true;
    cluster_.ended_ = true;
    cluster_.vacate(end.job, Seconds{});
    of.phase = of.overruns ? Phase::Killed : Phase::Done;
    if (of.overruns) {
      cluster_.totals_.killed += of.kept;
      cluster_.totals_.useful -= of.kept;
    }
    --n_left_;
  }
}

void Replay::submit_jobs(Seconds now) {
  for (; next_submission_ < trace_.jobs.size() &&
         trace_.jobs[next_submission_].submit <= now + same_moment;
       ++next_submission_) {
    const auto job = static_cast<JobId>(next_submission_);
    if (could_ever_run(job)) {
      cluster_.join(job);
      continue;
    }
    cluster_.states_[next_submission_].phase = Phase::Refused;
    --n_left_;
  }
}

bool Replay::could_ever_run(JobId job) const {
  const auto ways = cluster_.ways_of(job);
  return std::any_of(ways.begin(), ways.end(),
                     [&](const Way& way) { return cluster_.ever_fits(way); });
}

void Replay::change_nodes(Seconds now) {
  for (; next_arrival_ < cluster_.arrivals_.size() &&
         cluster_.options_.arrivals[next_arrival_].time <= now + same_moment;
       ++next_arrival_) {
    auto& releases = cluster_.releases_;
    releases.erase(std::find_if(releases.begin(), releases.end(), [&](const Release& release) {
      return release.arrival == static_cast<std::int32_t>(next_arrival_);
    }));
    for (const auto node : nodes_of(cluster_.arrivals_[next_arrival_])) {
      absent_[static_cast<std::size_t>(node)] = 0;
      --n_absent_;
      if (failed_[static_cast<std::size_t>(node)] > 0) ++n_failed_;  // its rack, say, is down
      set_up(node);
    }
  }
  while (!unit_events_.empty() && unit_events_.top().time <= (now + same_moment).value()) {
    const auto event = unit_events_.top();
    unit_events_.pop();
    if (event.repaired)
      repair(event.unit, event.cause);
    else
      fail(event.unit, event.cause);
  }
  if (supply_ && supply_->next_change() <= now + same_moment) {
    supply_->advance(now + same_moment);
    limit_power();
  }
}

/// The clock of a cause runs for all units, up or not: strikes at those of which no node is up are
/// lost, which leaves each of the others its own rate.
void Replay::wind(std::size_t cause, double from) {
  const auto& of = disturbances_.causes[cause];
  const auto rate = of.rate.value();
  if (!(rate > 0)) return;
  auto& stream = streams_[cause];
  const double time = from + stream.exponential(1 / rate);
  unit_events_.push(
      {time, stream.below(of.takes ? of.n_units : cluster_.layout().nodes), cause, false});
}

std::vector<std::int64_t> Replay::nodes_of_unit(std::int64_t unit, std::size_t cause) const {
  const auto& takes = disturbances_.causes[cause].takes;
  return takes ? takes(unit) : std::vector{unit};
}

/// All nodes of the unit stay down until it is repaired, also those that were down already.
void Replay::fail(std::int64_t unit, std::size_t cause) {
  const auto nodes = nodes_of_unit(unit, cause);
  const auto is_up = [&](std::int64_t node) {
    return reasons_down_[static_cast<std::size_t>(node)] == 0;
  };
  if (std::any_of(nodes.begin(), nodes.end(), is_up)) {
    auto& totals = cause_totals_[cause];
    for (const auto node : nodes) {
      if (is_up(node)) ++totals.failures;
      for (auto job = job_on(node); job != no_job; job = job_on(node)) send_back(job, totals);
      const auto at = static_cast<std::size_t>(node);
      if (++failed_[at] == 1 && absent_[at] == 0) ++n_failed_;
      set_down(node);
    }
    cluster_.surprised_ = true;
    const auto back = cluster_.now_ + repair_time(cause);
    unit_events_.push({back.value(), unit, cause, true});
  }
  wind(cause, cluster_.now_.value());
}

void Replay::repair(std::int64_t unit, std::size_t cause) {
  for (const auto node : nodes_of_unit(unit, cause)) {
    const auto at = static_cast<std::size_t>(node);
    if (--failed_[at] == 0 && absent_[at] == 0) --n_failed_;
    set_up(node);
  }
  cluster_.surprised_ = true;
}

/// To the queue, with what it did until the last checkpoint of this stretch.
void Replay::send_back(JobId job, CauseTotals& totals) {
  auto& of = cluster_.states_[static_cast<std::size_t>(job)];
  const auto worked = std::max(Seconds{}, cluster_.now_ - of.since - of.overhead);
  const auto every = cluster_.options_.checkpoint_every;
  const auto lost =
      std::isfinite(every.value()) ? worked - every * std::floor(worked / every) : worked;
  totals.redone += static_cast<double>(count(of.slots)) * lost.value();
  ++totals.jobs;
  cluster_.vacate(job, lost);
  ++of.n_failed;
  ++cluster_.totals_.failures;
  cluster_.join(job);
}

Seconds Replay::repair_time(std::size_t cause) {
  const auto& repair = disturbances_.causes[cause].repair;
  auto& stream = streams_[cause];
  auto time = repair.automatic.draw(stream);
  if (stream.uniform() < repair.escalates) time += repair.manual.draw(stream);
  return time;
}

/// Nodes with the highest numbers are switched off: free ones first, then under jobs, which keep
/// what they did.
void Replay::limit_power() {
  const auto& layout = cluster_.layout();
  const auto off =
      n_nodes_off(supply_->limit(static_cast<double>(layout.nodes) * disturbances_.power->node));
  for (std::int64_t node = 0; node < layout.nodes && n_unpowered_ > off; ++node)
    if (unpowered_[static_cast<std::size_t>(node)] != 0) {
      unpowered_[static_cast<std::size_t>(node)] = 0;
      --n_unpowered_;
      set_up(node);
    }
  for (const bool free_only : {true, false})
    for (auto node = layout.nodes - 1; node >= 0 && n_unpowered_ < off; --node) {
      if (unpowered_[static_cast<std::size_t>(node)] != 0) continue;
      const bool is_free = reasons_down_[static_cast<std::size_t>(node)] > 0 ||
                           cluster_.free_.count_in(layout.slots_of(node)) == layout.slots_per_node;
      if (free_only && !is_free) continue;
      for (auto job = job_on(node); job != no_job; job = job_on(node)) cluster_.preempt(job);
      unpowered_[static_cast<std::size_t>(node)] = 1;
      ++n_unpowered_;
      set_down(node);
    }
  announce_power();
  cluster_.surprised_ = true;
}

std::int64_t Replay::n_nodes_off(Watts limit) const {
  const auto nodes = cluster_.layout().nodes;
  const double powered = std::floor(limit / disturbances_.power->node * (1 + 1e-12));
  return nodes - static_cast<std::int64_t>(std::clamp(powered, 0.0, double(nodes)));
}

/// The last nodes are those that the next curtailment that was called will take.
void Replay::announce_power() {
  cluster_.leaving_.reset();
  auto begins = seconds(never);
  for (const auto& call : supply_->called())
    if (call.start > cluster_.now_ + same_moment) begins = std::min(begins, call.start);
  if (!std::isfinite(begins.value())) return;
  double fraction = supply_->fraction();
  for (const auto& call : supply_->called())
    if (call.start <= begins && call.end > begins) fraction = std::max(fraction, call.fraction);
  const auto& layout = cluster_.layout();
  const auto all = static_cast<double>(layout.nodes) * disturbances_.power->node;
  auto left = n_nodes_off((1 - fraction) * std::min(supply_->cap(), all)) - n_unpowered_;
  auto first = layout.nodes;  // of those that are off then
  while (left > 0 && first > 0)
    if (unpowered_[static_cast<std::size_t>(--first)] == 0) --left;
  if (first == layout.nodes) return;
  cluster_.leaving_ = {begins,
                       {{layout.slots_of(first).first, layout.slots_of(layout.nodes - 1).last}}};
}

void Replay::set_down(std::int64_t node) {
  if (reasons_down_[static_cast<std::size_t>(node)]++ > 0) return;
  const Slots slots = {cluster_.layout().slots_of(node)};
  cluster_.take(slots);
  cluster_.down_.add(slots);
}

void Replay::set_up(std::int64_t node) {
  if (--reasons_down_[static_cast<std::size_t>(node)] > 0) return;
  const Slots slots = {cluster_.layout().slots_of(node)};
  cluster_.down_.remove(slots);
  cluster_.give(slots);
}

JobId Replay::job_on(std::int64_t node) const {
  const auto at = cluster_.layout().slots_of(node);
  for (const auto& release : cluster_.releases_) {
    if (release.job == no_job) continue;
    const auto& slots = cluster_.slots_of(release);
    if (std::any_of(slots.begin(), slots.end(), [&](const SlotRange& range) {
          return range.first <= at.last && at.first <= range.last;
        }))
      return release.job;
  }
  return no_job;
}

void Replay::follow_changes() {
  for (const auto& [job, started] : cluster_.changes_) {
    const auto& of = cluster_.state(job);
    if (started && of.phase == Phase::Running) ends_.push({of.end.value(), job, of.stretch});
    if (observe_) observe_({cluster_.now_, job, started});
  }
  cluster_.changes_.clear();
}

}  // namespace longhaul::scheduling
