#include "engine/run_pace.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace longhaul::engine {

using namespace operations;

RunPace::RunPace(RunState& state) : s_(state), oracle_(state.in.step) {
  s_.totals.steps_by_recipe.assign(1 + s_.in.decisions.size(), 0);
  s_.totals.redone_by_recipe = s_.totals.steps_by_recipe;
  place();
  undisturbed_ = placed_;
  s_.totals.step = undisturbed_;
  if (!(undisturbed_ > seconds(0))) throw std::invalid_argument("the step time must be positive");
}

void RunPace::place() {
  placed_ = oracle_(s_.pool().placement());
  s_.cadence.set_step(placed_);
}

void RunPace::renew() {
  if (std::exchange(s_.placement_changed, false)) place();
  const auto n_positions = s_.pool().n_positions();
  // On fewer nodes, as if all of them went as fast.
  if (std::exchange(recipe_changed_, false))
    undisturbed_ = placed_ * static_cast<double>(std::max<std::int64_t>(1, n_positions)) /
                   static_cast<double>(std::max<std::int64_t>(1, s_.in.nodes.used));
  StepCost cost;
  // On more nodes than planned nothing says what the step would be undisturbed.
  cost.useful = n_positions > s_.in.nodes.used ? placed_ : undisturbed_;
  (n_positions == s_.in.nodes.used ? cost.stragglers : cost.resized) = placed_ - cost.useful;
  const double slows = s_.faults.slows();
  cost.stragglers += (slows - 1) * placed_;
  if (s_.power)
    cost.capped =
        s_.in.power->clocked_share * (1 / s_.power->allowed().speed - 1) * slows * placed_;
  if (s_.cadence.saves_every_step()) cost.checkpoint = s_.in.tiers.front().write;
  cost.nodes = s_.keeper.n_running();
  s_.progress.set_cost(cost);
}

void RunPace::take_recipe(std::size_t decision) {
  recipes_.push_back({decision + 1, s_.position()});
  oracle_ = s_.in.decisions[decision].step;
  s_.placement_changed = recipe_changed_ = true;
}

void RunPace::roll_back(std::int64_t position) {
  for (auto& recipe : recipes_) recipe.since = std::min(recipe.since, position);
}

void RunPace::count(std::int64_t begin, std::vector<std::int64_t>& counts) const {
  for (std::size_t i = 0; i < recipes_.size(); ++i) {
    const auto end = i + 1 < recipes_.size() ? recipes_[i + 1].since : s_.position();
    counts[recipes_[i].index] +=
        std::max<std::int64_t>(0, end - std::max(begin, recipes_[i].since));
  }
}

}  // namespace longhaul::engine
