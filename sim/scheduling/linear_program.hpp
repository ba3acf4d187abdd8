// Linear programmes, solved by GLPK.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace longhaul::scheduling {

/// Maximises the sum of objective x variable, where variables are at least 0.
class LinearProgram {
 public:
  using Terms = std::vector<std::pair<std::size_t, double>>;  ///< variable and factor

  /// Returns its number. `objective`: what one of it is worth.
  std::size_t add_variable(double objective);
  /// sum of factor x variable <= bound
  void at_most(const Terms& terms, double bound);

  /// Values of the variables at an optimum, the same whenever it is asked. Throws
  /// std::runtime_error where there is none: no point satisfies all rows, or the sum has no end.
  std::vector<double> solve() const;

 private:
  struct Row {
    Terms terms;
    double bound;
  };
  std::vector<double> objective_;
  std::vector<Row> rows_;
};

}  // namespace longhaul::scheduling
