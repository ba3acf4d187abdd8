#include "engine/node_keeper.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "operations/failure_clocks.hpp"

namespace longhaul::engine {

using namespace operations;

NodeKeeper::NodeKeeper(Timers& timers, const RunInputs& inputs, Ledger& ledger, Listener listener)
    : timers_(timers),
      in_(inputs),
      ledger_(ledger),
      listener_(std::move(listener)),
      pool_(inputs.nodes, inputs.spares,
            [this](std::int64_t node, NodeState from, NodeState to) { moved(node, from, to); }),
      shop_(timers, inputs.repair.crews, inputs.seed,
            [this](const auto& nodes, bool mended) { repaired(nodes, mended); }),
      targets_(inputs.seed, "run/targets"),
      lemon_targets_(inputs.seed, "run/lemon_targets"),
      selection_(inputs.seed, "run/selection"),
      lemon_(static_cast<std::size_t>(inputs.nodes.platform), 0) {
  const auto look = [this](const RepairConfig& repair) {
    if (repair.bar_after > 0) longest_window_ = std::max(longest_window_, repair.bar_window);
  };
  look(in_.repair);
  for (const auto& cause : in_.failures.causes)
    if (cause.repair) look(*cause.repair);
  if (!(in_.lemons.share > 0)) return;
  random::Stream lemons(in_.seed, "nodes/lemons");
  for (std::int64_t node = 0; node < in_.nodes.platform; ++node) {
    if (lemons.uniform() >= in_.lemons.share) continue;
    lemon_[static_cast<std::size_t>(node)] = 1;
    if (pool_.state(node) == NodeState::Run) add_lemon(node);
  }
}

double NodeKeeper::n_running() const {
  return pool_.n_nodes() == 0 ? 1 : static_cast<double>(pool_.n(NodeState::Run));
}

void NodeKeeper::account() {
  const Seconds time = timers_.now() - std::exchange(accounted_, timers_.now());
  if (!(time > Seconds())) return;
  for (std::size_t i = 0; i < n_node_states; ++i) {
    const auto state = static_cast<NodeState>(i);
    if (state != NodeState::Run && pool_.n(state) > 0)
      ledger_.hold(state, static_cast<double>(pool_.n(state)) * time);
  }
}

void NodeKeeper::moved(std::int64_t node, NodeState from, NodeState to) {
  account();
  if (listener_.on_move) listener_.on_move(node, from, to);
  if (from == NodeState::Run) {
    if (is_lemon(node)) remove_lemon(node);
    if (listener_.on_leave) listener_.on_leave(node);
  }
  if (to == NodeState::Run && is_lemon(node)) add_lemon(node);
}

void NodeKeeper::add_lemon(std::int64_t node) {
  lemon_index_[node] = lemons_running_.size();
  lemons_running_.push_back(node);
}

void NodeKeeper::remove_lemon(std::int64_t node) {
  const auto found = lemon_index_.find(node);
  const auto index = found->second;
  lemon_index_.erase(found);
  if (index + 1 < lemons_running_.size()) {
    lemons_running_[index] = lemons_running_.back();
    lemon_index_[lemons_running_[index]] = index;
  }
  lemons_running_.pop_back();
}

std::int64_t NodeKeeper::draw_node() {
  while (pool_.n(NodeState::Run) > 0)
    if (const auto node = pool_.find_node(targets_.below(pool_.n_positions()))) return *node;
  return -1;
}

std::int64_t NodeKeeper::draw_lemon() {
  if (lemons_running_.empty()) return -1;
  const auto n = static_cast<std::int64_t>(lemons_running_.size());
  return lemons_running_[static_cast<std::size_t>(lemon_targets_.below(n))];
}

bool NodeKeeper::is_out(std::int64_t node) const {
  const auto state = pool_.state(node);
  return state == NodeState::Repair || state == NodeState::Drained || state == NodeState::Barred ||
         state == NodeState::Off;
}

std::vector<std::int64_t> NodeKeeper::struck_with(std::int64_t node, Strikes strikes) const {
  if (node < 0) return {};
  const auto size = nodes_in(strikes, in_.nodes);
  const std::int64_t first = node / size * size;
  std::vector<std::int64_t> nodes;
  if (!is_out(node)) nodes.push_back(node);
  for (auto other = first; other < std::min(first + size, pool_.n_nodes()); ++other)
    if (other != node && !is_out(other)) nodes.push_back(other);
  return nodes;
}

/// Whether this failure is one too many within the window of what struck, or else the common one.
bool NodeKeeper::too_often(std::int64_t node, std::size_t cause) {
  if (!(longest_window_ > Seconds())) return false;
  const Seconds now = timers_.now();
  auto& times = failed_at_[node];
  std::erase_if(times, [&](Seconds time) { return time < now - longest_window_; });
  times.push_back(now);
  const auto& own = repair_of(in_, cause);
  const auto& bars = own.bar_after > 0 ? own : in_.repair;
  const auto counts = [&](Seconds time) { return time >= now - bars.bar_window; };
  return bars.bar_after > 0 && std::ranges::count_if(times, counts) >= bars.bar_after;
}

bool NodeKeeper::scores_too_high(std::int64_t node, std::size_t cause) {
  if (!(in_.repair.bar_score > 0)) return false;
  auto& score = scores_[node];
  const Seconds since = std::exchange(score.since, timers_.now());
  score.value = score.value * std::exp2((since - score.since) / in_.repair.score_half_life) +
                in_.failures.causes[cause].score;
  return score.value >= in_.repair.bar_score;
}

void NodeKeeper::send_to_repair(std::vector<std::int64_t> nodes, std::size_t cause) {
  std::erase_if(nodes, [&](std::int64_t node) {
    pool_.count_failure(node);
    const bool often = too_often(node, cause);
    const bool barred = scores_too_high(node, cause) || often;
    pool_.take_out(node, barred ? NodeState::Barred : NodeState::Repair);
    if (barred) listener_.tell(EventKind::Barred, node);
    return barred;
  });
  if (!nodes.empty()) shop_.take_in(std::move(nodes), repair_of(in_, cause));
}

void NodeKeeper::repaired(const std::vector<std::int64_t>& nodes, bool mended) {
  for (const auto node : nodes) {
    if (mended) lemon_[static_cast<std::size_t>(node)] = 0;
    come_back(node);
  }
  listener_.on_free();
}

void NodeKeeper::set_aside(std::int64_t node, NodeState as, Seconds time) {
  pool_.take_out(node, as);
  timers_.at(timers_.now() + time, [this, node] {
    come_back(node);
    listener_.on_free();
  });
}

/// Unless it is cut off.
void NodeKeeper::come_back(std::int64_t node) {
  if (const auto cut = cut_off_.find(node); cut != cut_off_.end()) {
    cut->second = true;
    return;
  }
  pool_.give_back(node);
  listener_.tell(EventKind::Repaired, node);
}

void NodeKeeper::arrive() {
  const auto node = pool_.arrive();
  const auto cut = cut_off_.find(node);
  if (cut == cut_off_.end()) return;
  pool_.take_out(node, NodeState::Repair);
  cut->second = true;
}

void NodeKeeper::cut_off(const std::vector<std::int64_t>& nodes) {
  for (const auto node : nodes) {
    const auto [cut, is_new] = cut_off_.emplace(node, false);
    if (!is_new || is_out(node)) continue;
    pool_.take_out(node, NodeState::Repair);
    cut->second = true;
  }
}

void NodeKeeper::rejoin(const std::vector<std::int64_t>& still_cut_off) {
  std::vector<std::int64_t> joined;
  std::erase_if(cut_off_, [&](const auto& cut) {
    const auto& [node, would_be_free] = cut;
    if (std::ranges::find(still_cut_off, node) != still_cut_off.end()) return false;
    if (would_be_free) joined.push_back(node);
    return true;
  });
  if (joined.empty()) return;
  for (const auto node : joined) come_back(node);
  listener_.on_free();
}

}  // namespace longhaul::engine
