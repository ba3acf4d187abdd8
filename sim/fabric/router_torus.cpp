// Dimension-order routing on a torus.
#include <algorithm>
#include <numeric>

#include "fabric/router.hpp"

namespace longhaul::fabric {

LinkIndex Router::torus_link(VertexIndex from, VertexIndex to, bool forward) const {
  // The first direction of each cable leads forward, so that a ring of two has both.
  for (const Up& up : links_up(from))
    if (up.head == to && (up.link % 2 == 0) == forward) return up.link;
  return -1;
}

/// Corrects one coordinate of `at`. Half-way round an even ring, sources at even places go
/// forward and those at odd places back, so that neither direction is favoured.
bool Router::walk_ring(VertexIndex& at, std::size_t dimension, VertexIndex dst,
                       Route& route) const {
  const auto& torus = fabric_->torus;
  const std::int64_t stride =
      std::accumulate(torus.begin(), torus.begin() + static_cast<std::ptrdiff_t>(dimension),
                      std::int64_t{1}, std::multiplies<>());
  const std::int64_t size = torus[dimension];
  const std::int64_t from = at / stride % size;
  const std::int64_t distance = (dst / stride % size - from + size) % size;
  if (distance == 0) return true;
  bool forward = 2 * distance < size || (2 * distance == size && from % 2 == 0);

  const VertexIndex start = at;
  const std::size_t links_before = route.links.size();
  for (int attempt = 0; attempt < 2; ++attempt, forward = !forward) {
    const std::int64_t steps = forward ? distance : size - distance;
    std::int64_t step = 0;
    for (; step < steps; ++step) {
      const std::int64_t place = at / stride % size;
      const std::int64_t next = (place + (forward ? 1 : size - 1)) % size;
      const auto to = static_cast<VertexIndex>(at + (next - place) * stride);
      const LinkIndex link = torus_link(at, to, forward);
      if (link < 0 || !is_alive(link)) break;
      route.links.push_back(link);
      at = to;
    }
    if (step == steps) return true;
    at = start;
    route.links.resize(links_before);
  }
  return false;
}

/// The dimensions in order; where a ring is cut both ways, in another order.
bool Router::walk_torus(const Flow& flow, Route& route) const {
  std::vector<std::size_t> order(fabric_->torus.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    VertexIndex at = flow.src;
    route.links.clear();
    if (std::ranges::all_of(order,
                            [&](std::size_t d) { return walk_ring(at, d, flow.dst, route); }))
      return true;
  } while (std::ranges::next_permutation(order).found);
  route.links.clear();
  return false;
}

}  // namespace longhaul::fabric
