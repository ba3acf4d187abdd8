#include "scheduling/cluster.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace longhaul::scheduling {

namespace {

double work_in(const JobState& state, Seconds now) {
  return std::max(0.0, (now - state.since - state.overhead).value()) * state.rate;
}

/// What a job itself asks for: slots in all, and on each node where it says so.
Request own_request(const Job& job, const Layout& layout) {
  if (job.nodes == 0) return {job.slots, 0};
  const auto per_node = job.slots == 0 ? layout.slots_per_node : job.slots;
  return {job.nodes * per_node, per_node};
}

/// The slots of nodes first .. last.
Slots slots_of_nodes(const Layout& layout, std::int64_t first, std::int64_t last) {
  if (last < first) return {};
  return {{layout.slots_of(first).first, layout.slots_of(last).last}};
}

}  // namespace

Cluster::Cluster(const Trace& trace, Layout layout, const Placement& placement,
                 ClusterOptions options)
    : trace_(trace),
      layout_(std::move(layout)),
      placement_(placement),
      options_(std::move(options)),
      states_(trace.jobs.size()),
      whole_(layout_.n_slots()),
      free_(layout_.n_slots()),
      down_(layout_.n_slots()) {
  free_.add(slots_of_nodes(layout_, 0, layout_.nodes - 1));
  whole_ = free_;
  if (layout_.slots_per_node > 1)
    free_on_node_.assign(static_cast<std::size_t>(layout_.nodes),
                         static_cast<std::int32_t>(layout_.slots_per_node));
  if (!layout_.kinds.empty()) {
    of_kind_.assign(trace.kinds.size(), SlotSet(layout_.n_slots()));
    for (std::int64_t node = 0; node < layout_.nodes; ++node)
      of_kind_.at(static_cast<std::size_t>(layout_.kinds[static_cast<std::size_t>(node)]))
          .add(layout_.slots_of(node));
  }
  ways_of_.reserve(trace.jobs.size());
  for (JobId id = 0; id < static_cast<JobId>(trace.jobs.size()); ++id) list_ways(id);
  std::int64_t n_arriving = 0;
  for (const auto& arrival : options_.arrivals) n_arriving += arrival.nodes;
  if (n_arriving > layout_.nodes)
    throw std::invalid_argument("more nodes arrive than the cluster has in the end");
  std::int64_t next = layout_.nodes - n_arriving;
  for (const auto& arrival : options_.arrivals) {
    arrivals_.push_back(slots_of_nodes(layout_, next, next + arrival.nodes - 1));
    next += arrival.nodes;
    take(arrivals_.back());
    down_.add(arrivals_.back());
    releases_.push_back({arrival.time, scheduling::count(arrivals_.back()), no_job,
                         static_cast<std::int32_t>(arrivals_.size()) - 1});
  }
}

const Slots& Cluster::slots_of(const Release& release) const {
  return release.job == no_job ? arrivals_[static_cast<std::size_t>(release.arrival)]
                               : state(release.job).slots;
}

void Cluster::list_ways(JobId id) {
  const auto& wanted = job(id);
  const Way own{own_request(wanted, layout_), wanted.run_time, -1};
  // Choices by kinds of machines are all there are; other sizes come beside the job's own.
  const bool by_kind = std::any_of(wanted.choices.begin(), wanted.choices.end(),
                                   [](const Choice& choice) { return choice.kind >= 0; });
  Ways of;
  of.first = ways_.size();
  for (const auto& choice : wanted.choices) {
    // Another size is slots, wherever they are.
    const bool own_size = choice.kind < 0 && choice.slots == own.request.slots;
    ways_.push_back(
        {own_size ? own.request : Request{choice.slots, 0}, choice.run_time, choice.kind});
  }
  if (!by_kind) ways_.push_back(own);
  of.n = ways_.size() - of.first;
  if (of.n > 1) {
    const auto begin = ways_.begin() + static_cast<std::ptrdiff_t>(of.first);
    // Its own goes last of those as fast.
    std::stable_sort(begin, ways_.end(),
                     [](const Way& a, const Way& b) { return a.run_time < b.run_time; });
    const auto is_own = [&](const Way& way) {
      return !by_kind && way.request == own.request && way.run_time == own.run_time;
    };
    const auto here = [&](const Way& way) { return ever_fits(way); };
    auto asked = std::find_if(begin, ways_.end(), is_own);
    if (asked == ways_.end() || !here(*asked)) asked = std::find_if(begin, ways_.end(), here);
    if (asked != ways_.end()) of.asked = static_cast<std::size_t>(asked - begin);
  }
  ways_of_.push_back(of);
}

std::span<const Way> Cluster::ways_of(JobId id) const {
  const auto& of = ways_of_[static_cast<std::size_t>(id)];
  return std::span(ways_).subspan(of.first, of.n);
}

const Way& Cluster::asked(JobId id) const {
  const auto& of = ways_of_[static_cast<std::size_t>(id)];
  return ways_[of.first + of.asked];
}

