// Ties between inputs that are drawn together.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace longhaul::random {

/// Two inputs by their index, and their rank correlation (Spearman's rho).
struct RankCorrelation {
  std::size_t first = 0;
  std::size_t second = 0;
  double rho = 0;
};

/// The Gaussian copula: gives independent uniforms these rank correlations and leaves each uniform.
/// Pearson's correlation of the normals behind them is 2 sin(pi rho/6); pairs that are not given
/// have none.
class GaussianCopula {
 public:
  /// Throws std::invalid_argument, saying what would be right: an index of `n_inputs` or more, an
  /// input with itself, a pair twice, |rho| >= 1, or correlations that contradict each other (their
  /// matrix is not positive definite).
  GaussianCopula(std::size_t n_inputs, std::span<const RankCorrelation> correlations);

  /// Ties the `n_inputs` values of one draw, each in [0, 1), in place. The results are in (0, 1);
  /// an input without correlations keeps its value.
  void tie(std::span<double> uniforms) const;

 private:
  std::size_t n_inputs_;
  std::vector<std::size_t> tied_;  ///< inputs that have a correlation, rising
  std::vector<double> factor_;     ///< Cholesky's of their matrix, lower, a row after the other
};

}  // namespace longhaul::random
