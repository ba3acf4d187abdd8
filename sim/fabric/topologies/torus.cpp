#include "fabric/topologies/torus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace longhaul::fabric {
namespace {

void check_twist(const std::vector<std::int64_t>& sizes) {
  const std::int64_t k = std::ranges::min(sizes);
  const auto n_short = std::ranges::count(sizes, k);
  const auto n_long = std::ranges::count(sizes, 2 * k);
  if (sizes.size() == 3 && k >= 2 && n_short >= 1 && n_long >= 1 && n_short + n_long == 3) return;
  const std::int64_t near = std::max<std::int64_t>(k, 2);
  throw std::invalid_argument(
      fmt::format("a torus of {} cannot be twisted: it takes k x k x 2k or k x 2k x 2k from k = 2 "
                  "on, such as {} x {} x {} or {} x {} x {}",
                  fmt::join(sizes, " x "), near, near, 2 * near, near, 2 * near, 2 * near));
}

/// Where the wrap of a short dimension leads in a twisted torus, from where it leads in a plain
/// one: half-way round the long ones.
std::int64_t shifted(const std::vector<std::int64_t>& sizes, std::int64_t gpu) {
  const std::int64_t k = std::ranges::min(sizes);
  std::int64_t stride = 1;
  for (const std::int64_t size : sizes) {
    const std::int64_t at = gpu / stride % size;
    if (size > k) gpu += ((at + k) % size - at) * stride;
    stride *= size;
  }
  return gpu;
}

}  // namespace

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
  if (p.twist) check_twist(p.dimensions);
  if (p.board.empty()) return;
  bool divides = p.board.size() == p.dimensions.size();
  for (std::size_t d = 0; divides && d < p.board.size(); ++d)
    divides = p.board[d] >= 1 && p.dimensions[d] % p.board[d] == 0;
  if (!divides)
    throw std::invalid_argument(
        fmt::format("boards of {} do not divide a torus of {}; give a divisor for each dimension",
                    fmt::join(p.board, " x "), fmt::join(p.dimensions, " x ")));
}

std::int64_t endpoints(const Torus& p) {
  std::int64_t gpus = 1;
  for (const std::int64_t k : p.dimensions) gpus *= k;
  return gpus;
}

void lay(const Torus& p, Builder& builder, std::span<const VertexIndex> gpus) {
  builder.set_structure(p.twist ? Structure::Any : Structure::Torus);
  if (!p.twist) builder.fabric().torus = p.dimensions;
  const std::int64_t shortest = std::ranges::min(p.dimensions);
  for (std::int64_t gpu = 0; gpu < std::ssize(gpus); ++gpu) {
    std::int64_t stride = 1;
    for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
      const std::int64_t k = p.dimensions[d];
      const std::int64_t at = gpu / stride % k;
      const bool on_board = !p.board.empty() && (at + 1) % p.board[d] != 0;
      std::int64_t next = gpu + ((at + 1) % k - at) * stride;
      if (p.twist && k == shortest && at == k - 1) next = shifted(p.dimensions, next);
      if (k > 1)
        builder.join(gpus[static_cast<std::size_t>(gpu)], gpus[static_cast<std::size_t>(next)], 1,
                     builder.port(), on_board ? metres(0) : p.cable);
      stride *= k;
    }
  }
  // The least of these is the bisection of an even torus, and a bound of it in an odd one.
  builder.cut_dimensions(p.dimensions);
}

}  // namespace longhaul::fabric
