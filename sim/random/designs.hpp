// Points in the unit cube at which an experiment is to look.
#pragma once

#include <cstdint>
#include <vector>

namespace longhaul::random {

/// `n` points of `dims` coordinates, each inside (0, 1) and never at its ends. The same kind, n,
/// dims and seed give the same points; two designs of one experiment take seeds of their own, as
/// from stream_seed().
///
/// - Random: every coordinate by itself; its streams are "design/point/<i>".
/// - LatinHypercube: of the n equal slices of each dimension every one holds one point, somewhere
/// in
///   it [McKay+, Technometrics 21(2), 1979]. Streams "design/permutation/<dim>" order the slices,
///   "design/jitter/<i>" gives the places inside. Keeps 4 n dims bytes.
/// - Sobol: direction numbers of [Joe+Kuo, SIAM J. Sci. Comput. 30(5), 2008], from the point of
///   index 0 on, with a digital shift: the bits of each dimension are exclusive-or'ed with those of
///   stream "design/shift/<dim>". Unlike a shift modulo 1 it keeps the balance of the points: of n
///   = 2^k every slice of width 1/n holds one.
///
/// Another dimension leaves the coordinates of the others; more points leave the first ones, except
/// in a Latin hypercube.
class UnitDesign {
 public:
  enum class Kind { Random, LatinHypercube, Sobol };
  static constexpr int max_sobol_dims = 3667;  ///< of Boost's table of direction numbers

  /// Throws std::invalid_argument, saying what would be right: n < 1, dims < 1, a Sobol design of
  /// more than max_sobol_dims dimensions, a Latin hypercube of 2^31 points or more.
  UnitDesign(Kind kind, std::int64_t n, int dims, std::uint64_t seed);

  Kind kind() const { return kind_; }
  std::int64_t n() const { return n_; }
  int dims() const { return dims_; }
  /// The `dims` coordinates of point i in 0 .. n-1, whatever was asked before: microseconds.
  std::vector<double> point(std::int64_t i) const;

 private:
  std::vector<double> random_point(std::int64_t i) const;
  std::vector<double> latin_hypercube_point(std::int64_t i) const;
  std::vector<double> sobol_point(std::int64_t i) const;

  Kind kind_;
  std::int64_t n_;
  int dims_;
  std::uint64_t seed_;
  std::vector<std::int32_t> slices_;       ///< Latin hypercube: n a dimension
  std::vector<std::uint64_t> directions_;  ///< Sobol: dims a bit of the index, the lowest first
  std::vector<std::uint64_t> shifts_;      ///< Sobol: one a dimension
};

}  // namespace longhaul::random
