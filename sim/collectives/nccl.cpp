#include "collectives/nccl.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace longhaul::collectives::nccl {
namespace {

const StepLatency& latency_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::LL:
      return ll;
    case Protocol::LL128:
      return ll128;
    case Protocol::Simple:
      return simple;
  }
  throw std::invalid_argument("unknown NCCL protocol");
}

Seconds microseconds(double n) { return seconds(n * 1e-6); }

}  // namespace

Seconds all_reduce_latency(Algorithm algorithm, Protocol protocol, std::int64_t ranks,
                           std::int64_t nodes) {
  if (nodes < 1) throw std::invalid_argument("an NCCL communicator needs at least one node");
  if (ranks < 1 || ranks % nodes != 0)
    throw std::invalid_argument("the ranks of an NCCL communicator must divide among its nodes");
  if (ranks == 1) return seconds(0);

  const StepLatency& step = latency_of(protocol);
  const auto n = static_cast<double>(ranks);
  const auto m = static_cast<double>(nodes);
  if (algorithm == Algorithm::Tree)
    return microseconds(step.tree_base_us + 2.0 * ((n / m - 1.0) * step.tree_nvlink_us +
                                                   std::log2(m) * step.tree_network_us));
  double overhead_us = nodes > 1 ? network_overhead_us : 0.0;
  if (protocol == Protocol::Simple) overhead_us *= simple_overhead_factor;
  const double network_steps = 2.0 * (m - 1.0);
  const double node_steps = 2.0 * (n - 1.0) - network_steps;
  return microseconds(step.ring_base_us + node_steps * std::max(step.ring_nvlink_us, overhead_us) +
                      network_steps * step.ring_network_us);
}

double bandwidth_factor(Algorithm algorithm, Protocol protocol) {
  double factor = 1.0;
  if (protocol == Protocol::LL) factor = ll_bandwidth_factor;
  if (protocol == Protocol::LL128) factor = ll128_bandwidth_factor;
  return algorithm == Algorithm::Tree ? factor * tree_bandwidth_factor : factor;
}

}  // namespace longhaul::collectives::nccl
