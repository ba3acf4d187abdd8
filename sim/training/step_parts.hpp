// The parts of a step for its timeline, from the same numbers as its time.
#pragma once

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/timeline.hpp"
#include "training/traffic.hpp"

namespace longhaul::training {

/// What `step_time` sums up, piece by piece, for `step_timeline`. Of n passes over a layer the
/// forward one takes an n-th of the exposed traffic and of the waiting for the host; a context ring
/// goes round once forward and twice backward. Interleaved chunks hold the layers that Megatron-LM
/// gives them, the first of all the embedding and the last the output projection. What ZeRO-3 hides
/// is shared by gathers and scatters in proportion to what they take.
///
/// The timeline of these parts ends with `step_time`'s total for even stages and 1F1B, interleaved
/// or not; else it is played where that is a closed form, and a little off it.
StepParts step_parts(const ModelShape& model, const Plan& plan, const Batch& batch,
                     const hardware::Chip& chip, const Efficiency& efficiency,
                     const Traffic& traffic, const PhaseSeconds& phase_seconds);

}  // namespace longhaul::training
