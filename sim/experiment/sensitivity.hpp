// Which inputs an output depends on: Sobol's indices, and one input at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "experiment/statistics.hpp"
#include "random/designs.hpp"

namespace longhaul::experiment {

/// Where to look for the indices of d inputs: n (d + 2) rows of d coordinates in (0, 1). Point i of
/// `samples`, 2 d wide, is one base sample: its first half is a point A, its second a point B, and
/// A_B^(j) is A with input j of B [Saltelli+, Comput. Phys. Commun. 181, 2010, table 2]. Rows go by
/// base sample, A, B, A_B^(0) .. A_B^(d-1), so that the first rows are a smaller design.
class SaltelliDesign {
 public:
  enum class Block { A, B, Exchanged };
  struct Row {
    std::int64_t base;  ///< which base sample
    Block block;
    int input;  ///< which one comes from B, of a block Exchanged; else -1
    friend bool operator==(const Row&, const Row&) = default;
  };

  /// Throws std::invalid_argument when `samples` has an odd number of dimensions.
  explicit SaltelliDesign(random::UnitDesign samples);

  int n_inputs() const { return samples_.dims() / 2; }
  std::int64_t n_rows() const { return samples_.n() * (n_inputs() + 2); }
  Row row(std::int64_t r) const;
  std::vector<double> point(std::int64_t r) const;  ///< by itself, without other rows

 private:
  random::UnitDesign samples_;
};

/// Of one input. Estimates may lie a little outside 0 to 1.
struct SobolIndices {
  double first_order;  ///< share of the variance that goes when this input alone is known
  double total_order;  ///< share that stays when all inputs but this one are known
  Interval first_order_interval;
  Interval total_order_interval;
};

/// All is NaN where there is nothing to share out: an output that does not vary, or fewer than two
/// base samples.
struct VarianceShares {
  std::int64_t n_used;  ///< base samples whose d + 2 outputs are all there
  double mean;          ///< of the outputs at A and B
  double variance;
  std::vector<SobolIndices> inputs;
};

struct Bootstrap {
  double confidence = 0.95;
  int n_resamples = 1000;
  std::uint64_t seed = 1;  ///< its stream is "sensitivity/bootstrap"
};

/// `outputs`: one a row of a SaltelliDesign of `n_inputs`, in its order; one that is not finite, as
/// NaN for a failed row, drops its base sample. With V the variance over A and B together,
///   first order:  mean of f(B) (f(A_B^j) - f(A)) / V        [Saltelli+ 2010, table 2 (b)]
///   total order:  mean of (f(A) - f(A_B^j))^2 / (2 V)       [Jansen, CPC 117, 1999]
/// f less its mean, which changes no expectation and takes noise from the first. Intervals are
/// percentiles over base samples drawn anew with replacement; a Sobol or Latin design errs by less
/// than they say. Throws std::invalid_argument for outputs that are not whole base samples, no
/// input, a confidence outside (0, 1) or fewer than 2 resamples.
VarianceShares sobol_indices(std::span<const double> outputs, int n_inputs,
                             const Bootstrap& bootstrap = {});

/// One input at a time: a baseline row, then the low and the high value of each input in turn.
class OneAtATime {
 public:
  enum class Side { Baseline, Low, High };
  struct Row {
    int input;  ///< -1 in the baseline
    Side side;
    friend bool operator==(const Row&, const Row&) = default;
  };

  /// Values of each input, in any unit. Throws std::invalid_argument unless they are equally many.
  OneAtATime(std::vector<double> baseline, std::vector<double> low, std::vector<double> high);

  int n_inputs() const { return static_cast<int>(baseline_.size()); }
  int n_rows() const { return 1 + 2 * n_inputs(); }
  Row row(int r) const;
  std::vector<double> point(int r) const;

 private:
  std::vector<double> baseline_;
  std::vector<double> low_;
  std::vector<double> high_;
};

/// Outputs at the two ends of one input.
struct Swing {
  int input;
  double low;   ///< output at the input's low value; NaN where it is missing
  double high;  ///< output at its high value, which may be the smaller output
  double size() const;
};

/// As the bars of a tornado diagram.
struct Tornado {
  double baseline;
  std::vector<Swing> swings;  ///< the widest first; equal ones by input; those without a size last
};

/// `outputs`: one a row of a OneAtATime, in its order. Throws std::invalid_argument for an even
/// number of them.
Tornado tornado(std::span<const double> outputs);

}  // namespace longhaul::experiment
