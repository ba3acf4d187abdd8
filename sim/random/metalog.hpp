// Distributions given by three percentiles: the three-term metalog of a quantity's logarithm.
#pragma once

#include <array>

namespace longhaul::random {

/// The percentiles that an expert or a table states: a tenth, half and nine tenths of the draws lie
/// below.
struct Percentiles {
  double p10 = 0;
  double p50 = 0;
  double p90 = 0;
};

/// Where the quantity can lie, and so what of it is spread like a metalog.
enum class MetalogBounds {
  Positive,  ///< above 0: its logarithm
  Share,     ///< between 0 and 1: its logit
  Growth     ///< above 1, as a growth factor: the logarithm of what is beyond 1
};

/// The three-term metalog through the percentiles [Keelin, Decision Analysis 13(4), 2016], z being
/// the transformed quantity, k = ln 9 and r = (z50 - z10)/(z90 - z10):
///
///   z(u) = z50 + (z90 - z10)/(2k) logit(u) + (1 - 2r)(z90 - z10)/(0.8k) (u - 0.5) logit(u)
class Metalog {
 public:
  /// Throws std::invalid_argument, saying what would be right, when the percentiles lie outside the
  /// bounds or out of order, or when the median lies so near one of the others that no metalog goes
  /// through the three.
  Metalog(MetalogBounds bounds, const Percentiles& percentiles);

  /// At the share u in (0, 1) of draws; `rest` is 1 - u, for tails that a double's 1 - u loses.
  double quantile(double u, double rest) const;
  double quantile(double u) const { return quantile(u, 1 - u); }
  /// Infinity where the upper tail is too heavy to have one.
  double mean() const;

 private:
  MetalogBounds bounds_;
  std::array<double, 3> terms_{};  ///< of 1, logit(u) and (u - 0.5) logit(u)
};

}  // namespace longhaul::random
