#include "engine/run_failures.hpp"

#include <algorithm>
#include <utility>

namespace longhaul::engine {

using namespace operations;

RunFailures::RunFailures(RunState& state, RunRecovery& recovery, PlannedStops& planned)
    : s_(state),
      recovery_(recovery),
      planned_(planned),
      fabric_faults_(state.timers, state.in, state.faults) {}

void RunFailures::begin() {
  if (!s_.in.random_failures) return;
  clocks_.emplace(s_.in.failures, s_.in.units, s_.in.nodes, s_.in.lemons, s_.in.seed);
  if (!clocks_->has_lives()) return;
  for (const auto node : s_.pool().placement())
    clocks_->enter(node, s_.keeper.is_lemon(node), Seconds(), Seconds());
}

void RunFailures::moved(std::int64_t node, NodeState from, NodeState to) {
  if (!clocks_ || !clocks_->has_lives()) return;
  const Seconds now = s_.timers.now();
  const Seconds computed = s_.progress.computed(now);
  if (from == NodeState::Run) clocks_->leave(node, now, computed);
  if (to == NodeState::Run) clocks_->enter(node, s_.keeper.is_lemon(node), now, computed);
}

void RunFailures::renew_rates() {
  if (!clocks_) return;
  const Seconds now = s_.timers.now();
  const Seconds computed = s_.progress.computed(now);
  if (s_.in.nodes.used > 0)
    clocks_->set_nodes(s_.pool().n(NodeState::Run), s_.keeper.n_lemons_running(), now, computed);
  const Seconds wall = clocks_->next(FailureClock::Wall);
  const Seconds computing =
      s_.phase == Phase::Step ? now + (clocks_->next(FailureClock::Compute) - computed) : never;
  const Seconds next = std::min(wall, computing);
  if (timer_ != Timers::none && next == next_) return;
  s_.timers.cancel(timer_);
  next_ = next;
  const auto axis = wall <= computing ? FailureClock::Wall : FailureClock::Compute;
  timer_ = s_.timers.at(next, [this, axis] {
    timer_ = Timers::none;
    strike(clocks_->take(axis));
    if (timer_ == Timers::none) renew_rates();
  });
}

void RunFailures::strike(const Strike& strike, std::int64_t node) {
  const auto& cause = s_.in.failures.causes[strike.cause];
  if (node < 0) node = node_of(strike, cause);
  if (strike.at_lemon) ++s_.totals.interruptions_by_lemons;
  if (node >= 0 && s_.pool().state(node) != NodeState::Run)
    return strike_beside(strike.cause, node);
  if (cause.planned)
    planned_.plan_maintenance(strike.cause);
  else if (cause.degrades && s_.in.fabric.set_alive)
    degrade(strike.cause);
  else if (cause.slows > 1 || cause.corrupts)
    begin_fault(strike.cause, node);
  else
    recovery_.fail(
        {strike.cause, s_.keeper.struck_with(node, cause.strikes), scope_of(cause.strikes)});
  s_.ask();
}

/// A record may name a node that is not in the run, which goes on unless what fails with the node
/// is.
void RunFailures::strike_beside(std::size_t index, std::int64_t node) {
  const auto& cause = s_.in.failures.causes[index];
  const bool stops = !cause.planned && !(cause.slows > 1) && !cause.corrupts;
  auto nodes = s_.keeper.struck_with(node, stops ? cause.strikes : Strikes::Node);
  if (put_run_first(nodes)) {
    recovery_.fail({index, std::move(nodes), scope_of(cause.strikes)});
    return s_.ask();
  }
  ++s_.totals.faults_by_cause[index];
  s_.event(EventKind::Fault, static_cast<std::int64_t>(index), node);
  s_.keeper.send_to_repair(std::move(nodes), index);
}

/// Nodes of the run come before others. Returns whether there are any.
bool RunFailures::put_run_first(std::vector<std::int64_t>& nodes) const {
  const auto runs = [this](std::int64_t node) { return s_.pool().state(node) == NodeState::Run; };
  return std::stable_partition(nodes.begin(), nodes.end(), runs) != nodes.begin();
}

/// The node that a strike hits, for a rack, pod or site one of its nodes; -1: none.
std::int64_t RunFailures::node_of(const Strike& strike, const FailureCause& cause) {
  if (cause.strikes == Strikes::Job || cause.strikes == Strikes::Link ||
      cause.strikes == Strikes::Switch)
    return -1;
  if (strike.first_node >= 0) {
    auto node = strike.first_node;  // of a rack, pod or site the first of the run
    const auto end = node + nodes_in(cause.strikes, s_.in.nodes);
    while (node + 1 < end && s_.pool().state(node) != NodeState::Run) ++node;
    return node;
  }
  return strike.at_lemon ? s_.keeper.draw_lemon() : s_.keeper.draw_node();
}

// --- faults that do not stop the run ------------------------------------------------------------

void RunFailures::begin_fault(std::size_t cause, std::int64_t node) {
  ++s_.totals.faults_by_cause[cause];
  s_.event(EventKind::Fault, static_cast<std::int64_t>(cause), node);
  s_.faults.add(cause, node, [this](std::int64_t id) { notice(id); });
  s_.flow.change_pace();
}

void RunFailures::notice(std::int64_t id) {
  const auto fault = s_.faults.find(id);
  if (!fault) return;
  const auto& cause = s_.in.failures.causes[fault->cause];
  const bool has_node = fault->node >= 0 && s_.pool().state(fault->node) == NodeState::Run;
  if (cause.corrupts) {
    s_.faults.forget(id);
    Blow blow{fault->cause, {}, scope_of(cause.strikes), fault->since};
    if (has_node) blow.nodes = {fault->node};
    recovery_.fail(std::move(blow));
  } else if (has_node) {
    // Out at the next boundary of steps, after a checkpoint; it is slow until then.
    planned_.plan_repair(fault->node, fault->cause);
  } else {
    s_.faults.forget(id);
    s_.event(EventKind::Mended, static_cast<std::int64_t>(fault->cause));
    s_.flow.change_pace();
  }
  s_.ask();
}

/// A switch or cable fails; the run goes on, on what is left, until it is repaired.
void RunFailures::degrade(std::size_t cause) {
  auto fault = fabric_faults_.strike(cause, repair_of(s_.in, cause),
                                     [this, cause](std::int64_t index, const auto& still_cut_off) {
                                       part_mended(cause, index, still_cut_off);
                                     });
  if (!fault) return;  // it is down already
  ++s_.totals.faults_by_cause[cause];
  s_.event(EventKind::Fault, static_cast<std::int64_t>(cause), fault->index);
  auto& cut = fault->cut_off;
  s_.placement_changed = true;
  if (put_run_first(cut))  // the event names the first
    return recovery_.fail({cause, std::move(cut), Scope::Rack, never, true});
  s_.keeper.cut_off(cut);
  s_.flow.change_pace();
}

void RunFailures::part_mended(std::size_t cause, std::int64_t index,
                              const std::vector<std::int64_t>& still) {
  s_.event(EventKind::Mended, static_cast<std::int64_t>(cause), index);
  s_.placement_changed = true;
  s_.flow.change_pace();
  s_.keeper.rejoin(still);
}

}  // namespace longhaul::engine
