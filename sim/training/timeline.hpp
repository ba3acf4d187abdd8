// The timeline of one step: what every stage of a replica does, and when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "training/pipeline.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Seconds of one pass by what they go to; traffic is what is not hidden.
struct PassWork {
  Seconds gemm;
  Seconds attention;
  Seconds elementwise;
  Seconds recompute;
  Seconds launch;
  Seconds tensor;
  Seconds context;
  Seconds expert;
};
Seconds total(const PassWork& work);

/// One microbatch on one chunk of one stage. Schedules that do not split the backward pass run
/// the input gradient and the weight gradient in one piece.
struct ChunkWork {
  PassWork forward;
  PassWork input_gradient;  ///< with recomputation
  PassWork weight_gradient;
  Seconds overlapped;  ///< DualPipe: this forward with the other direction's backward; 0 is the sum
};

/// Traffic of a whole step that can run under compute.
struct WindowedTraffic {
  Seconds whole;
  Seconds window;  ///< compute that can hide it, times the share of it that does
  Seconds hidden() const { return whole < window ? whole : window; }
  Seconds exposed() const { return whole - hidden(); }
};

/// The parts of a step, as `step_time` counts them.
struct StepParts {
  Pipeline pipeline;
  std::vector<ChunkWork> chunks;  ///< index: stage x `chunks_of_stage` + chunk
  Seconds transfer;               ///< of one microbatch and chunk to the next stage, nothing hidden
  Seconds transfer_hidden;  ///< of that, in the steady state; filling and draining hide nothing
  WindowedTraffic reduce;   ///< of gradients over replicas
  WindowedTraffic gather;   ///< of parameters
  Seconds embedding_tie;
  Seconds sites;  ///< waited for other sites, a step on average
  Seconds optimizer;
  Seconds straggling;
  Seconds host;
};

/// What can go on at once on a stage.
enum class Lane { Compute, ToNext, ToPrevious, Gather, Reduce };
inline constexpr std::size_t n_lanes = 5;
/// "compute", "network: to next stage", ...
std::string_view name(Lane lane);

/// A number that goes with a slice; the name ends in its unit where there is one.
struct SliceArgument {
  std::string_view name;
  double value = 0.0;
};
struct Slice {
  std::int64_t stage = 0;
  Lane lane = Lane::Compute;
  std::string name;  ///< "forward 3": microbatches count from 0
  Seconds start;
  Seconds end;
  std::vector<SliceArgument> arguments;
};
struct Timeline {
  std::int64_t stages = 1;
  std::vector<Slice> slices;  ///< by start, stage and lane; those on one lane never overlap
  Seconds total;              ///< end of the last slice
};

/// What every stage of one replica does in one step.
///
/// Exposed gathers come first. Then the schedule is played (pipeline_play.hpp), each forward pass
/// and input gradient longer by the exposed share of a transfer; the hidden share is sent while the
/// piece is still at work, so that in the steady state it delays nobody, and behind the piece while
/// filling and draining. Reduction hides under the last of each stage's compute; what is exposed
/// follows. The optimizer starts on all stages together, then everybody waits for stragglers and
/// the host.
///
/// For stages alike the total is exposed gathers + `pipeline_time` of the lengthened passes +
/// 2 (p - 1) hidden transfer + exposed reductions + the rest: exactly under 1F1B, and under ZB1P
/// where a weight gradient is no longer than the other two passes. Longer ones hide part of those
/// 2 (p - 1) transfers, and so does DualPipe, which fills from both ends: there the total is less.
/// A transfer is drawn from when its link is free; slices of no length are left out.
Timeline step_timeline(const StepParts& parts);

}  // namespace longhaul::training
