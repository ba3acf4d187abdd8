#include "lab/allocation.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::lab {

namespace {

/// What a plan comes to with the data that there are.
struct Trained {
  training::Allocation run;
  double epochs = 0, worth = 0;
};

/// The plan, smaller by what writing and checking tokens takes of its compute, on what there is of
/// them; with fewer tokens than it wants the model is larger.
Trained with_data(const training::Allocation& plan, const world::DataConfig& data, Tokens unique,
                  const training::ScalingLaw& scaling) {
  // 6 N D f^2 (1 + overhead x synthetic share) = C: the left side grows with f.
  double low = 0, high = 1;
  const auto overhead = [&](const world::DataUse& use) {
    return use.overhead * static_cast<double>(use.synthetic / (use.seen + use.synthetic));
  };
  auto use = use_data(data, unique, plan.data);
  if (use.overhead > 0) {
    constexpr int halvings = 40;
    for (int i = 0; i < halvings; ++i) {
      const double f = (low + high) / 2;
      use = use_data(data, unique, f * plan.data);
      (f * f * (1 + overhead(use)) < 1 ? low : high) = f;
    }
    use = use_data(data, unique, low * plan.data);
  } else {
    low = 1;
  }
  const Tokens seen = use.seen + use.synthetic;
  Trained trained;
  trained.run = {low * low * plan.n_parameters * static_cast<double>(plan.data / seen), seen};
  trained.epochs = use.epochs;
  trained.worth = training::equivalent_compute(scaling, {trained.run.n_parameters, use.worth}) /
                  training::equivalent_compute(scaling, plan);
  return trained;
}

void use_best(LabRun& run, const Trained& trained) {
  if (run.epochs > 0 && trained.worth <= run.data_worth) return;
  run.parameters = trained.run.n_parameters;
  run.data = trained.run.data;
  run.epochs = trained.epochs;
  run.data_worth = trained.worth;
}

}  // namespace

training::TokensPerParameter tokens_per_parameter(const LabConfig& lab) {
  training::TokensPerParameter rule;
  rule.ratio *= lab.over_training;
  return rule;
}

void allocate(LabRun& run, const LabConfig& lab, const world::World& world,
              const training::ScalingLaw& scaling) {
  run.effective = Flop();
  run.epochs = 0;
  if (!(run.compute > flop(0))) return;
  const auto plan = training::compute_optimal(tokens_per_parameter(lab), run.compute);
  run.parameters = plan.n_parameters;
  run.data = plan.data;
  if (world.data) {
    const Tokens unique = stock_at(*world.data, run.decided);
    auto without = *world.data;
    without.synthetic.reset();
    use_best(run, with_data(plan, without, unique, scaling));
    if (world.data->synthetic) use_best(run, with_data(plan, *world.data, unique, scaling));
  }
  run.effective =
      bent(world.algorithms.bend, run.compute * run.worth * std::min(1.0, run.data_worth));
}

Bound bound_of(const LabRun& run, Bound held_by) {
  constexpr double half = 0.5;
  return run.data_worth < half ? Bound::Data : held_by;
}

}  // namespace longhaul::lab
