// What one rank computes in a pass, layer by layer, and which collectives go with it.
#pragma once

#include <array>
#include <vector>

#include "engine/rank_network.hpp"
#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/kernels.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "training/traffic.hpp"
#include "units/quantity.hpp"

namespace longhaul::engine {

/// One layer and pass of one microbatch.
struct LayerPass {
  Seconds compute;    ///< recomputation included
  Seconds products;   ///< of the compute: what tensor traffic hides under
  Seconds attention;  ///< of the compute: what context traffic hides under
  std::array<double, exchanges.size()> counts{};  ///< executions by kind

  double& executions(Exchange kind) { return counts[static_cast<std::size_t>(kind)]; }
  double executions(Exchange kind) const { return counts[static_cast<std::size_t>(kind)]; }
};

struct LayerWork {
  LayerPass forward;
  LayerPass backward;
  Seconds weight_gradient;  ///< of the backward pass, what only the optimizer waits for
  Seconds issue;            ///< the host takes this long to issue both passes
  bool has_experts = false;
};

/// The layers of one chunk, first to last, and what the outer chunks compute beside them.
struct ChunkLayers {
  std::vector<const LayerWork*> layers;
  Seconds outer_forward;
  Seconds outer_backward;
};

/// The work of every chunk of every stage, as `training::step_time` counts it; but layers go to
/// chunks in the order of the model, so that an expert model's dense layers lie in the first
/// chunks.
class RankWork {
 public:
  RankWork(const training::ModelShape& model, const training::Plan& plan,
           const training::Batch& batch, const hardware::Chip& chip,
           const training::Efficiency& efficiency, const training::Traffic& traffic);
  RankWork(const RankWork&) = delete;
  RankWork& operator=(const RankWork&) = delete;

  const ChunkLayers& chunk(std::int64_t stage, std::int64_t chunk) const {
    return chunks_[static_cast<std::size_t>(chunk * stages_ + stage)];
  }

 private:
  std::int64_t stages_;
  LayerWork dense_, experts_;
  std::vector<ChunkLayers> chunks_;  ///< in the order in which a microbatch passes them
};

}  // namespace longhaul::engine
