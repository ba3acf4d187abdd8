// The fastest plans among those that fit memory, where fields of a plan are left open.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/step_time.hpp"
#include "training/traffic.hpp"

namespace longhaul::training {

/// Which fields of a plan are not given.
struct OpenFields {
  bool microbatch = false;      ///< tried: divisors of a replica's batch up to 64
  bool virtual_stages = false;  ///< tried: divisors of a stage's layers
  bool recompute = false;       ///< tried: none, selective, full on each eighth of the layers
  bool tensor = false;          ///< tried, with the next three: all that multiply to the GPUs
  bool pipeline = false;
  bool data = false;
  bool context = false;
  bool expert = false;  ///< tried: divisors of the experts
};

struct PlannedStep {
  Plan plan;
  StepTime step;
  bool valid = true;  ///< false when every choice has `problems`; the given plan is then rounded up
  bool fits = true;   ///< false when no choice fits memory; then the leanest one is returned
};

/// The rule where a published table leaves a field out: the fastest modelled plan that fits
/// memory, never the best match with what was measured.
PlannedStep fastest_step(const ModelShape& model, const Plan& given, const OpenFields& open,
                         const Batch& batch, const hardware::Chip& chip, const Network& network,
                         const Efficiency& efficiency);

/// What a search decides, in the order in which it tries values.
enum class Choice {
  Tensor,
  Pipeline,
  Context,
  Data,
  Expert,
  Microbatch,
  VirtualStages,
  Recompute,  ///< and its share of the layers
};
inline constexpr std::size_t n_choices = 8;

/// A choice as a field of `Plan` and of `OpenFields`.
struct ChoiceField {
  std::string_view name;
  bool OpenFields::*open;
  std::int64_t Plan::*count;  ///< null for recomputation, which is no count
};
/// By `Choice`.
inline constexpr std::array<ChoiceField, n_choices> choice_fields{
    {{"tensor", &OpenFields::tensor, &Plan::tensor},
     {"pipeline", &OpenFields::pipeline, &Plan::pipeline},
     {"context", &OpenFields::context, &Plan::context},
     {"data", &OpenFields::data, &Plan::data},
     {"expert", &OpenFields::expert, &Plan::expert},
     {"microbatch", &OpenFields::microbatch, &Plan::microbatch},
     {"virtual_stages", &OpenFields::virtual_stages, &Plan::virtual_stages},
     {"recompute", &OpenFields::recompute, nullptr}}};
inline const ChoiceField& field_of(Choice choice) {
  return choice_fields[static_cast<std::size_t>(choice)];
}

/// Whether two plans decide it otherwise.
bool differ(Choice choice, const Plan& a, const Plan& b);

struct TimedPlan {
  Plan plan;
  StepTime step;
};

struct PlanSearch {
  std::int64_t considered = 0;  ///< the sum of the next three
  std::int64_t invalid = 0;     ///< have `problems`
  std::int64_t too_large = 0;   ///< do not fit memory
  std::int64_t timed = 0;
  std::vector<TimedPlan> best;  ///< fastest first; of equals the one tried first
  /// By `Choice`: the fastest that differs in it from the winner; empty where none does.
  std::array<std::optional<TimedPlan>, n_choices> rivals;
  std::optional<Plan> leanest;  ///< of those without `problems`, the one that needs least memory
};

/// Times every plan on `n_gpus` that the open fields allow, has no `problems` and fits memory, with
/// traffic in closed form, and keeps the best `n_best`. Where tensor is open, sequence parallelism
/// as given applies to tensor > 1.
PlanSearch search_plans(const ModelShape& model, const Plan& given, const OpenFields& open,
                        const Batch& batch, std::int64_t n_gpus, const hardware::Chip& chip,
                        const Network& network, const Efficiency& efficiency, std::size_t n_best);

/// Of the plans that `search_plans` considers the first with the fewest `problems`, to tell why
/// none can run; empty where none is considered, as given degrees do not divide the GPUs.
std::optional<Plan> least_wrong_plan(const ModelShape& model, const Plan& given,
                                     const OpenFields& open, const Batch& batch,
                                     std::int64_t n_gpus);

}  // namespace longhaul::training
