#include "fabric/topologies/torus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>
#include <stdexcept>

#include "fabric/rewire.hpp"
#include "fabric/torus_places.hpp"

namespace longhaul::fabric {
namespace {

double gpus_of_spares(const Torus& p) {
  double gpus = static_cast<double>(p.spare_boards);
  for (const std::int64_t k : p.board) gpus *= static_cast<double>(k);
  return gpus;
}

/// The boards of the torus in the order of their numbers.
Wiring first_wiring(const Torus& p) {
  std::vector<std::int64_t> boards(
      static_cast<std::size_t>(n_places(p.dimensions) / n_places(p.board)));
  std::iota(boards.begin(), boards.end(), 0);
  return {p.dimensions, boards, p.twist};
}

void check_boards(const Torus& p) {
  bool divides = p.board.size() == p.dimensions.size();
  for (std::size_t d = 0; divides && d < p.board.size(); ++d)
    divides = p.board[d] >= 1 && p.dimensions[d] % p.board[d] == 0;
  if (!divides)
    throw std::invalid_argument(
        fmt::format("boards of {} do not divide a torus of {}; give a divisor for each dimension",
                    fmt::join(p.board, " x "), fmt::join(p.dimensions, " x ")));
}

/// A board of size 1 in a dimension would be joined to itself when it is alone there.
void check_optical(const Torus& p) {
  if (p.board.empty())
    throw std::invalid_argument(
        "optical_switches join boards, and there are none; give board, such as [4, 4, 4]");
  for (const std::int64_t k : p.board)
    if (k < 2)
      throw std::invalid_argument(
          fmt::format("boards of {} cannot be joined by optical_switches; each dimension takes at "
                      "least 2 GPUs",
                      fmt::join(p.board, " x ")));
  const Wiring wiring = first_wiring(p);
  check_wiring(p.board, std::ssize(wiring.boards) + p.spare_boards, wiring);
}

/// Each GPU's cable forward in each dimension, on its board and off it, ended by the wiring.
void lay_boards(const Torus& p, Builder& builder, std::span<const VertexIndex> gpus) {
  const Wiring wiring = first_wiring(p);
  const std::int64_t per_board = n_places(p.board);
  OpticalBoards& optical = builder.fabric().optical;
  if (!optical.exist()) {  // the first plane
    optical.size = p.board;
    optical.first_link = static_cast<LinkIndex>(builder.fabric().links.size());
    for (std::int64_t i = 0; i < std::ssize(gpus); ++i)
      optical.gpus.push_back(gpus[static_cast<std::size_t>(
          i < n_places(p.dimensions)
              ? place_in_block(p.dimensions, p.board, i / per_board, i % per_board)
              : i)]);
  }
  ++optical.planes;
  for (std::int64_t i = 0; i < std::ssize(gpus); ++i) {
    const VertexIndex gpu = optical.gpus[static_cast<std::size_t>(i)];
    std::int64_t rest = i % per_board;
    for (const std::int64_t k : p.board) {
      builder.join(gpu, gpu, 1, builder.port(), rest % k + 1 < k ? metres(0) : p.cable);
      rest /= k;
    }
  }
  rewire(builder.fabric(), wiring);
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
  at_least("spare_boards", p.spare_boards, 0);
  size += gpus_of_spares(p);
  check_links(size, 2.0 * size * static_cast<double>(p.dimensions.size()));
  at_least("cable", p.cable.value(), 0.0);
  if (p.twist) check_twist(p.dimensions);
  if (!p.board.empty()) check_boards(p);
  if (p.optical_switches) return check_optical(p);
  if (p.spare_boards > 0)
    throw std::invalid_argument(
        fmt::format("spare_boards = {}, but only optical switches can join boards that stand by; "
                    "take optical_switches = true, or 0",
                    p.spare_boards));
}

std::int64_t endpoints(const Torus& p) {
  const std::int64_t spares = p.spare_boards > 0 ? p.spare_boards * n_places(p.board) : 0;
  return n_places(p.dimensions) + spares;
}

void lay(const Torus& p, Builder& builder, std::span<const VertexIndex> gpus) {
  if (p.optical_switches) return lay_boards(p, builder, gpus);
  builder.set_structure(p.twist ? Structure::Any : Structure::Torus);
  if (!p.twist) builder.fabric().torus = p.dimensions;
  for (std::int64_t gpu = 0; gpu < std::ssize(gpus); ++gpu) {
    std::int64_t rest = gpu;
    for (std::size_t d = 0; d < p.dimensions.size(); ++d) {
      const std::int64_t k = p.dimensions[d];
      const bool on_board = !p.board.empty() && (rest % k + 1) % p.board[d] != 0;
      rest /= k;
      if (k == 1) continue;
      const std::int64_t next = next_place(p.dimensions, p.twist, gpu, d);
      builder.join(gpus[static_cast<std::size_t>(gpu)], gpus[static_cast<std::size_t>(next)], 1,
                   builder.port(), on_board ? metres(0) : p.cable);
    }
  }
  // The least of these is the bisection of an even torus, and a bound of it in an odd one.
  builder.cut_dimensions(gpus, p.dimensions);
}

}  // namespace longhaul::fabric
