// When every piece of a pipeline schedule runs.
#pragma once

#include <cstdint>
#include <vector>

#include "training/pipeline.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Seconds of one microbatch on one chunk of one stage.
struct ChunkPasses {
  Seconds forward;
  Seconds input_gradient;
  Seconds weight_gradient;
  Seconds overlapped;  ///< DualPipe: this forward with the other direction's backward; 0 is F + B
};
struct PipelineTimes {
  std::vector<ChunkPasses> chunks;  ///< index: stage x `chunks_of_stage` + chunk
  Seconds transfer;                 ///< from stage to stage, under compute
  /// Further seconds a transfer takes while it fills or drains the pipeline: that of the first
  /// microbatch to enter and of the last gradient to leave (of each direction).
  Seconds filling_transfer;
  std::int64_t stages_of_site = 0;  ///< where stages lie on several sites; 0: all on one
  Seconds site_transfer;            ///< further seconds of a transfer from site to site
};
/// The same passes on every stage, divided over its v chunks; each direction's in DualPipe.
PipelineTimes even_times(const Pipeline& pipeline, const StagePasses& passes);

struct PlayedPiece {
  Piece piece;
  Seconds start;
  Seconds end;
};
struct PlayedPipeline {
  std::vector<std::vector<PlayedPiece>> stages;  ///< as `stage_orders`
  Seconds total;                                 ///< end of the last piece
};

/// When every piece runs: as soon as the one before it on its stage has ended and its input has
/// arrived. Overlapped pieces start and end together. Links take any number of transfers at once.
/// Takes time and memory in proportion to the number of pieces.
PlayedPipeline play(const Pipeline& pipeline, const PipelineTimes& times);

}  // namespace longhaul::training
