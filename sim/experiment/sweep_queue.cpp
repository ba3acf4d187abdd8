#include "experiment/sweep_queue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "diagnostics/diagnostic.hpp"
#include "experiment/statistics.hpp"

namespace longhaul::experiment {

namespace {

/// Without any metric every point so far has failed, and which there are is not known.
void check_metric(const std::vector<std::string>& known, const std::string& metric) {
  if (known.empty() || std::find(known.begin(), known.end(), metric) != known.end()) return;
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

std::optional<PointId> SweepQueue::next(std::int64_t last) {
  const auto take = [](Open& open) {
    const PointId point{open.combination, open.pending.front()};
    open.pending.pop_front();
    ++open.in_flight;
    return point;
  };
  if (const auto same = find(last); same != open_.end() && !same->pending.empty())
    return take(*same);
  if (open_next()) return take(open_.back());
  for (auto& open : open_)
    if (!open.pending.empty()) return take(open);
  return std::nullopt;
}

/// Opens the next combination that has something to do; false when there is none.
bool SweepQueue::open_next() {
  const auto& sweep = plan_.sweep();
  while (next_combination_ < plan_.n_combinations()) {
    const auto combination = next_combination_++;
    std::vector<std::int64_t> have;
    for (; next_have_ < have_.size() && have_[next_have_].first <= combination; ++next_have_)
      if (have_[next_have_].first == combination) have.push_back(have_[next_have_].second);
    if (sweep.precision && !shard_.holds(plan_, combination, 0)) continue;
    Open open;
    open.combination = combination;
    open.wanted = sweep.repeats;
    if (!have.empty()) open.wanted = std::max(open.wanted, have.back() + 1);
    for (std::int64_t repeat = 0; repeat < open.wanted; ++repeat)
      if (shard_.holds(plan_, combination, repeat) &&
          !std::binary_search(have.begin(), have.end(), repeat))
        open.pending.push_back(repeat);
    // Beyond the least number, those below one that was done were asked for as well.
    for (const auto repeat : open.pending)
      if (repeat >= sweep.repeats) ++left_;
    if (open.pending.empty() && !(sweep.precision && refine(open))) continue;
    open_.push_back(std::move(open));
    return true;
  }
  return false;
}

/// Whether sweep.precision wants more repeats than there are; asks for them.
bool SweepQueue::refine(Open& open) {
  const auto& precision = *plan_.sweep().precision;
  check_metric(store_.metrics(), precision.metric);
  const auto values = store_.values(open.combination, precision.metric);
  std::vector<double> known;
  for (const auto& value : values)
    if (value) known.push_back(*value);
  // Only when all that was asked for is there: then the same repeats come whatever the order.
  if (static_cast<std::int64_t>(values.size()) < open.wanted || known.empty()) return false;
  const auto wanted = repeats_wanted(known, {precision.half_width, precision.confidence,
                                             plan_.sweep().repeats, precision.at_most});
  const auto more =
      std::min(open.wanted + wanted - static_cast<std::int64_t>(known.size()), precision.at_most);
  if (more <= open.wanted) return false;
  for (auto repeat = open.wanted; repeat < more; ++repeat) open.pending.push_back(repeat);
  left_ += more - open.wanted;
  open.wanted = more;
  return true;
}

void SweepQueue::finished(const PointId& point) {
  --left_;
  const auto open = find(point.combination);
  --open->in_flight;
  if (!open->pending.empty() || open->in_flight > 0) return;
  if (plan_.sweep().precision && refine(*open)) return;
  open_.erase(open);
}

void SweepQueue::put_back(const PointId& point) {
  const auto open = find(point.combination);
  --open->in_flight;
  open->pending.push_front(point.repeat);
}

}  // namespace longhaul::experiment
