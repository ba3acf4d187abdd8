#include "lab/allocation.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::lab {

void allocate(LabRun& run, const LabConfig& lab, const world::World& world,
              const training::ScalingLaw& scaling) {
  run.effective = Flop();
  if (!(run.compute > flop(0))) return;
  const training::TokensPerParameter rule;
  const auto plan =
      training::over_trained(training::compute_optimal(rule, run.compute), lab.over_training);
  run.parameters = plan.n_parameters;
  run.data = plan.data;
  if (world.data) {
    const Tokens unique = stock_at(*world.data, run.decided);
    auto use = use_data(*world.data, unique, plan.data);
    // Writing and checking takes compute from training: smaller by the same factor in N and D.
    for (int i = 0; i < 3 && use.overhead > 0; ++i) {
      const double share = use.synthetic / (use.seen + use.synthetic);
      const double smaller = std::sqrt(1 / (1 + use.overhead * share));
      run.parameters = plan.n_parameters * smaller;
      run.data = plan.data * smaller;
      use = use_data(*world.data, unique, run.data);
    }
    const Tokens seen = use.seen + use.synthetic;
    const Tokens trained = run.data;
    run.parameters *= static_cast<double>(trained / seen);
    run.data = seen;
    run.epochs = use.epochs;
    run.data_worth = training::equivalent_compute(scaling, {run.parameters, use.worth}) /
                     training::equivalent_compute(scaling, plan);
  }
  run.effective =
      bent(world.algorithms.bend, run.compute * run.worth * std::min(1.0, run.data_worth));
}

Bound bound_of(const LabRun& run, bool at_latency_wall) {
  constexpr double half = 0.5;
  if (run.data_worth < half) return Bound::Data;
  if (at_latency_wall) return Bound::Latency;
  switch (run.cluster.limit) {
    case world::Cluster::Limit::Power:
      return Bound::Power;
    case world::Cluster::Limit::Money:
      return Bound::Money;
    case world::Cluster::Limit::Chips:
      break;
  }
  return Bound::Chips;
}

}  // namespace longhaul::lab
