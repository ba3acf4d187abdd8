#include "fabric/rewire.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "fabric/torus_places.hpp"

namespace longhaul::fabric {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

std::int64_t n_boards(const OpticalBoards& optical) {
  return std::ssize(optical.gpus) / n_places(optical.size);
}

void check_optical(const Fabric& fabric) {
  if (!fabric.optical.exist())
    throw std::invalid_argument(
        "this fabric has no optical circuit switches; take a torus with boards and "
        "optical_switches = true");
}

void check_board(std::int64_t board, std::int64_t boards) {
  if (board < 0 || board >= boards)
    throw std::invalid_argument(
        fmt::format("there is no board {}; boards are numbered from 0 to {}", board, boards - 1));
}

void check_shape(const Sizes& size, std::int64_t boards, const Wiring& wiring) {
  const Sizes& dimensions = wiring.dimensions;
  bool divides = size.size() == dimensions.size();
  double needed = 1.0;
  for (std::size_t d = 0; divides && d < size.size(); ++d) {
    divides = dimensions[d] >= 1 && dimensions[d] % size[d] == 0;
    const std::int64_t boards = dimensions[d] / size[d];
    needed *= static_cast<double>(boards);
  }
  if (!divides)
    throw std::invalid_argument(fmt::format(
        "boards of {} cannot be joined to a torus of {}; take a multiple in each dimension",
        fmt::join(size, " x "), fmt::join(dimensions, " x ")));
  if (needed > static_cast<double>(boards))
    throw std::invalid_argument(
        fmt::format("a torus of {} needs {:.0f} boards of {}, and there are {}; take fewer",
                    fmt::join(dimensions, " x "), needed, fmt::join(size, " x "), boards));
  if (needed != static_cast<double>(wiring.boards.size()))
    throw std::invalid_argument(fmt::format(
        "a torus of {} takes {:.0f} boards of {}, but {} are given; name each once",
        fmt::join(dimensions, " x "), needed, fmt::join(size, " x "), wiring.boards.size()));
}

/// Switches join equal positions only, so the twist must move a wrap by whole boards.
void check_twisted_wraps(const Sizes& size, const Sizes& dimensions) {
  check_twist(dimensions);
  const std::int64_t k = std::ranges::min(dimensions);
  for (std::size_t d = 0; d < size.size(); ++d)
    if (dimensions[d] > k && k % size[d] != 0)
      throw std::invalid_argument(fmt::format(
          "boards of {} cannot be joined to a twisted torus of {}: its wraps move by {} GPUs in "
          "dimension {}, which is no whole number of boards; take boards whose size there divides "
          "{}",
          fmt::join(size, " x "), fmt::join(dimensions, " x "), k, d + 1, k));
}

void place_gpus(Fabric& fabric) {
  const OpticalBoards& optical = fabric.optical;
  const std::int64_t per_board = n_places(optical.size);
  const std::int64_t n = per_board * std::ssize(optical.wiring.boards);
  fabric.torus_gpus.assign(at(n), -1);
  fabric.torus_places.assign(fabric.places.size(), -1);
  for (std::int64_t b = 0; b < std::ssize(optical.wiring.boards); ++b)
    for (std::int64_t i = 0; i < per_board; ++i) {
      const VertexIndex gpu = optical.gpus[at(optical.wiring.boards[at(b)] * per_board + i)];
      const std::int64_t place = place_in_block(optical.wiring.dimensions, optical.size, b, i);
      fabric.torus_gpus[at(place)] = gpu;
      fabric.torus_places[at(gpu)] = static_cast<VertexIndex>(place);
    }
}

void end_cables(Fabric& fabric) {
  const OpticalBoards& optical = fabric.optical;
  const std::int64_t per_board = n_places(optical.size);
  auto cable = at(optical.first_link);
  for (std::int64_t plane = 0; plane < optical.planes; ++plane)
    for (std::int64_t i = 0; i < std::ssize(optical.gpus); ++i)
      for (std::size_t d = 0; d < optical.size.size(); ++d, cable += 2) {
        const std::int64_t place = fabric.torus_place(optical.gpus[at(i)]);
        const std::int64_t on_board = i % per_board;
        const VertexIndex next =
            place >= 0
                ? fabric.gpu_at(
                      next_place(optical.wiring.dimensions, optical.wiring.twist, place, d))
                : optical.gpus[at(i - on_board + next_place(optical.size, false, on_board, d))];
        fabric.links[cable].dst = next;
        fabric.links[cable + 1].src = next;
      }
}

/// As Builder::cut_dimensions() does; GPUs that stand by are in no half, so in the lower one.
void cut_dimensions(Fabric& fabric) {
  fabric.cuts.clear();
  const auto n = std::ssize(fabric.torus_gpus);
  std::int64_t stride = 1;
  for (const std::int64_t k : fabric.optical.wiring.dimensions) {
    Cut cut{fmt::format("dimension {}", fabric.cuts.size() + 1), {}};
    for (const VertexIndex place : fabric.torus_places)
      cut.upper.push_back(static_cast<char>(place >= 0 && in_upper_half(place, n, stride, k)));
    fabric.cuts.push_back(std::move(cut));
    stride *= k;
  }
}

}  // namespace

void check_wiring(const std::vector<std::int64_t>& size, std::int64_t boards,
                  const Wiring& wiring) {
  check_shape(size, boards, wiring);
  if (wiring.twist) check_twisted_wraps(size, wiring.dimensions);
  std::vector<char> taken(at(boards), 0);
  for (const std::int64_t board : wiring.boards) {
    check_board(board, boards);
    if (std::exchange(taken[at(board)], 1) != 0)
      throw std::invalid_argument(
          fmt::format("board {} is given two places in the torus; name each once", board));
  }
}

