#include "fabric/topologies/hammingmesh.hpp"

#include <functional>

namespace longhaul::fabric {
namespace {

/// The accelerator at a place in line `line` (a row or a column of accelerators), as a vertex.
using At = std::function<VertexIndex(std::int64_t line, std::int64_t place)>;

/// Joins each of `lines` lines of `boards` boards of `size` accelerators in a row.
void lay_lines(Builder& builder, std::int64_t lines, std::int64_t boards, std::int64_t size,
               Metres cable, const At& at) {
  const VertexIndex switches = boards > 1
                                   ? builder.add(VertexKind::LineSwitch, 1, lines)
                                   : static_cast<VertexIndex>(builder.fabric().vertices.size());
  for (std::int64_t line = 0; line < lines; ++line) {
    const auto line_switch = static_cast<VertexIndex>(switches + line);
    for (std::int64_t board = 0; board < boards; ++board) {
      const std::int64_t first = board * size;
      const std::int64_t last = first + size - 1;
      for (std::int64_t i = first; i < last; ++i)
        builder.join(at(line, i), at(line, i + 1), 1, builder.port(), metres(0));
      if (boards > 1 && size > 1) {
        builder.join(at(line, first), line_switch, 1, builder.port(), cable);
        builder.join(at(line, last), line_switch, 1, builder.port(), cable);
      } else if (boards > 1) {
        builder.join(at(line, first), line_switch, 2, builder.port(), cable);
      } else if (size > 1) {
        builder.join(at(line, last), at(line, first), 1, builder.port(), cable);
      }
    }
  }
}

}  // namespace

void validate(const HammingMesh& p) {
  at_least("board_width", p.board_width, 1);
  at_least("board_height", p.board_height, 1);
  at_least("width", p.width, 1);
  at_least("height", p.height, 1);
  const double gpus = static_cast<double>(p.board_width) * static_cast<double>(p.board_height) *
                      static_cast<double>(p.width) * static_cast<double>(p.height);
  check_links(gpus, 8.0 * gpus);
  at_least("row_cable", p.row_cable.value(), 0.0);
  at_least("column_cable", p.column_cable.value(), 0.0);
}

std::int64_t endpoints(const HammingMesh& p) {
  return p.board_width * p.board_height * p.width * p.height;
}

void lay(const HammingMesh& p, Builder& builder, std::span<const VertexIndex> gpus) {
  builder.set_structure(Structure::Any);
  const std::int64_t a = p.board_width;
  const std::int64_t b = p.board_height;
  const auto at = [&](std::int64_t row, std::int64_t column) {
    const std::int64_t board = row / b * p.width + column / a;
    return gpus[static_cast<std::size_t>((board * b + row % b) * a + column % a)];
  };
  lay_lines(builder, b * p.height, p.width, a, p.row_cable, at);
  lay_lines(builder, a * p.width, p.height, b, p.column_cable,
            [&](std::int64_t column, std::int64_t row) { return at(row, column); });

  // Whole boards, by their row (the order of the numbers) and by their column.
  const std::int64_t n = std::ssize(gpus);
  builder.cut("rows of boards", gpus, [n](std::int64_t i) { return 2 * i >= n - n % 2; });
  builder.cut("columns of boards", gpus, [=](std::int64_t i) {
    const std::int64_t board = i / (a * b);
    const std::int64_t turned = board % p.width * p.height + board / p.width;
    return 2 * (turned * a * b + i % (a * b)) >= n - n % 2;
  });
}

}  // namespace longhaul::fabric
