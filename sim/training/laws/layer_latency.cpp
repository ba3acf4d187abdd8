#include "training/laws/layer_latency.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace longhaul::training {

LayerCollectives collectives_of(LatencyForm form) {
  switch (form) {
    case LatencyForm::Appendix:
      return {4, false, 3, 8};
    case LatencyForm::Text:
      return {8, true, 2.75, 2.75};
  }
  throw std::logic_error("a latency wall of no form");
}

Seconds layer_latency(LatencyForm form, const SerialLatencies& latencies, double tensor) {
  if (!(tensor >= 1.0)) throw std::invalid_argument("a tensor group has at least one GPU");
  const auto layer = collectives_of(form);
  const double doublings = std::max(0.0, std::log2(tensor / layer.gpus_of_pod));
  const Seconds kernel = layer.with_kernel ? latencies.kernel : Seconds();
  return layer.n_matmuls *
         (kernel + latencies.base +
          2.0 * (layer.n_scale_up_steps * latencies.scale_up + doublings * latencies.scale_out));
}

double tensor_of_minibatch(double gpus, Tokens least_minibatch, Tokens batch) {
  return std::max(1.0, std::sqrt(gpus * (least_minibatch / batch)));
}

}  // namespace longhaul::training