void rewire(Fabric& fabric, const Wiring& wiring) {
  check_optical(fabric);
  check_wiring(fabric.optical.size, n_boards(fabric.optical), wiring);
  fabric.optical.wiring = wiring;
  fabric.structure = wiring.twist ? Structure::Any : Structure::Torus;
  fabric.torus = wiring.twist ? Sizes{} : wiring.dimensions;
  place_gpus(fabric);
  end_cables(fabric);
  cut_dimensions(fabric);
}

Wiring with_spares(const Fabric& fabric, const std::vector<std::int64_t>& dead) {
  check_optical(fabric);
  Wiring wiring = fabric.optical.wiring;
  const std::int64_t boards = n_boards(fabric.optical);
  const auto is_in = [](std::int64_t board, const std::vector<std::int64_t>& list) {
    return std::ranges::find(list, board) != list.end();
  };
  std::vector<std::int64_t> spares;
  for (std::int64_t board = 0; board < boards; ++board)
    if (!is_in(board, wiring.boards) && !is_in(board, dead)) spares.push_back(board);
  auto spare = spares.begin();
  for (const std::int64_t board : dead) {
    check_board(board, boards);
    const auto place = std::ranges::find(wiring.boards, board);
    if (place == wiring.boards.end()) continue;  // it stood by
    if (spare == spares.end())
      throw std::invalid_argument(fmt::format(
          "no board is left to stand in for board {}: {} of {} stood by alive; give more "
          "spare_boards, or join fewer boards",
          board, spares.size(), boards));
    *place = *spare++;
  }
  return wiring;
}

std::int64_t board_of(const Fabric& fabric, VertexIndex gpu) {
  check_optical(fabric);
  const auto found = std::ranges::find(fabric.optical.gpus, gpu);
  if (found == fabric.optical.gpus.end())
    throw std::invalid_argument(fmt::format("there is no GPU {}; GPUs are numbered from 0 to {}",
                                            gpu, fabric.n_gpus() - 1));
  return (found - fabric.optical.gpus.begin()) / n_places(fabric.optical.size);
}

std::int64_t n_optical_switches(const Fabric& fabric) {
  const OpticalBoards& optical = fabric.optical;
  std::int64_t faces = 0;
  for (const std::int64_t k : optical.size) faces += n_places(optical.size) / k;
  return optical.planes * faces;
}

std::int64_t optical_switch(const Fabric& fabric, LinkIndex link) {
  const OpticalBoards& optical = fabric.optical;
  const auto n_dimensions = std::ssize(optical.size);
  const std::int64_t cable = (link - optical.first_link) / 2;
  if (link < optical.first_link ||
      cable >= optical.planes * n_dimensions * std::ssize(optical.gpus))
    return -1;
  const std::int64_t per_board = n_places(optical.size);
  const std::int64_t on_board = cable / n_dimensions % per_board;
  std::int64_t first = cable / (n_dimensions * std::ssize(optical.gpus)) *
                       (n_optical_switches(fabric) / optical.planes);
  std::int64_t stride = 1;
  for (std::int64_t d = 0; d < cable % n_dimensions; ++d) {
    first += per_board / optical.size[at(d)];
    stride *= optical.size[at(d)];
  }
  const std::int64_t k = optical.size[at(cable % n_dimensions)];
  if (on_board / stride % k != k - 1) return -1;
  return first + on_board % stride + on_board / (stride * k) * stride;
}

Fabric without_standby(const Fabric& fabric) {
  if (fabric.n_standing_by() == 0) return fabric;
  // A scale-up switch goes with its GPUs.
  std::vector<char> stays(fabric.vertices.size(), 1);
  for (VertexIndex v = 0; v < std::ssize(fabric.vertices); ++v)
    stays[at(v)] = static_cast<char>(v < fabric.n_gpus() ? !fabric.stands_by(v)
                                                         : fabric.vertices[at(v)].kind !=
                                                               VertexKind::ScaleUpSwitch);
  for (const Link& link : fabric.links)
    if (link.kind == LinkKind::ScaleUp && link.src < fabric.n_gpus() && stays[at(link.src)] != 0)
      stays[at(link.dst)] = 1;

  Fabric rest;
  std::vector<VertexIndex> number(fabric.vertices.size(), -1);
  for (std::size_t v = 0; v < stays.size(); ++v) {
    if (stays[v] == 0) continue;
    number[v] = static_cast<VertexIndex>(rest.vertices.size());
    rest.vertices.push_back(fabric.vertices[v]);
    if (v < fabric.places.size()) rest.places.push_back(fabric.places[v]);
  }
  for (const Link& link : fabric.links) {
    if (stays[at(link.src)] == 0 || stays[at(link.dst)] == 0) continue;
    rest.links.push_back(link);
    rest.links.back().src = number[at(link.src)];
    rest.links.back().dst = number[at(link.dst)];
  }
  rest.structure = fabric.structure;
  rest.torus = fabric.torus;
  rest.ports = fabric.ports;
  rest.gpus_per_nic = fabric.gpus_per_nic;
  rest.gpus_forward = fabric.gpus_forward;
  for (const Cut& cut : fabric.cuts) {
    rest.cuts.push_back({cut.name, {}});
    for (std::size_t gpu = 0; gpu < cut.upper.size(); ++gpu)
      if (stays[gpu] != 0) rest.cuts.back().upper.push_back(cut.upper[gpu]);
  }
  for (const VertexIndex gpu : fabric.torus_gpus) rest.torus_gpus.push_back(number[at(gpu)]);
  for (std::size_t gpu = 0; gpu < fabric.torus_places.size(); ++gpu)
    if (stays[gpu] != 0) rest.torus_places.push_back(fabric.torus_places[gpu]);
  return rest;
}

}  // namespace longhaul::fabric
