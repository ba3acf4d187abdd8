// Time of the kernels of one GPU: matrix products, attention, and what only moves bytes.
#pragma once

#include <cstdint>

#include "hardware/chip.hpp"
#include "training/efficiency.hpp"
#include "training/model_shape.hpp"
#include "training/plan.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// One or several equal matrix products, C[m x n] = A[m x k] B[k x n]; several run as one kernel.
struct Gemm {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  double input_bytes = 2.0;   ///< of an element of A and of B
  double output_bytes = 2.0;  ///< of an element of C, read and written where C is added to
  std::int64_t count = 1;     ///< products that share the kernel: the experts of a GPU
  bool grouped = false;       ///< a kernel made for several products, even if there is one
};

/// Dense peak of the matrix products under a precision recipe, and of everything 16-bit.
/// Zero where the chip has no such format.
FlopPerSecond matrix_peak(const hardware::Chip& chip, Precision precision);

/// Share of the multiprocessors' work that is wanted, count m n / (tile n_SM waves), for the best
/// of the tiles 128 x 256, 256 x 128 and 128 x 128 (at 0.9 of their speed). The tiles of `count`
/// products fill the waves together.
double wave_quantisation(std::int64_t m, std::int64_t n, std::int64_t multiprocessors,
                         std::int64_t count = 1);

/// max(2 m n k / (peak eta q), bytes / (mu bandwidth)) + launch: roofline with wave and tile
/// quantisation q. Grouped kernels reach k/(k + `grouped_half_depth`) of eta.
Seconds gemm_time(const Gemm& gemm, FlopPerSecond peak, const hardware::Chip& chip,
                  const Efficiency& efficiency);

/// bytes / (mu bandwidth) + kernels x launch
Seconds streaming_time(Bytes moved, int kernels, const hardware::Chip& chip,
                       const Efficiency& efficiency);

/// Seconds on one GPU by class of kernel.
struct KernelTimes {
  Seconds gemm;         ///< projections, MLP, logits
  Seconds attention;    ///< scores, softmax, values
  Seconds elementwise;  ///< norms, activations, residuals, rotations, casts
};
inline Seconds total(const KernelTimes& t) { return t.gemm + t.attention + t.elementwise; }

struct PassTimes {
  KernelTimes forward;
  KernelTimes backward;     ///< both gradients, recomputation not counted
  Seconds weight_gradient;  ///< of `backward`, the products that the pass before does not wait for
};

/// One layer of a kind and one microbatch on one GPU of a tensor group. An expert layer adds to
/// attention: the router, bringing token copies into the order of their experts and back (12 bytes
/// an element each way where experts lie on several ranks, else 4), a grouped product for each of
/// the experts' matrices, and shared experts as a dense MLP. Routing is balanced.
PassTimes layer_times(const ModelShape& model, LayerKind kind, const Plan& plan, const Batch& batch,
                      const hardware::Chip& chip, const Efficiency& efficiency);
/// Output projection and loss of one microbatch, on the last stage.
PassTimes logits_times(const ModelShape& model, const Plan& plan, const Batch& batch,
                       const hardware::Chip& chip, const Efficiency& efficiency);
/// Embedding of one microbatch, on the first stage.
PassTimes embedding_times(const ModelShape& model, const Plan& plan, const Batch& batch,
                          const hardware::Chip& chip, const Efficiency& efficiency);

}  // namespace longhaul::training
