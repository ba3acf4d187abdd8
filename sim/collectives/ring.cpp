#include "collectives/ring.hpp"

namespace longhaul::collectives {

std::vector<fabric::Flow> flows_of(const Ring& ring) {
  const std::size_t n = ring.gpus.size();
  std::vector<fabric::Flow> flows;
  if (n < 2) return flows;
  flows.reserve(n);
  for (std::size_t i = 0; i + (ring.closed ? 0 : 1) < n; ++i)
    flows.push_back({ring.gpus[i], ring.gpus[(i + 1) % n], 0});
  return flows;
}

}  // namespace longhaul::collectives
