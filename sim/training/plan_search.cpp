#include "training/plan_search.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "training/memory.hpp"

namespace longhaul::training {
namespace {

constexpr std::int64_t largest_microbatch = 64;

std::vector<std::int64_t> divisors(std::int64_t n, std::int64_t largest) {
  std::vector<std::int64_t> found;
  for (std::int64_t d = 1; d <= std::min(n, largest); ++d) {
    if (n % d == 0) found.push_back(d);
  }
  return found;
}

std::vector<std::int64_t> microbatches_to_try(const Plan& given, const OpenFields& open,
                                              const Batch& batch) {
  if (!open.microbatch) return {given.microbatch};
  return divisors(std::max<std::int64_t>(1, batch.sequences / given.data), largest_microbatch);
}

std::vector<std::int64_t> virtual_stages_to_try(const ModelShape& model, const Plan& given,
                                                const OpenFields& open) {
  if (!open.virtual_stages) return {given.virtual_stages};
  if (given.pipeline == 1) return {1};
  const StageLayers layers = stage_layers(model.layers, given.pipeline);
  return divisors(std::max(layers.first, layers.middle), model.layers);
}

struct RecomputeChoice {
  Recompute mode;
  double share;
};

std::vector<RecomputeChoice> recompute_to_try(const Plan& given, const OpenFields& open) {
  if (!open.recompute) return {{given.recompute, given.recompute_share}};
  std::vector<RecomputeChoice> choices{{Recompute::None, 1.0}, {Recompute::Selective, 1.0}};
  constexpr int steps = 8;
  for (int i = 1; i <= steps; ++i) {
    choices.push_back({Recompute::Full, static_cast<double>(i) / steps});
  }
  return choices;
}

}  // namespace

PlannedStep fastest_step(const ModelShape& model, const Plan& given, const OpenFields& open,
                         const Batch& batch, const hardware::Chip& chip, const Network& network,
                         const Efficiency& efficiency) {
  std::optional<PlannedStep> best;
  std::optional<Plan> leanest;
  Bytes least;
  Plan plan = given;
  for (const std::int64_t microbatch : microbatches_to_try(given, open, batch)) {
    for (const std::int64_t virtual_stages : virtual_stages_to_try(model, given, open)) {
      for (const RecomputeChoice& recompute : recompute_to_try(given, open)) {
        plan.microbatch = microbatch;
        plan.virtual_stages = virtual_stages;
        plan.recompute = recompute.mode;
        plan.recompute_share = recompute.share;
        if (!problems(plan, model, batch, gpus(plan)).empty()) continue;
        const Bytes needed = total(memory_use(model, plan, batch));
        if (!leanest || needed < least) {
          leanest = plan;
          least = needed;
        }
        if (needed > chip.memory_size) continue;
        const StepTime step = step_time(model, plan, batch, chip, network, efficiency);
        if (!best || step.total < best->step.total) best = PlannedStep{plan, step};
      }
    }
  }
  if (best) return *best;
  const Plan& fallback = leanest ? *leanest : given;
  PlannedStep chosen{fallback, step_time(model, fallback, batch, chip, network, efficiency)};
  chosen.valid = leanest.has_value();
  chosen.fits = fits_memory(model, fallback, batch, chip);
  return chosen;
}

}  // namespace longhaul::training