const SlotSet* Cluster::machines_for(const Way& way) const {
  return way.kind < 0 || of_kind_.empty() ? nullptr : &of_kind_[static_cast<std::size_t>(way.kind)];
}

const SlotSet* Cluster::machines_for(JobId id) const { return machines_for(asked(id)); }

Slots Cluster::place(JobId id, const Way& way, const SlotSet& among) const {
  if (way.request.slots > among.count()) return {};
  const auto* machines = machines_for(way);
  const bool outlasts = leaving_ && now_ + estimate_left(id) > leaving_->at + same_moment;
  if (machines == nullptr && !outlasts) return placement_.place(way.request, among, layout_);
  auto usable = among;
  if (machines != nullptr) usable.keep(*machines);
  if (outlasts) usable.remove(leaving_->slots);
  return placement_.place(way.request, usable, layout_);
}

Slots Cluster::place(JobId id, const SlotSet& among) const { return place(id, asked(id), among); }

bool Cluster::ever_fits(const Way& way) const {
  const auto* machines = machines_for(way);
  return fits(way.request, machines == nullptr ? whole_ : *machines, layout_);
}

Seconds Cluster::estimate_of(JobId id) const {
  const auto& wanted = job(id);
  if (options_.estimate == EstimateBy::Requested) {
    if (wanted.estimate) return *wanted.estimate;
    if (wanted.limit) return *wanted.limit;
  }
  return wanted.limit ? std::min(wanted.run_time, *wanted.limit) : wanted.run_time;
}

Seconds Cluster::estimate_left(JobId id) const {
  const auto left = std::max(Seconds{}, estimate_of(id) - seconds(done(id)));
  const auto own = job(id).run_time;
  return own > Seconds{} ? left * double(asked(id).run_time / own) : left;
}

double Cluster::done(JobId id) const {
  const auto& of = state(id);
  return of.phase == Phase::Running ? of.done + work_in(of, now_) : of.done;
}

double Cluster::slot_seconds(JobId id) const {
  const auto& of = state(id);
  if (of.phase != Phase::Running) return of.slot_seconds;
  return of.slot_seconds +
         static_cast<double>(scheduling::count(of.slots)) * (now_ - of.since).value();
}

bool Cluster::any_waits() const {
  return std::any_of(joining_.begin(), joining_.end(), [this](JobId job) { return waits(job); }) ||
         std::any_of(queue().begin(), queue().end(),
                     [this](const Waiting& waiting) { return waits(waiting.job); });
}

bool Cluster::start(JobId id) {
  const auto ways = ways_of(id);
  return std::any_of(ways.begin(), ways.end(), [&](const Way& way) { return start_as(id, way); });
}

bool Cluster::start_as_asked(JobId id) { return start_as(id, asked(id)); }

bool Cluster::start_as(JobId id, const Way& way) {
  auto slots = place(id, way, free_);
  if (slots.empty()) return false;
  start_on(id, std::move(slots), way.run_time);
  return true;
}

void Cluster::start_on(JobId id, Slots slots) {
  start_on(id, std::move(slots), asked(id).run_time);
}

void Cluster::start_on(JobId id, Slots slots, Seconds run_time) {
  auto& of = states_[static_cast<std::size_t>(id)];
  if (of.phase != Phase::Waiting) throw std::logic_error("only a job that waits can start");
  if (!free_.contains(slots)) throw std::logic_error("a job can start only on free slots");
  of.waited += now_ - of.since;
  ++started_;
  const bool again = of.stretch > 0;
  if (!again) of.start = now_;
  take(slots);
  occupy(id, std::move(slots), run_time, again ? options_.restart : Seconds{});
}

void Cluster::preempt(JobId id) {
  if (state(id).phase != Phase::Running)
    throw std::logic_error("only a job that runs is preempted");
  vacate(id, Seconds{});
  auto& of = states_[static_cast<std::size_t>(id)];
  ++of.n_preempted;
  ++totals_.preemptions;
  surprised_ = true;
  join(id);
}

bool Cluster::resize(JobId id, std::int64_t n) {
  const auto& of = state(id);
  if (of.phase != Phase::Running) throw std::logic_error("only a job that runs is resized");
  const auto had = scheduling::count(of.slots);
  if (n == had) return true;
  Slots slots = of.slots;
  if (n < had) {
    SlotSet own(n_slots());
    own.add(slots);
    slots = own.lowest(n);
  } else {
    const auto more = placement_.place({n - had, 0}, free_, layout_);
    if (more.empty()) return false;
    SlotSet own(n_slots());
    own.add(slots);
    own.add(more);
    slots = own.lowest(n);
  }
  const auto ways = ways_of(id);
  const auto way = std::find_if(ways.begin(), ways.end(),
                                [&](const Way& one) { return one.request.slots == n; });
  vacate(id, Seconds{});
  surprised_ = true;
  take(slots);
  occupy(id, std::move(slots), way == ways.end() ? job(id).run_time : way->run_time,
         options_.restart);
  return true;
}

