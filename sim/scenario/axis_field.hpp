// A field of a scenario that a sweep varies: how its values are read, checked and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "random/distribution.hpp"
#include "scenario/sweep.hpp"
#include "units/dimension.hpp"

namespace longhaul::scenario {

/// One value of an axis.
struct AxisValue {
  std::string toml;  ///< what the field is set to
  /// The same for tables, conditions and formulas: a number in base units, or a text.
  std::variant<std::int64_t, double, std::string> value;
  std::string written = {};  ///< as it was given: a path without the folder that it counts from
};

class AxisField {
 public:
  /// The field of this key. Reports at `where` a key that is no field, or one that cannot be
  /// varied (a table, an item of a list, the seed).
  static std::optional<AxisField> find(const std::string& key, const Location& where,
                                       Diagnostics& diagnostics);

  /// Checks a value as the scenario would and reports mistakes where the literal stands.
  std::optional<AxisValue> read(const Literal& literal, Diagnostics& diagnostics) const;
  /// A distribution over the field's values.
  std::optional<random::Distribution> distribution(const Literal& literal,
                                                   Diagnostics& diagnostics) const;
  /// A number in base units as a value: where the field is a whole number rounded, and kept within
  /// largest_whole.
  AxisValue number(double value) const;
  /// Of the numbers: "s", "B/s"; empty where they have none.
  std::string unit() const;
  /// Whether its values name files: cards, or a path.
  bool names_files() const { return card_ || kind_ == Kind::Path; }
  /// Whether number() makes sense.
  bool numeric() const { return kind_ == Kind::Number || kind_ == Kind::Whole; }
  bool whole() const { return kind_ == Kind::Whole; }
  static constexpr double largest_whole = 9e15;  ///< exact as a double

 private:
  enum class Kind { Number, Whole, Path, Other };

  std::string key_;
  Kind kind_ = Kind::Other;
  bool card_ = false;
  Dimension dimension_{};
};

}  // namespace longhaul::scenario
