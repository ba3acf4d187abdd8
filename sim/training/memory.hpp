// Memory of the fullest GPU of a plan, by part, and whether it fits.
#pragma once

#include <string>

#include "hardware/chip.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Bytes on the fullest GPU. The reserve is what the driver, the communication library and a
/// fragmented allocator take.
struct MemoryUse {
  Bytes parameters;
  Bytes gradients;
  Bytes optimizer;    ///< 32-bit master copy and two moments: 12 B a parameter
  Bytes activations;  ///< of all microbatches in flight
  Bytes reserve;
};
inline Bytes total(const MemoryUse& use) {
  return use.parameters + use.gradients + use.optimizer + use.activations + use.reserve;
}

/// Bytes of a gradient: 4 under bf16 (accumulated and reduced in 32 bits, Megatron's default), 2
/// under fp16 (reduced as it is) and under fp8 and below (NVIDIA's fp8 recipes reduce in bf16).
double gradient_bytes(Precision precision);

/// Parameters that the fullest pipeline stage keeps on one GPU: those that its tensor group
/// divides, and those of its experts, which fewer ranks have in common.
struct HeldParameters {
  double common = 0.0;
  double experts = 0.0;
  double total() const { return common + experts; }
};
/// A rank of DualPipe holds two stages, one from each end.
HeldParameters parameters_per_gpu(const ModelShape& model, const Plan& plan);
/// Of both kinds the most that any stage holds: different stages may hold them.
HeldParameters most_parameters_per_gpu(const ModelShape& model, const Plan& plan);
/// What of them a rank keeps when replicas share them evenly (ZeRO): context and data ranks share
/// the common ones, ranks with the same experts those.
double zero_share(const HeldParameters& held, const Plan& plan);

/// Activations follow [Korthikanti+, MLSys'23]: a layer keeps s b h (10 + 24/t + 5 a s/(h t))
/// bytes, all of it over t under sequence parallelism, generalised to grouped heads and gated MLPs;
/// inputs of fp8 products are kept in fp8; selective recomputation and flash attention
/// drop the last term, full recomputation keeps the 2 s b h of the input. The first stage has
/// min(p, m) microbatches in flight; interleaving adds a share (p-1)/(p v), DualPipe has p + 1.
/// An expert layer keeps, for each token copy, the input of its expert and what a dense MLP keeps.
/// ZeRO-2 holds the gradients of one model chunk whole, ZeRO-3 two layers and one layer's
/// gradients.
MemoryUse memory_use(const ModelShape& model, const Plan& plan, const Batch& batch);

struct MemoryVerdict {
  bool fits = false;
  MemoryUse use;
  Bytes available;
  std::string advice;  ///< empty when it fits; else by how much not, and which knobs would help
};
MemoryVerdict check_memory(const ModelShape& model, const Plan& plan, const Batch& batch,
                           const hardware::Chip& chip);

/// `check_memory` without the words, for searches.
bool fits_memory(const ModelShape& model, const Plan& plan, const Batch& batch,
                 const hardware::Chip& chip);

}  // namespace longhaul::training
