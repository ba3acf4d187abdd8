// Conditions and formulas that a user writes: SQL expressions over names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace longhaul::formulas {

/// Nothing, a number or a text, as SQL has them.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// Empty where it is none.
std::optional<double> number_of(const SqlValue& value);

/// Evaluates expressions by SQLite, in memory and without tables: no expression can read or write
/// anything but the names, nor run for long. Integers divide as in SQL: 7 / 2 is 3.
class Expressions {
 public:
  explicit Expressions(const std::vector<std::string>& names);
  ~Expressions();
  Expressions(const Expressions&) = delete;
  Expressions& operator=(const Expressions&) = delete;

  /// Prepares one and returns its number. Throws std::invalid_argument with what is wrong.
  std::size_t add(const std::string& text);
  /// `values` in the order of the names. Throws std::invalid_argument where the evaluation fails.
  SqlValue evaluate(std::size_t expression, const std::vector<SqlValue>& values);
  /// Whether a condition holds: a number other than 0.
  bool holds(std::size_t condition, const std::vector<SqlValue>& values);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace longhaul::formulas
