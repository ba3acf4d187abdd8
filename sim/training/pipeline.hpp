// Pipeline schedules: what they lose in closed form, and in which order stages work.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// A schedule and its size. 1F1B takes any number of microbatches, and a multiple of the stages
/// when it is interleaved (chunks > 1); ZB1P takes any number and one chunk; DualPipe wants an
/// even number of stages and an even number of microbatches, at least twice the stages, and one
/// chunk: `problems` refuses plans that break these rules.
struct Pipeline {
  PipelineSchedule schedule = PipelineSchedule::OneForwardOneBackward;
  std::int64_t stages = 1;
  std::int64_t chunks = 1;  ///< model chunks a stage, v
  std::int64_t microbatches = 1;
};
inline Pipeline pipeline_of(const Plan& plan, const Batch& batch) {
  return {plan.schedule, plan.pipeline, plan.virtual_stages, microbatches(plan, batch)};
}

// --- closed forms: no allocation ---

/// Seconds of one microbatch on a whole stage (all of its chunks), stages alike.
struct StagePasses {
  Seconds forward;          ///< F
  Seconds backward;         ///< B, both gradients
  Seconds weight_gradient;  ///< W, the part of B that can wait
  Seconds overlapped;       ///< F&B: a forward and a backward pass at once; F + B hides nothing
};

/// Seconds that a stage idles while the pipeline fills and drains, transfers taking no time:
///
///   1F1B       (p - 1)(F + B)/v                              [Narayanan+, SC'21]
///   ZB1P       (p - 1)(F + B - 2W), as ZB-H1                 [Qi+, ICLR'24, arXiv 2401.10241]
///   DualPipe   (p/2 - 1)(F&B + B - 3W)                       [DeepSeek-V3, arXiv 2412.19437]
///
/// The published forms of ZB1P and DualPipe suppose that weight gradients fit where they are put.
/// With w = min(F, B - W, W) this returns
///
///   ZB1P       (p - 1)(F + B - W) - (min(m, p) - 1) w
///   DualPipe   (p/2 - 1)(F&B + B - 2W - w + max(0, F - (B - W)))
///
/// ZB1P's is what the order takes, always; it is the published form where p <= m and W is at most
/// F and B - W. DualPipe's is what the order takes where B - W <= F, else up to
/// (p/2 - 1)(B - F - w) more; it is the published form where W <= F <= B - W, so that the published
/// form is exact where F = B - W and W <= F. DualPipe's bubble is that of the middle stages, which
/// idle longest and overlap most pairs (see `overlapped_pairs`).
Seconds bubble(const Pipeline& pipeline, const StagePasses& passes);

/// Pairs of a forward and a backward pass that the middle stages of DualPipe run at once,
/// m - p - 1; none in other schedules and on one stage.
std::int64_t overlapped_pairs(const Pipeline& pipeline);

/// First piece to last: m (F + B) + bubble, less F + B - F&B for each overlapped pair.
Seconds pipeline_time(const Pipeline& pipeline, const StagePasses& passes);

/// Microbatches whose activations the first stage holds at once, a chunk of v counting 1/v: 1F1B
/// min(p, m), interleaved p (1 + (p - 1)/(p v)) but at most m, ZB1P as 1F1B (on every stage, since
/// activations wait for the weight gradient), DualPipe p + 1 over both directions.
double microbatches_in_flight(const Pipeline& pipeline);

// --- explicit orders ---

enum class Pass {
  Forward,
  Backward,        ///< both gradients at once
  InputGradient,   ///< what the stage before waits for
  WeightGradient,  ///< what only the optimizer waits for
};

/// One chunk's pass of one microbatch. DualPipe's chunk is a direction: 0 enters on the first
/// stage with microbatches 0 .. m/2 - 1, 1 on the last with m/2 .. m - 1.
struct Piece {
  Pass pass = Pass::Forward;
  std::int64_t microbatch = 0;
  std::int64_t chunk = 0;
  bool with_next = false;  ///< DualPipe: overlapped with the next piece of the list
};
using StageOrder = std::vector<Piece>;

/// What every stage works off, in order: 1F1B; Megatron-LM's interleaved 1F1B [Narayanan+, SC'21];
/// ZB-H1, where stage s puts off its weight gradients by s microbatches [Qi+, ICLR'24]; DualPipe's
/// eight steps [DeepSeek-V3 and its published implementation]. Index: stage.
std::vector<StageOrder> stage_orders(const Pipeline& pipeline);

/// A chunk on a stage.
struct ChunkOfStage {
  std::int64_t stage = 0;
  std::int64_t chunk = 0;
};
/// Chunks that a stage holds: v, or DualPipe's two directions.
std::int64_t chunks_of_stage(const Pipeline& pipeline);
/// Where a microbatch comes from before it gets here; none where it enters.
std::optional<ChunkOfStage> find_previous(const Pipeline& pipeline, ChunkOfStage here);
/// Where a microbatch goes from here; none where the loss is.
std::optional<ChunkOfStage> find_next(const Pipeline& pipeline, ChunkOfStage here);

/// Whether a piece's input comes with the first microbatch to fill the pipeline, or with the last
/// gradient to drain it; such a transfer hides under nothing.
bool fills_or_drains(const Pipeline& pipeline, const Piece& piece, std::int64_t stage);

}  // namespace longhaul::training
