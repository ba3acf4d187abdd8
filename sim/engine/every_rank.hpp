// One training step with every rank of it: no symmetry is used, every rank works off its own
// pieces, and all traffic of the step meets on the fabric at the time when it is sent.
//
// It checks the reduced model (training::step_time with the times of each phase alone), which
// takes one stage of one replica for all and each phase for itself. Calls run the engine until
// nothing is left: in a forked child, near clock 0, with Clock::Detail (see flow_phase.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/fabric_zone.hpp"
#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::engine {

/// A step costs a flow for each rank, layer, pass and kind of traffic.
inline constexpr std::int64_t most_ranks = 1024;

struct EveryRankStep {
  Seconds total;                    ///< as training::StepTime's: optimizer, straggling, host too
  std::vector<Seconds> stage_ends;  ///< when the last rank of a stage has run its last piece
  Seconds data;                     ///< data-parallel traffic that the slowest rank waited for
  std::int64_t n_flows = 0;
};

/// Rank r of the plan runs on `gpus[r]`. Throws std::invalid_argument for a plan that cannot run,
/// for DualPipe, above `most_ranks` ranks, and unless there is one GPU of the fabric for each rank;
/// std::runtime_error when no path is left or a link fails on the way.
EveryRankStep every_rank_step(FabricZone& zone, const training::ModelShape& model,
                              const training::Plan& plan, const training::Batch& batch,
                              const hardware::Chip& chip, const training::Efficiency& efficiency,
                              std::span<const fabric::VertexIndex> gpus);

}  // namespace longhaul::engine
