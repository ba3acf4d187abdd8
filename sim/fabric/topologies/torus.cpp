#include "fabric/topologies/torus.hpp"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace longhaul::fabric {

Fabric make_torus(const Torus& p) {
  if (p.dimensions.empty()) throw std::invalid_argument("a torus needs at least one dimension");
  double size = 1.0;
  for (const std::int64_t k : p.dimensions) {
    if (k < 1)
      throw std::invalid_argument(
          fmt::format("a torus has a dimension of size {}; it must be at least 1", k));
    size *= static_cast<double>(k);
  }
  if (2.0 * size * static_cast<double>(p.dimensions.size()) > std::numeric_limits<LinkIndex>::max())
    throw std::invalid_argument("a torus of this size has more links than a fabric can hold");
  if (!(p.bandwidth.value() > 0.0))
    throw std::invalid_argument("the bandwidth of a torus's links must be positive");
  if (!(p.latency.value() >= 0.0))
    throw std::invalid_argument("the latency of a torus's links cannot be negative");

  Fabric fabric;
  fabric.torus = p.dimensions;
  const auto n = static_cast<std::int64_t>(size);
  for (std::int64_t gpu = 0; gpu < n; ++gpu) fabric.add_vertex(VertexKind::Gpu, 0);
  for (std::int64_t gpu = 0; gpu < n; ++gpu) {
    std::int64_t stride = 1;
    for (const std::int64_t k : p.dimensions) {
      const std::int64_t at = gpu / stride % k;
      const std::int64_t next = gpu + ((at + 1) % k - at) * stride;
      if (k > 1)
        fabric.add_cable({static_cast<VertexIndex>(gpu), static_cast<VertexIndex>(next),
                          LinkKind::Nic, p.bandwidth, p.latency, metres(0)});
      stride *= k;
    }
  }
  return fabric;
}

}  // namespace longhaul::fabric
