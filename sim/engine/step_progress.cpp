#include "engine/step_progress.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::engine {

using operations::Ledger;
using operations::Spending;
using operations::StepCost;

namespace {

StepCost operator*(double n, const StepCost& cost) {
  return {n * cost.useful, n * cost.resized,    n * cost.stragglers,
          n * cost.capped, n * cost.checkpoint, cost.nodes};
}
/// The nodes of both together are their mean over time, so that node time adds up.
StepCost operator+(const StepCost& a, const StepCost& b) {
  StepCost sum{a.useful + b.useful, a.resized + b.resized,       a.stragglers + b.stragglers,
               a.capped + b.capped, a.checkpoint + b.checkpoint, b.nodes};
  if (a.nodes != b.nodes && sum.total() > Seconds())
    sum.nodes = (a.total() * a.nodes + b.total() * b.nodes) / sum.total();
  return sum;
}

}  // namespace

// A billionth of a step forgives the rounding of k steps divided by one.
std::int64_t StepProgress::whole_steps(double done) {
  return static_cast<std::int64_t>(std::floor(done + 1e-9));
}

void StepProgress::begin(Seconds now) {
  runs_ = true;
  start_ = now;
}

std::int64_t StepProgress::end(Seconds now, std::optional<std::int64_t> whole) {
  const double done = into_stretch(now);
  const auto n = whole.value_or(whole_steps(done));
  const double rest = whole ? 0 : std::max(0.0, done - static_cast<double>(n));
  computed_ = computed(now);
  runs_ = false;
  if (n > 0 && into_step_ > 0) {
    log_.advance(1, partial_ + (1 - into_step_) * cost_);
    log_.advance(n - 1, cost_);
  } else {
    log_.advance(n, cost_);
  }
  partial_ = n > 0 ? rest * cost_ : partial_ + (rest - into_step_) * cost_;
  into_step_ = rest;
  return n;
}

Seconds StepProgress::time_since(std::int64_t position, Seconds now) const {
  const auto ahead = position - log_.position();
  if (ahead > 0) return (into_stretch(now) - static_cast<double>(ahead)) * cost_.total();
  return log_.time_since(position) + partial_.total() + (runs_ ? now - start_ : Seconds());
}

void StepProgress::roll_back(std::int64_t position, Ledger& ledger) {
  log_.roll_back(position, ledger);
  ledger.spend(Spending::Redone, partial_.total(), partial_.nodes);
  partial_ = {};
  into_step_ = 0;
}

void StepProgress::finish(Ledger& ledger) {
  log_.settle(log_.position(), ledger);
  ledger.spend(Spending::Unfinished, std::max(Seconds(), partial_.total()), partial_.nodes);
  partial_ = {};
  into_step_ = 0;
}

}  // namespace longhaul::engine
