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

/// Whether there are as many of them as the run's nodes make up.
bool is_of_nodes(Strikes what) {
  return what != Strikes::Job && what != Strikes::Link && what != Strikes::Switch;
}

}  // namespace

std::int64_t nodes_in(Strikes what, const RunNodes& nodes) {
  if (what == Strikes::Rack) return nodes.per_rack;
  if (what == Strikes::Pod) return nodes.per_pod;
  if (what == Strikes::Site) return nodes.per_site > 0 ? nodes.per_site : nodes.platform;
  return 1;
}

FailureClocks::FailureClocks(const FailureCard& card, const Units& units, const RunNodes& nodes,
                             const LemonConfig& lemons, std::uint64_t seed)
    : card_(&card), nodes_(nodes), lemon_factor_(lemons.factor) {
  std::array<double, 2> added{};  // by one lemon [1/s]
  const double n_nodes = std::max(1.0, units[Strikes::Node]);
  gpus_per_node_ = std::max<std::int64_t>(1, std::llround(units[Strikes::Gpu] / n_nodes));
  for (std::size_t i = 0; i < card.causes.size(); ++i) {
    const auto& cause = card.causes[i];
    auto& axis = axis_of(cause.clock);
    const double often = operations::rate(card, cause, units).value();
    if (!(often > 0)) continue;
    random::Stream stream(seed, "failures/" + cause.name);
    if (cause.life) {
      axis.lives.push_back({i,
                            UnitLives(cause.life->distribution, stream),
                            random::Stream(seed, "failures/" + cause.name + "/lemons"),
                            {}});
      const bool enter = nodes.used > 0 && is_of_nodes(cause.strikes);
      has_lives_ = has_lives_ || enter;
      for (std::int64_t unit = 0; !enter && unit < std::llround(units[cause.strikes]); ++unit)
        axis.lives.back().units.start(unit, 0, 1);
      continue;
    }
    axis.clocks.push_back({i, often, often, stream, never});
    wind(axis.clocks.back(), 0);
    if (!strikes_nodes(cause) || cause.planned || lemons.factor <= 1) continue;
    const double more = (lemons.factor - 1) * often / n_nodes;
    added[static_cast<std::size_t>(cause.clock)] += more;
    axis.weights.resize(card.causes.size());
    axis.weights[i] = more;
  }
  for (std::size_t i = 0; i < axes_.size(); ++i)
    if (added[i] > 0)
      axes_[i].lemons.push_back(
          {0, added[i], 0, random::Stream(seed, "failures/lemons/" + std::to_string(i)), never});
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

/// How many there are with so many nodes in the run, over how many the plan has.
double FailureClocks::share(Strikes what, std::int64_t running) const {
  if (!is_of_nodes(what)) return 1;
  const auto size = std::max<std::int64_t>(1, nodes_in(what, nodes_));
  const auto units = [size](std::int64_t n) { return (n + size - 1) / size; };
  return static_cast<double>(units(running)) / static_cast<double>(units(nodes_.used));
}

void FailureClocks::set_nodes(std::int64_t running, std::int64_t lemons, Seconds wall,
                              Seconds computed) {
  const std::array<double, 2> now{wall.value(), computed.value()};
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    for (auto& clock : axes_[i].clocks)
      set_rate(clock, share(card_->causes[clock.cause].strikes, running) * clock.full_rate, now[i]);
    for (auto& clock : axes_[i].lemons)
      set_rate(clock, static_cast<double>(lemons) * clock.full_rate, now[i]);
  }
}

/// A lemon ages `factor` times as fast, and so fails as many times as often, whatever its life.
double FailureClocks::pace(const FailureCause& cause, bool is_lemon) const {
  return is_lemon && strikes_nodes(cause) && !cause.planned ? std::max(1.0, lemon_factor_) : 1.0;
}

/// Calls `each` for the units that begin to age, or stop, as a node comes or goes: itself, its
/// GPUs, or what it is the first or last of.
template <class Each>
void FailureClocks::for_units(Lives& lives, std::int64_t node, bool enters,
                              const Each& each) const {
  const auto what = card_->causes[lives.cause].strikes;
  if (!is_of_nodes(what)) return;
  if (what == Strikes::Node) return each(node);
  if (what == Strikes::Gpu) {
    for (std::int64_t i = 0; i < gpus_per_node_; ++i) each(node * gpus_per_node_ + i);
    return;
  }
  const auto unit = node / std::max<std::int64_t>(1, nodes_in(what, nodes_));
  const auto index = static_cast<std::size_t>(unit);
  if (index >= lives.nodes.size()) lives.nodes.resize(index + 1);
  auto& n = lives.nodes[index];
  const bool was_there = n > 0;
  n += enters ? 1 : -1;
  if (was_there != (n > 0)) each(unit);
}

void FailureClocks::enter(std::int64_t node, bool is_lemon, Seconds wall, Seconds computed) {
  const std::array<double, 2> now{wall.value(), computed.value()};
  for (std::size_t i = 0; i < axes_.size(); ++i)
    for (auto& lives : axes_[i].lives)
      for_units(lives, node, true, [&](std::int64_t unit) {
        lives.units.start(unit, now[i], pace(card_->causes[lives.cause], is_lemon));
      });
}

void FailureClocks::leave(std::int64_t node, Seconds wall, Seconds computed) {
  const std::array<double, 2> now{wall.value(), computed.value()};
  for (std::size_t i = 0; i < axes_.size(); ++i)
    for (auto& lives : axes_[i].lives)
      for_units(lives, node, false, [&](std::int64_t unit) { lives.units.stop(unit, now[i]); });
}

/// -1 where nodes are not told apart.
std::int64_t FailureClocks::first_node(Strikes what, std::int64_t unit) const {
  if (nodes_.used == 0 || !is_of_nodes(what)) return -1;
  return what == Strikes::Gpu ? unit / gpus_per_node_ : unit * nodes_in(what, nodes_);
}

FailureClocks::Clock* FailureClocks::first(Axis& axis) const {
  Clock* first = axis.lemons.empty() ? nullptr : &axis.lemons.front();
  for (auto& clock : axis.clocks)
    if (first == nullptr || clock.due < first->due) first = &clock;
  return first;
}

Seconds FailureClocks::next(FailureClock which) const {
  const auto& axis = axes_[static_cast<std::size_t>(which)];
  double due = never;
  for (const auto& lives : axis.lives) due = std::min(due, lives.units.next());
  for (const auto& clock : axis.clocks) due = std::min(due, clock.due);
  for (const auto& clock : axis.lemons) due = std::min(due, clock.due);
  return seconds(due);
}

Strike FailureClocks::take(FailureClock which) {
  auto& axis = axis_of(which);
  auto* clock = first(axis);
  const auto life = std::ranges::min_element(axis.lives, {},
                                             [](const Lives& lives) { return lives.units.next(); });
  if (life != axis.lives.end() && (clock == nullptr || life->units.next() < clock->due)) {
    const auto unit = life->units.take();
    const double pace = life->units.pace(unit);
    return {life->cause, pace > 1 && life->excess.uniform() < 1 - 1 / pace,
            first_node(card_->causes[life->cause].strikes, unit)};
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
