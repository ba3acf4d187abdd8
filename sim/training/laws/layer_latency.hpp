// The serial time of one layer of a very large run, in the two forms that were published.
#pragma once

#include "units/quantity.hpp"

namespace longhaul::training {

/// How long the serial work of one layer takes; the source has two forms, which differ.
enum class LatencyForm {
  Appendix,  ///< gives the published compute
  Text       ///< gives the published 270 to 400 us a layer
};

/// What of a layer runs one after the other, forward and backward, under two-dimensional tensor
/// parallelism [Sevilla+ 2024, appendix on the latency wall, and its text].
struct LayerCollectives {
  double n_matmuls;         ///< each with a collective
  bool with_kernel;         ///< whether each waits for its kernel's launch too
  double n_scale_up_steps;  ///< of a collective in a pod, each way
  double gpus_of_pod;       ///< in the dimension that is reduced over
};
LayerCollectives collectives_of(LatencyForm form);

/// Latencies without any payload.
struct SerialLatencies {
  Seconds kernel;     ///< of a kernel's launch
  Seconds base;       ///< of a collective
  Seconds scale_up;   ///< of a rank in a pod
  Seconds scale_out;  ///< of a doubling of pods
};

/// Serial time of one layer, forward and backward, in tensor groups of tensor x tensor GPUs:
///   appendix: 4 (base + 2 (3 scale_up + scale_out max(0, lg(tensor/8))))
///   text:     8 (kernel + base + 2 (2.75 scale_up + scale_out max(0, lg(tensor/2.75))))
/// Throws std::invalid_argument unless tensor >= 1.
Seconds layer_latency(LatencyForm form, const SerialLatencies& latencies, double tensor);

/// The tensor degree, in each of two dimensions, at which every GPU of `gpus` has the least
/// minibatch that keeps it busy: max(1, sqrt(gpus least/batch)).
double tensor_of_minibatch(double gpus, Tokens least_minibatch, Tokens batch);

}  // namespace longhaul::training
