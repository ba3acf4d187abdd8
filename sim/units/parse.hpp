// Reading quantities as people write them: "400 Gbps", "54 days", "16M tokens", "3.8e25 FLOP".
#pragma once

#include <string>
#include <string_view>

#include "units/dimension.hpp"

namespace longhaul {

/// A quantity read from text, in base units (see quantity.hpp), or why it could not be read.
struct ParsedQuantity {
  double value = 0;
  std::string problem;  ///< empty when the text was read; else says what would be right
  bool ok() const { return problem.empty(); }
};

/// Reads number and unit: `NUMBER[K|M|B|T] UNIT[/UNIT...]`. Units are those of the table in
/// parse.cpp with SI prefixes (kilo to exa, nano to milli; Ki to Pi for bytes). Bits appear only
/// here: "Gbps", "Gbit/s". A dimension of none takes a plain number. Not a number, infinities and
/// numbers out of the range of a double are refused.
ParsedQuantity parse_quantity(std::string_view text, const Dimension& expected);

/// Units to offer in a message: `"30 min" or "30 s"` for 30 and time.
std::string unit_examples(std::string_view number, const Dimension& dimension);

/// What the dimension is called in messages and tables: "time", "bytes a second".
std::string dimension_name(const Dimension& dimension);

}  // namespace longhaul
