#include "random/copula.hpp"

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cassert>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

namespace longhaul::random {

namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::invalid_argument(what);
}

double pearson(double rho) { return 2 * std::sin(boost::math::constants::pi<double>() * rho / 6); }

/// The lower triangle of Cholesky's factor, in place of the symmetric n x n matrix; false when the
/// matrix is not positive definite.
bool factorise(std::vector<double>& m, std::size_t n) {
  constexpr double least = 1e-9;  // less is a tie without freedom, lost in rounding
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const auto row_i = m.begin() + static_cast<std::ptrdiff_t>(i * n);
      const auto row_j = m.begin() + static_cast<std::ptrdiff_t>(j * n);
      const double rest =
          std::inner_product(row_i, row_i + static_cast<std::ptrdiff_t>(j), row_j, 0.0);
      const double left = m[i * n + j] - rest;
      if (i == j && !(left > least)) return false;
      m[i * n + j] = i == j ? std::sqrt(left) : left / m[j * n + j];
    }
  return true;
}

}  // namespace

GaussianCopula::GaussianCopula(std::size_t n_inputs, std::span<const RankCorrelation> correlations)
    : n_inputs_(n_inputs) {
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  std::set<std::size_t> tied;
  for (const auto& [first, second, rho] : correlations) {
    require(first < n_inputs && second < n_inputs, "a correlation is of two of the inputs");
    require(first != second, "a correlation wants two different inputs");
    require(rho > -1 && rho < 1, "a rank correlation lies between -1 and 1, without the ends");
    require(pairs.insert(std::minmax(first, second)).second,
            "two inputs have one correlation; take the other out");
    tied.insert({first, second});
  }
  tied_.assign(tied.begin(), tied.end());
  const auto n = tied_.size();
  const auto place = [&](std::size_t input) {
    return static_cast<std::size_t>(std::lower_bound(tied_.begin(), tied_.end(), input) -
                                    tied_.begin());
  };
  factor_.assign(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) factor_[i * n + i] = 1;
  for (const auto& [first, second, rho] : correlations)
    factor_[place(first) * n + place(second)] = factor_[place(second) * n + place(first)] =
        pearson(rho);
  require(factorise(factor_, n),
          "these correlations contradict each other: no inputs can have them all (the matrix is "
          "not positive definite); take some nearer to 0");
}

void GaussianCopula::tie(std::span<double> uniforms) const {
  assert(uniforms.size() == n_inputs_);
  const boost::math::normal normal;
  constexpr double least = 0x1p-53;
  const auto inside = [least](double u) { return std::clamp(u, least, 1 - least); };
  const auto n = tied_.size();
  std::vector<double> normals(n);
  for (std::size_t i = 0; i < n; ++i)
    normals[i] = boost::math::quantile(normal, inside(uniforms[tied_[i]]));
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = factor_.begin() + static_cast<std::ptrdiff_t>(i * n);
    const double z =
        std::inner_product(row, row + static_cast<std::ptrdiff_t>(i + 1), normals.begin(), 0.0);
    uniforms[tied_[i]] = inside(boost::math::cdf(normal, z));
  }
}

}  // namespace longhaul::random
