#include "fabric/survey_torus.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace longhaul::fabric {
namespace {

constexpr std::int64_t no_direction = -1;

/// 2d for a step forward along dimension d, 2d + 1 for one back; forward in a ring of two.
std::int64_t direction(const Fabric& fabric, std::int64_t from_gpu, std::int64_t to_gpu) {
  std::int64_t from = fabric.torus_place(static_cast<VertexIndex>(from_gpu));
  std::int64_t to = fabric.torus_place(static_cast<VertexIndex>(to_gpu));
  std::int64_t found = no_direction;
  for (std::size_t d = 0; d < fabric.torus.size(); ++d) {
    const std::int64_t k = fabric.torus[d];
    const std::int64_t step = (to % k - from % k + k) % k;
    from /= k;
    to /= k;
    if (step == 0) continue;
    if (found != no_direction || (step != 1 && step != k - 1)) return no_direction;
    found = 2 * static_cast<std::int64_t>(d) + static_cast<std::int64_t>(step != 1);
  }
  return found;
}

using Kind = std::tuple<std::int64_t, double, double>;  // direction, cables, bandwidth

std::vector<Kind> kinds_of_row(const Fabric& fabric, const Rows& rows, std::int64_t vertex) {
  std::vector<Kind> kinds;
  for (const Arc& arc : rows.into(vertex))
    kinds.emplace_back(direction(fabric, arc.from, vertex), arc.cables, arc.bandwidth);
  std::ranges::sort(kinds);
  return kinds;
}

}  // namespace

bool is_uniform_torus(const Fabric& fabric) {
  if (fabric.structure != Structure::Torus || std::ssize(fabric.vertices) != fabric.n_gpus())
    return false;
  std::int64_t size = 1;
  for (const std::int64_t k : fabric.torus) size *= k;
  if (size != fabric.n_gpus()) return false;
  const Rows rows = network_rows(fabric);
  const std::vector<Kind> kinds = kinds_of_row(fabric, rows, 0);
  if (kinds.empty() || std::get<0>(kinds.front()) == no_direction) return false;
  for (std::int64_t gpu = 1; gpu < size; ++gpu)
    if (kinds_of_row(fabric, rows, gpu) != kinds) return false;
  return true;
}

double torus_seconds_per_byte(const Fabric& fabric, const Rows& rows,
                              const std::vector<double>& sent) {
  // Bytes and bandwidth of all links of a direction. The cables of one are shared evenly, whatever
  // their bandwidth, so the slowest link is the one with the most cables for its bandwidth.
  struct Sum {
    double bytes = 0.0, cables = 0.0, cables_over_bandwidth = 0.0;
  };
  std::vector<Sum> sums(2 * fabric.torus.size());
  for (std::int64_t v = 0; v < rows.size(); ++v)
    for (std::size_t i = rows.begin[static_cast<std::size_t>(v)];
         i < rows.begin[static_cast<std::size_t>(v) + 1]; ++i) {
      const Arc& arc = rows.arcs[i];
      Sum& sum = sums[static_cast<std::size_t>(direction(fabric, v, arc.from))];
      sum.bytes += sent[i];
      sum.cables += arc.cables;
      sum.cables_over_bandwidth = std::max(sum.cables_over_bandwidth, arc.cables / arc.bandwidth);
    }
  double slowest = 0.0;
  for (const Sum& sum : sums) {
    if (sum.cables == 0.0) continue;
    const double a_cable = sum.bytes * static_cast<double>(rows.size()) / sum.cables;
    slowest = std::max(slowest, a_cable * sum.cables_over_bandwidth);
  }
  return slowest;
}

}  // namespace longhaul::fabric
