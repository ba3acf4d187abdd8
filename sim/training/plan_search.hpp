// The fastest plan among those that fit memory, where some of its fields are left open.
#pragma once

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

}  // namespace longhaul::training
