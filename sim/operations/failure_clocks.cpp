#include "operations/failure_clocks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace longhaul::operations {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

bool strikes_nodes(const FailureCause& cause) {
  return cause.strikes == Strikes::Gpu || cause.strikes == Strikes::Node;
}

}  // namespace

FailureClocks::FailureClocks(const FailureCard& card, const Units& units, const LemonConfig& lemons,
                             std::uint64_t seed)
    : card_(&card) {
  std::array<double, 2> added{};  // by one lemon [1/s]
  const double nodes = std::max(1.0, units[Strikes::Node]);
  for (std::size_t i = 0; i < card.causes.size(); ++i) {
    const auto& cause = card.causes[i];
    auto& axis = axis_of(cause.clock);
    const double often = operations::rate(card, cause, units).value();
    if (!(often > 0)) continue;
    random::Stream stream(seed, "failures/" + cause.name);
    if (cause.life) {
      axis.streams.push_back(stream);
      for (std::int64_t unit = 0; unit < std::llround(units[cause.strikes]); ++unit)
        live(axis, {0, i, axis.streams.size() - 1, unit}, 0);
      continue;
    }
    axis.clocks.push_back({i, strikes_nodes(cause), often, often, stream, never});
    wind(axis.clocks.back(), 0);
    if (!strikes_nodes(cause) || cause.planned || lemons.factor <= 1) continue;
    const double more = (lemons.factor - 1) * often / nodes;
    added[static_cast<std::size_t>(cause.clock)] += more;
    axis.weights.resize(card.causes.size());
    axis.weights[i] = more;
  }
  for (std::size_t i = 0; i < axes_.size(); ++i)
    if (added[i] > 0)
      axes_[i].lemons.push_back({0, false, added[i], 0,
                                 random::Stream(seed, "failures/lemons/" + std::to_string(i)),
                                 never});
}

void FailureClocks::live(Axis& axis, Life life, double from) const {
  life.due = from + card_->causes[life.cause].life->distribution.draw(axis.streams[life.stream]);
  axis.lives.push(life);
}

void FailureClocks::wind(Clock& clock, double now) {
  clock.due = clock.rate > 0 ? now + clock.stream.exponential(1 / clock.rate) : never;
}

/// The time left shrinks as the rate grows; an exponential has no memory, so from a rate of 0 it is
/// drawn anew.
void FailureClocks::set_rate(Clock& clock, double rate, double now) {
  if (rate == clock.rate) return;
  const double before = std::exchange(clock.rate, rate);
  if (before > 0 && rate > 0)
    clock.due = now + std::max(0.0, clock.due - now) * (before / rate);
  else
    wind(clock, now);
}

void FailureClocks::set_nodes(double share, double lemons, Seconds wall, Seconds computed) {
  const std::array<double, 2> now{wall.value(), computed.value()};
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    for (auto& clock : axes_[i].clocks)
      if (clock.scales) set_rate(clock, share * clock.full_rate, now[i]);
    for (auto& clock : axes_[i].lemons) set_rate(clock, lemons * clock.full_rate, now[i]);
  }
}

FailureClocks::Clock* FailureClocks::first(Axis& axis) const {
  Clock* first = axis.lemons.empty() ? nullptr : &axis.lemons.front();
  for (auto& clock : axis.clocks)
    if (first == nullptr || clock.due < first->due) first = &clock;
  return first;
}

Seconds FailureClocks::next(FailureClock which) const {
  const auto& axis = axes_[static_cast<std::size_t>(which)];
  double due = axis.lives.empty() ? never : axis.lives.top().due;
  for (const auto& clock : axis.clocks) due = std::min(due, clock.due);
  for (const auto& clock : axis.lemons) due = std::min(due, clock.due);
  return seconds(due);
}

Strike FailureClocks::take(FailureClock which) {
  auto& axis = axis_of(which);
  auto* clock = first(axis);
  if (!axis.lives.empty() && (clock == nullptr || axis.lives.top().due < clock->due)) {
    const Life life = axis.lives.top();
    axis.lives.pop();
    live(axis, life, life.due);
    return {life.cause, false, life.unit};
  }
  if (clock == nullptr) throw std::logic_error("no failure was to strike");
  wind(*clock, clock->due);
  if (axis.lemons.empty() || clock != &axis.lemons.front()) return {clock->cause, false, -1};
  double left = clock->stream.uniform() * clock->full_rate;
  for (std::size_t i = 0; i < axis.weights.size(); ++i) {
    left -= axis.weights[i];
    if (axis.weights[i] > 0) clock->cause = i;
    if (left < 0) break;
  }
  return {clock->cause, true, -1};
}

}  // namespace longhaul::operations
