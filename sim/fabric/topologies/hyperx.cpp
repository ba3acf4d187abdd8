#include "fabric/topologies/hyperx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

std::int64_t routers_of(const HyperX& p) {
  std::int64_t routers = 1;
  for (const std::int64_t k : p.dimensions) routers *= k;
  return routers;
}

}  // namespace

void validate(const HyperX& p) {
  if (p.dimensions.empty()) throw std::invalid_argument("a HyperX needs at least one dimension");
  if (!p.cables.empty() && p.cables.size() != p.dimensions.size())
    throw std::invalid_argument(
        fmt::format("a HyperX of {} dimensions needs as many numbers of cables, or none; these are "
                    "{}",
                    p.dimensions.size(), p.cables.size()));
  double routers = 1.0;
  double degree = 0.0;
  for (const std::int64_t k : p.dimensions) {
    if (k < 1)
      throw std::invalid_argument(
          fmt::format("a HyperX has a dimension of size {}; it must be at least 1", k));
    routers *= static_cast<double>(k);
    degree += static_cast<double>(k - 1);
  }
  for (const std::int64_t cables : p.cables) at_least("cables", cables, 1);
  at_least("gpus_per_router", p.gpus_per_router, 0);
  const auto below = static_cast<double>(p.gpus_per_router);
  check_links(routers * std::max(below, 1.0), routers * (degree + 2.0 * below));
  at_least("first_cable", p.first_cable.value(), 0.0);
  at_least("cable", p.cable.value(), 0.0);
}

std::int64_t endpoints(const HyperX& p) {
  return routers_of(p) * std::max<std::int64_t>(p.gpus_per_router, 1);
}

std::int64_t endpoints_per_leaf(const HyperX& p) { return p.gpus_per_router; }

void lay(const HyperX& p, Builder& builder, std::span<const VertexIndex> gpus) {
  builder.set_structure(Structure::Any);
  std::vector<VertexIndex> routers(gpus.begin(), gpus.end());
  if (p.gpus_per_router > 0) {
    const VertexIndex first = builder.add(VertexKind::Router, 1, routers_of(p));
    routers.clear();
    for (std::int64_t i = 0; i < routers_of(p); ++i)
      routers.push_back(static_cast<VertexIndex>(first + i));
    for (std::int64_t i = 0; i < std::ssize(gpus); ++i) {
      const VertexIndex router = routers[static_cast<std::size_t>(i / p.gpus_per_router)];
      builder.plug(gpus[static_cast<std::size_t>(i)], router);
      builder.stand(gpus[static_cast<std::size_t>(i)], router, -1);
    }
  }
  std::int64_t stride = 1;
  for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
    const std::int64_t k = p.dimensions[d];
    for (std::int64_t from = 0; from < routers_of(p); ++from)
      for (std::int64_t step = 1; step < k - from / stride % k; ++step)
        builder.join(routers[static_cast<std::size_t>(from)],
                     routers[static_cast<std::size_t>(from + step * stride)],
                     p.cables.empty() ? 1 : p.cables[d], builder.port(),
                     d == 0 ? p.first_cable : p.cable);
    stride *= k;
  }
  builder.cut_dimensions(gpus, p.dimensions, std::max<std::int64_t>(p.gpus_per_router, 1));
}

}  // namespace longhaul::fabric
