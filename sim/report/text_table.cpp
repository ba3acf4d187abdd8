#include "report/text_table.hpp"

#include <algorithm>

namespace longhaul::report {
namespace {

std::size_t width(const std::string& text) {  // of UTF-8, in letters
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string aligned(const TextTable& rows, bool first_left) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - width(row[i]), ' ');
      line += i == 0 && first_left ? row[i] + gap : gap + row[i];
      if (i + 1 < row.size()) line += "  ";
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace longhaul::report
