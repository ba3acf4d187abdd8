#include "fabric/topologies/torus.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace longhaul::fabric {

void validate(const Torus& p) {
  if (p.dimensions.empty()) throw std::invalid_argument("a torus needs at least one dimension");
  double size = 1.0;
  for (const std::int64_t k : p.dimensions) {
    if (k < 1)
      throw std::invalid_argument(
          fmt::format("a torus has a dimension of size {}; it must be at least 1", k));
    size *= static_cast<double>(k);
  }
  check_links(size, 2.0 * size * static_cast<double>(p.dimensions.size()));
  at_least("cable", p.cable.value(), 0.0);
}

std::int64_t endpoints(const Torus& p) {
  std::int64_t gpus = 1;
  for (const std::int64_t k : p.dimensions) gpus *= k;
  return gpus;
}

void lay(const Torus& p, Builder& builder, std::span<const VertexIndex> gpus) {
  builder.set_structure(Structure::Torus);
  builder.fabric().torus = p.dimensions;
  const auto n = std::ssize(gpus);
  for (std::int64_t gpu = 0; gpu < n; ++gpu) {
    std::int64_t stride = 1;
    for (const std::int64_t k : p.dimensions) {
      const std::int64_t at = gpu / stride % k;
      const std::int64_t next = gpu + ((at + 1) % k - at) * stride;
      if (k > 1)
        builder.join(gpus[static_cast<std::size_t>(gpu)], gpus[static_cast<std::size_t>(next)], 1,
                     builder.port(), p.cable);
      stride *= k;
    }
  }
  // Across each dimension, the others whole: the least of these cuts is the bisection of an even
  // torus, and a bound of it in an odd one.
  std::int64_t stride = 1;
  for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
    const std::int64_t k = p.dimensions[d];
    // GPUs ordered by this coordinate first, then by number; the second half of that order.
    builder.cut(fmt::format("dimension {}", d + 1), [=](VertexIndex gpu) {
      const std::int64_t at = gpu / stride % k;
      const std::int64_t rest = gpu % stride + gpu / (stride * k) * stride;
      return 2 * (at * (n / k) + rest) >= n - n % 2;
    });
    stride *= k;
  }
}

}  // namespace longhaul::fabric
