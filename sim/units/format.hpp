// Writing quantities: for people (rounded, in a fitting unit) and exactly (reads back to the bit).
#pragma once

#include <cstdint>
#include <string>

#include "units/dimension.hpp"

namespace longhaul {

/// Rounded to four significant digits in a fitting unit: "54 days", "2 TB/s", "27.3 MW".
std::string format_quantity(double value, const Dimension& dimension);

template <class Quantity>
std::string format_quantity(const Quantity& quantity) {
  return format_quantity(quantity.value(), dimension_of<Quantity>);
}

/// The shortest text that parse_quantity reads back to exactly `value`; a fitting unit is taken
/// where it gives a shorter text than the base unit.
std::string exact_quantity(double value, const Dimension& dimension);

/// One unit for many values.
struct FittingUnit {
  std::string name;
  double factor = 1;  ///< of it, in base units
};

/// For values up to `largest` in a base unit ("s", "B/s"), which comes back where no other fits.
FittingUnit fitting_unit(const std::string& base, double largest);

/// 16384 as "16,384".
std::string format_count(std::int64_t count);

/// A plain number with an SI-like suffix for large counts: 2.7e25 as "2.7e25", 1.1e13 as "11T".
std::string format_large(double count);

}  // namespace longhaul