void Cluster::wake_at(Seconds time) { wake_ = std::min(wake_, std::max(time, now_)); }

void Cluster::occupy(JobId id, Slots slots, Seconds run_time, Seconds overhead) {
  auto& of = states_[static_cast<std::size_t>(id)];
  const auto& wanted = job(id);
  of.phase = Phase::Running;
  of.rate = rate_on(id, slots, run_time);
  of.since = now_;
  of.overhead = overhead;
  ++of.stretch;
  const auto needed = overhead + seconds((wanted.run_time.value() - of.done) / of.rate);
  // A limit counts time on the machines, whatever is done in it; a job as long as it ends well.
  of.overruns = wanted.limit && *wanted.limit - of.ran < needed;
  of.end = now_ + (of.overruns ? std::max(Seconds{}, *wanted.limit - of.ran) : needed);
  of.slots = std::move(slots);
  const auto left = std::max(Seconds{}, estimate_of(id) - seconds(of.done));
  const Release release{now_ + overhead + left / of.rate, scheduling::count(of.slots), id, -1};
  const auto later = [](const Seconds& time, const Release& other) { return time < other.time; };
  releases_.insert(std::upper_bound(releases_.begin(), releases_.end(), release.time, later),
                   release);
  changes_.push_back({id, true});
}

void Cluster::vacate(JobId id, Seconds lost) {
  auto& of = states_[static_cast<std::size_t>(id)];
  const auto n = static_cast<double>(scheduling::count(of.slots));
  const auto spent = now_ - of.since;
  const auto starting = std::min(spent, of.overhead);
  const auto kept = std::max(Seconds{}, spent - starting - lost);
  of.done += kept.value() * of.rate;
  of.slot_seconds += n * spent.value();
  of.kept += n * kept.value();
  of.ran += spent;
  totals_.restarting += n * starting.value();
  totals_.redone += n * (spent - starting - kept).value();
  totals_.useful += n * kept.value();
  give(of.slots);
  changes_.push_back({id, false});
  if (!options_.keep_slots) of.slots = {};
  of.phase = Phase::Waiting;
  const auto at = std::find_if(releases_.begin(), releases_.end(),
                               [&](const Release& release) { return release.job == id; });
  releases_.erase(at);
}

double Cluster::rate_on(JobId id, const Slots& slots, Seconds run_time) const {
  // Work is in seconds of the job's own run time; nothing is done faster than in a moment.
  double as_asked = 1;
  if (job(id).run_time > Seconds{}) as_asked = job(id).run_time / std::max(run_time, same_moment);
  return options_.slowdown ? as_asked / options_.slowdown(id, slots) : as_asked;
}

void Cluster::count_stranded(const Slots& slots, int sign) {
  if (free_on_node_.empty()) return;
  const auto per_node = static_cast<std::int32_t>(layout_.slots_per_node);
  for (const auto& range : slots)
    for (auto node = range.first / per_node; node <= range.last / per_node; ++node) {
      auto& free = free_on_node_[static_cast<std::size_t>(node)];
      const auto before = free == per_node ? 0 : free;
      free += sign * (std::min(range.last, (node + 1) * per_node - 1) -
                      std::max(range.first, node * per_node) + 1);
      stranded_ += (free == per_node ? 0 : free) - before;
    }
}

void Cluster::give(const Slots& slots) {
  free_.add(slots);
  count_stranded(slots, 1);
}

void Cluster::take(const Slots& slots) {
  free_.remove(slots);
  count_stranded(slots, -1);
}

void Cluster::join(JobId id) {
  auto& of = states_[static_cast<std::size_t>(id)];
  of.phase = Phase::Waiting;
  of.since = now_;
  joining_.push_back(id);
}

void Cluster::tidy_queue() {
  const auto gone = [&](const Waiting& waiting) { return !waits(waiting.job); };
  for (; queue_head_ < queue_.size() && gone(queue_[queue_head_]); --started_) ++queue_head_;
  // What is gone at the front is given back once it is half of all.
  if (queue_head_ * 2 > queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_));
    queue_head_ = 0;
  }
  if (started_ > 0)
    queue_.erase(std::remove_if(queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_),
                                queue_.end(), gone),
                 queue_.end());
  started_ = 0;
  for (const auto id : joining_) {
    if (!waits(id)) continue;  // preempted and started again at once
    const Waiting waiting{rank_(id), estimate_left(id), asked(id).request.slots, id};
    // Equals by submission, which numbers jobs.
    const auto before = [](const Waiting& a, const Waiting& b) {
      return a.rank < b.rank || (a.rank == b.rank && a.job < b.job);
    };
    queue_.insert(std::upper_bound(queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_),
                                   queue_.end(), waiting, before),
                  waiting);
  }
  joining_.clear();
}

}  // namespace longhaul::scheduling
