#include "operations/work_log.hpp"

#include <algorithm>
#include <stdexcept>

namespace longhaul::operations {

void WorkLog::advance(std::int64_t steps, const StepCost& cost) {
  if (steps <= 0) return;
  end_ += steps;
  if (!stretches_.empty() && stretches_.back().cost == cost)
    stretches_.back().steps += steps;
  else
    stretches_.push_back({steps, cost});
}

Seconds WorkLog::time_since(std::int64_t position) const {
  Seconds time;
  std::int64_t left = end_ - position;
  for (auto it = stretches_.rbegin(); it != stretches_.rend() && left > 0; ++it) {
    const auto steps = std::min(left, it->steps);
    time += static_cast<double>(steps) * it->cost.total();
    left -= steps;
  }
  return time;
}

void WorkLog::roll_back(std::int64_t position, Ledger& ledger) {
  if (position > end_ || position < begin_)
    throw std::invalid_argument("a run goes back to a step that it did and may lose");
  while (end_ > position) {
    auto& last = stretches_.back();
    const auto steps = std::min(end_ - position, last.steps);
    ledger.spend(Spending::Redone, static_cast<double>(steps) * last.cost.total(), last.cost.nodes);
    end_ -= steps;
    last.steps -= steps;
    if (last.steps == 0) stretches_.pop_back();
  }
}

void WorkLog::settle(std::int64_t position, Ledger& ledger) {
  while (begin_ < position && !stretches_.empty()) {
    auto& first = stretches_.front();
    const auto steps = std::min(position - begin_, first.steps);
    const auto n = static_cast<double>(steps);
    const auto& cost = first.cost;
    const Seconds useful = std::max(nodes_, cost.nodes) * cost.useful;
    ledger.spend_apart(Spending::Useful, n * cost.useful, n * useful);
    // What the same work took more of the nodes' time than on all of them.
    ledger.spend_apart(Spending::Resized, n * cost.resized,
                       n * (cost.nodes * (cost.useful + cost.resized) - useful));
    ledger.spend(Spending::Stragglers, n * cost.stragglers, cost.nodes);
    ledger.spend(Spending::Capped, n * cost.capped, cost.nodes);
    ledger.spend(Spending::Checkpoint, n * cost.checkpoint, cost.nodes);
    begin_ += steps;
    first.steps -= steps;
    if (first.steps == 0) stretches_.pop_front();
  }
}

}  // namespace longhaul::operations
