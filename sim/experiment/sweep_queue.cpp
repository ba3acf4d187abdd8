#include "experiment/sweep_queue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "diagnostics/diagnostic.hpp"
#include "experiment/statistics.hpp"

namespace longhaul::experiment {

namespace {

/// Every result has the metrics that are in no group: a wrong name is seen with the first of them.
/// Those of groups depend on the scenario.
void check_metric(const std::vector<std::string>& known, const std::string& metric) {
  const bool depends = metric.find('.') != std::string::npos || metric == "tokens_per_s_per_gpu";
  if (known.empty() || depends || std::find(known.begin(), known.end(), metric) != known.end())
    return;
  const auto meant = closest(metric, {known.begin(), known.end()});
  throw InputError(Location{"sweep.precision.metric", 0, 0},
                   meant.empty()
                       ? fmt::format("there is no metric '{}'; `longhaul export` names "
                                     "those there are",
                                     metric)
                       : fmt::format("there is no metric '{}'; did you mean '{}'?", metric, meant));
}

}  // namespace

bool Shard::holds(const SweepPlan& plan, std::int64_t combination, std::int64_t repeat) const {
  const auto turn =
      plan.sweep().precision ? combination : repeat * plan.n_combinations() + combination;
  return turn % count == index - 1;
}

std::string Shard::name(const SweepPlan& plan) const {
  if (count == 1) return {};
  return fmt::format("{}/{}{}", index, count, plan.sweep().precision ? " of combinations" : "");
}

SweepQueue::SweepQueue(const SweepPlan& plan, const StoreWriter& store, const Shard& shard)
    : plan_(plan), store_(store), shard_(shard), have_(store.finished()) {
  before_ = static_cast<std::int64_t>(have_.size());
  const auto& sweep = plan.sweep();
  const auto n_turns =
      sweep.precision ? plan.n_combinations() : plan.n_combinations() * sweep.repeats;
  const auto mine = (n_turns + shard.count - shard.index) / shard.count;
  const auto least = sweep.precision ? mine * sweep.repeats : mine;
  left_ = least;
  for (const auto& [combination, repeat] : have_)
    if (repeat < sweep.repeats && shard.holds(plan, combination, repeat)) --left_;
}

std::list<SweepQueue::Open>::iterator SweepQueue::find(std::int64_t combination) {
  return std::find_if(open_.begin(), open_.end(),
                      [&](const Open& open) { return open.combination == combination; });
}

/// Whether there is a repeat to hand out; steps over those that are done or another shard's.
bool SweepQueue::has_more(Open& open) const {
  if (!open.again.empty()) return true;
  while (open.next < open.wanted &&
         (!shard_.holds(plan_, open.combination, open.next) ||
          std::binary_search(open.have.begin(), open.have.end(), open.next)))
    ++open.next;
  return open.next < open.wanted;
}

std::optional<PointId> SweepQueue::next(std::int64_t last) {
  const auto take = [](Open& open) {
    PointId point{open.combination, open.next};
    if (open.again.empty()) {
      ++open.next;
    } else {
      point.repeat = open.again.front();
      open.again.pop_front();
    }
    ++open.in_flight;
    return point;
  };
  if (const auto same = find(last); same != open_.end() && has_more(*same)) return take(*same);
  if (open_next()) return take(open_.back());
  for (auto& open : open_)
    if (has_more(open)) return take(open);
  return std::nullopt;
}

/// Opens the next combination that has something to do; false when there is none.
bool SweepQueue::open_next() {
  const auto& sweep = plan_.sweep();
  while (next_combination_ < plan_.n_combinations()) {
    Open open;
    open.combination = next_combination_++;
    for (; next_have_ < have_.size() && have_[next_have_].first <= open.combination; ++next_have_)
      if (have_[next_have_].first == open.combination)
        open.have.push_back(have_[next_have_].second);
    if (sweep.precision && !shard_.holds(plan_, open.combination, 0)) continue;
    open.wanted = sweep.repeats;
    if (!goes_on(open)) continue;
    open_.push_back(std::move(open));
    return true;
  }
  return false;
}

/// Whether a combination of which nothing is in flight has repeats left. What sweep.precision wants
/// is worked out anew from its first repeats, batch by batch, so that it does not matter where an
/// earlier sweep stopped.
bool SweepQueue::goes_on(Open& open) {
  while (!has_more(open))
    if (!plan_.sweep().precision || !refine(open)) return false;
  return true;
}

/// Whether sweep.precision wants more repeats than there are; asks for them.
bool SweepQueue::refine(Open& open) {
  const auto& precision = *plan_.sweep().precision;
  check_metric(store_.metrics(), precision.metric);
  std::int64_t n_there = 0;
  std::vector<double> known;
  for (const auto& [repeat, value] : store_.values(open.combination, precision.metric)) {
    if (repeat >= open.wanted) break;
    ++n_there;
    if (value) known.push_back(*value);
  }
  // Only when all that was asked for is there: then the same repeats come whatever the order.
  if (n_there < open.wanted || known.empty()) return false;
  const auto wanted = repeats_wanted(known, {precision.half_width, precision.confidence,
                                             plan_.sweep().repeats, precision.at_most});
  const auto more =
      std::min(open.wanted + wanted - static_cast<std::int64_t>(known.size()), precision.at_most);
  if (more <= open.wanted) return false;
  const auto at = [&open](std::int64_t repeat) {
    return std::lower_bound(open.have.begin(), open.have.end(), repeat);
  };
  left_ += more - open.wanted - (at(more) - at(open.wanted));
  open.wanted = more;
  return true;
}

void SweepQueue::finished(const PointId& point) {
  --left_;
  const auto open = find(point.combination);
  --open->in_flight;
  if (open->in_flight == 0 && !goes_on(*open)) open_.erase(open);
}

void SweepQueue::put_back(const PointId& point) {
  const auto open = find(point.combination);
  --open->in_flight;
  open->again.push_front(point.repeat);
}

}  // namespace longhaul::experiment
