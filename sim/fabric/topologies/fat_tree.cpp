#include "fabric/topologies/fat_tree.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace longhaul::fabric {
namespace {

/// The fewest of `parts` equal switches of `ports` ports for that many cables: `width` cables of
/// each of `below` switches, spread evenly. Parallel cables between two switches follow.
std::int64_t fewest_tops(std::int64_t below, std::int64_t width, std::int64_t ports) {
  for (std::int64_t tops = (below * width + ports - 1) / ports; tops < width; ++tops)
    if (width % tops == 0) return tops;
  return width;
}

std::string near(std::int64_t value, std::int64_t step, std::int64_t most) {
  const std::int64_t below = std::min(value / step * step, most);
  if (below < step) return fmt::format("{}", step);
  if (below + step > most) return fmt::format("{}", below);
  return fmt::format("{} or {}", below, below + step);
}

}  // namespace

void validate(const FatTree& p) { static_cast<void>(as_pgft(p)); }

Pgft as_pgft(const FatTree& p) {
  const std::int64_t k = p.ports;
  if (k < 2 || k % 2 != 0)
    throw std::invalid_argument(fmt::format(
        "ports = {}: half of a switch's ports lead up, so take an even number such as "
        "{} or {}",
        k, std::max<std::int64_t>(2, k / 2 * 2), std::max<std::int64_t>(4, k / 2 * 2 + 2)));
  constexpr std::int64_t most_ports = 4096;
  if (k > most_ports)
    throw std::invalid_argument(
        fmt::format("ports = {}, but it must be at most {}", k, most_ports));
  if (p.levels != 2 && p.levels != 3)
    throw std::invalid_argument(
        fmt::format("levels = {}, but a fat tree of equal switches has 2 or 3", p.levels));
  if (!(p.taper >= 1.0) || p.taper > static_cast<double>(k))
    throw std::invalid_argument(
        fmt::format("taper = {}, but it must be from 1 (none) to {}", p.taper, k - 1));

  // down / up = taper and down + up = ports
  const double up_exactly = static_cast<double>(k) / (1.0 + p.taper);
  const auto up = static_cast<std::int64_t>(std::llround(up_exactly));
  if (std::abs(up_exactly - static_cast<double>(up)) > 1e-9 || up < 1) {
    std::string would_do;
    for (std::int64_t u = k / 2; u >= 1 && would_do.size() < 40; --u)
      if (k % u == 0) would_do += fmt::format("{}{}", would_do.empty() ? "" : ", ", k / u - 1);
    throw std::invalid_argument(fmt::format(
        "taper = {} does not divide {} ports into whole numbers down and up; take one of {}",
        p.taper, k, would_do));
  }
  const std::int64_t down = k - up;
  const std::int64_t most = p.levels == 2 ? down * k : down * (k / 2) * k;
  const std::int64_t step = p.levels == 2 ? down : down * (k / 2);
  const std::int64_t gpus = p.gpus == 0 ? most : p.gpus;
  if (gpus < step || gpus > most || gpus % step != 0)
    throw std::invalid_argument(fmt::format(
        "gpus = {}, but {} levels of {} ports join whole {} of {} GPUs, up to {}; take "
        "{}",
        gpus, p.levels, k, p.levels == 2 ? "leaves" : "pods", step, most, near(gpus, step, most)));
  const std::int64_t parts = gpus / step;  // leaves, or pods
  if (p.levels == 2) {
    const std::int64_t spines = fewest_tops(parts, up, k);
    return {{down, parts}, {1, spines}, {1, up / spines}, p.cable};
  }
  // In a pod every leaf has a cable to each of `up` middle switches, which have k/2 ports up.
  const std::int64_t cores = fewest_tops(parts, k / 2, k);  // of each middle switch's own group
  return {{down, k / 2, parts}, {1, up, cores}, {1, 1, k / 2 / cores}, p.cable};
}

std::int64_t endpoints(const FatTree& p) { return endpoints(as_pgft(p)); }
std::int64_t endpoints_per_leaf(const FatTree& p) { return endpoints_per_leaf(as_pgft(p)); }

void lay(const FatTree& p, Builder& builder, std::span<const VertexIndex> gpus) {
  lay(as_pgft(p), builder, gpus);
}

}  // namespace longhaul::fabric
