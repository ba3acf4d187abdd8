#include "training/plan_search.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "training/memory.hpp"

namespace longhaul::training {
namespace {

constexpr std::int64_t largest_microbatch = 64;

using Values = std::vector<std::int64_t>;

Values divisors(std::int64_t n, std::int64_t largest) {
  Values found;
  const auto keep = [&](std::int64_t d) {
    if (d <= largest) found.push_back(d);
  };
  for (std::int64_t d = 1; d * d <= n; ++d) {
    if (n % d != 0) continue;
    keep(d);
    if (d * d != n) keep(n / d);
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Degrees that divide `n` ranks.
Values degrees(bool open, std::int64_t given, std::int64_t n) {
  if (open) return divisors(n, n);
  return n % given == 0 ? Values{given} : Values{};
}

Values experts_to_try(const ModelShape& model, const Plan& given, const OpenFields& open) {
  if (!open.expert) return {given.expert};
  const std::int64_t routed = std::max<std::int64_t>(1, model.experts.routed);
  return divisors(routed, routed);
}

Values microbatches_to_try(const Plan& plan, const OpenFields& open, const Batch& batch) {
  if (!open.microbatch) return {plan.microbatch};
  return divisors(std::max<std::int64_t>(1, batch.sequences / plan.data), largest_microbatch);
}

Values virtual_stages_to_try(const ModelShape& model, const Plan& plan, const OpenFields& open) {
  if (!open.virtual_stages) return {plan.virtual_stages};
  if (plan.pipeline == 1 || plan.schedule != PipelineSchedule::OneForwardOneBackward) return {1};
  const StageLayers layers = stage_layers(model.layers, plan.pipeline);
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

/// Visits every plan that the open fields allow.
template <class Visit>
void for_each_plan(const ModelShape& model, const Plan& given, const OpenFields& open,
                   const Batch& batch, std::int64_t n_gpus, Visit visit) {
  const auto recompute_choices = recompute_to_try(given, open);
  const Values experts = experts_to_try(model, given, open);
  Plan plan = given;
  const auto inside_degrees = [&] {
    const Values microbatches = microbatches_to_try(plan, open, batch);
    const Values virtual_stages = virtual_stages_to_try(model, plan, open);
    for (const std::int64_t expert : experts)
      for (const std::int64_t microbatch : microbatches)
        for (const std::int64_t v : virtual_stages)
          for (const RecomputeChoice& recompute : recompute_choices) {
            plan.expert = expert;
            plan.microbatch = microbatch;
            plan.virtual_stages = v;
            plan.recompute = recompute.mode;
            plan.recompute_share = recompute.share;
            visit(plan);
          }
    plan.microbatch = given.microbatch;
    plan.virtual_stages = given.virtual_stages;
  };
  for (const std::int64_t tensor : degrees(open.tensor, given.tensor, n_gpus)) {
    plan.tensor = tensor;
    if (open.tensor) plan.sequence_parallel = given.sequence_parallel && tensor > 1;
    const std::int64_t over_tensor = n_gpus / tensor;
    for (const std::int64_t pipeline : degrees(open.pipeline, given.pipeline, over_tensor)) {
      plan.pipeline = pipeline;
      const std::int64_t over_pipeline = over_tensor / pipeline;
      for (const std::int64_t context : degrees(open.context, given.context, over_pipeline)) {
        plan.context = context;
        plan.data = over_pipeline / context;
        if (open.data || plan.data == given.data) inside_degrees();
      }
    }
  }
}

/// Keeps the best plans, and for each choice the best that differs in it from the very best.
class Ranking {
 public:
  Ranking(PlanSearch& search, std::size_t n_best) : search_(search), n_best_(n_best) {
    search_.best.reserve(n_best + 1);
  }

  void add(const Plan& plan, const StepTime& step) {
    auto& best = search_.best;
    const auto faster = [](const StepTime& a, const TimedPlan& b) {
      return a.total < b.step.total;
    };
    const auto place = std::upper_bound(best.begin(), best.end(), step, faster);
    if (!best.empty()) place == best.begin() ? new_winner(plan) : rival(plan, step);
    if (place == best.end() && best.size() == n_best_) return;
    best.insert(place, {plan, step});
    if (best.size() > n_best_) best.pop_back();
  }

 private:
  /// The old winner was faster than all others: where the new one differs, it is the rival; where
  /// not, the rival of the old one is that of the new one.
  void new_winner(const Plan& plan) {
    const TimedPlan& old = search_.best.front();
    for (std::size_t i = 0; i < n_choices; ++i)
      if (differ(static_cast<Choice>(i), plan, old.plan)) search_.rivals[i] = old;
  }
  void rival(const Plan& plan, const StepTime& step) {
    const Plan& winner = search_.best.front().plan;
    for (std::size_t i = 0; i < n_choices; ++i) {
      auto& best = search_.rivals[i];
      if (best && !(step.total < best->step.total)) continue;
      if (differ(static_cast<Choice>(i), plan, winner)) best = TimedPlan{plan, step};
    }
  }

  PlanSearch& search_;
  std::size_t n_best_;
};

}  // namespace

bool differ(Choice choice, const Plan& a, const Plan& b) {
  if (const auto count = field_of(choice).count) return a.*count != b.*count;
  return a.recompute != b.recompute || a.recompute_share != b.recompute_share;
}

PlanSearch search_plans(const ModelShape& model, const Plan& given, const OpenFields& open,
                        const Batch& batch, std::int64_t n_gpus, const hardware::Chip& chip,
                        const Network& network, const Efficiency& efficiency, std::size_t n_best) {
  assert(n_best >= 1);
  PlanSearch search;
  Ranking ranking(search, n_best);
  Bytes least;
  for_each_plan(model, given, open, batch, n_gpus, [&](const Plan& plan) {
    ++search.considered;
    if (!can_run(plan, model, batch, n_gpus)) {
      ++search.invalid;
      return;
    }
    const Bytes needed = total(memory_use(model, plan, batch));
    if (!search.leanest || needed < least) {
      search.leanest = plan;
      least = needed;
    }
    if (needed > chip.memory_size) {
      ++search.too_large;
      return;
    }
    ++search.timed;
    ranking.add(plan, step_time(model, plan, batch, chip, network, efficiency));
  });
  return search;
}

std::optional<Plan> least_wrong_plan(const ModelShape& model, const Plan& given,
                                     const OpenFields& open, const Batch& batch,
                                     std::int64_t n_gpus) {
  std::optional<Plan> least_wrong;
  std::size_t fewest = 0;
  for_each_plan(model, given, open, batch, n_gpus, [&](const Plan& plan) {
    const std::size_t n_problems = problems(plan, model, batch, n_gpus).size();
    if (least_wrong && n_problems >= fewest) return;
    least_wrong = plan;
    fewest = n_problems;
  });
  return least_wrong;
}

PlannedStep fastest_step(const ModelShape& model, const Plan& given, const OpenFields& open,
                         const Batch& batch, const hardware::Chip& chip, const Network& network,
                         const Efficiency& efficiency) {
  const PlanSearch search =
      search_plans(model, given, open, batch, gpus(given), chip, network, efficiency, 1);
  if (!search.best.empty()) return {search.best.front().plan, search.best.front().step};
  const Plan& fallback = search.leanest ? *search.leanest : given;
  PlannedStep chosen{fallback, step_time(model, fallback, batch, chip, network, efficiency)};
  chosen.valid = search.leanest.has_value();
  chosen.fits = fits_memory(model, fallback, batch, chip);
  return chosen;
}

}  // namespace longhaul::training
