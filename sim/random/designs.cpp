#include "random/designs.hpp"

#include <fmt/format.h>

#include <boost/random/sobol.hpp>
#include <cassert>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "random/stream.hpp"

namespace longhaul::random {

namespace {

static_assert(UnitDesign::max_sobol_dims == boost::random::default_sobol_table::max_dimension);

/// The middle of that of 2^52 slices of (0, 1) which the highest bits name: never 0, never 1.
double inside_unit(std::uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52; }

/// A place inside a slice on a grid of 2^-20, so coarse that rounding moves no point of 2^31 slices
/// into the next.
double jitter(Stream& stream) {
  return (static_cast<double>(stream.engine()() >> 44) + 0.5) * 0x1p-20;
}

/// 0 .. n-1 in random order. By hand (Fisher and Yates), as std::shuffle differs by library.
void append_permutation(std::int32_t n, Stream stream, std::vector<std::int32_t>& all) {
  const std::size_t first = all.size();
  all.resize(first + static_cast<std::size_t>(n));
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
  std::iota(begin, all.end(), 0);
  for (std::int32_t left = n; left > 1; --left)
    std::swap(begin[left - 1], begin[stream.below(left)]);
}

/// Read out of Boost's engine: its state after seed(k) is the point of index k + 1, the exclusive
/// or of the direction numbers of the bits of that index's Gray code. Bit b alone is the Gray code
/// of 2^(b+1) - 1.
std::vector<std::uint64_t> sobol_directions(std::size_t dims) {
  constexpr int n_bits = 63;  // of an index
  boost::random::sobol engine(dims);
  std::vector<std::uint64_t> directions(n_bits * dims);
  for (int bit = 0; bit < n_bits; ++bit) {
    engine.seed((std::uint64_t{2} << bit) - 2);
    const auto begin = directions.begin() + static_cast<std::ptrdiff_t>(bit * dims);
    engine.generate(begin, begin + static_cast<std::ptrdiff_t>(dims));
  }
  return directions;
}

void check(UnitDesign::Kind kind, std::int64_t n, int dims) {
  using Kind = UnitDesign::Kind;
  if (n < 1) throw std::invalid_argument(fmt::format("a design wants a point at least, not {}", n));
  if (dims < 1)
    throw std::invalid_argument(fmt::format("a design wants a dimension at least, not {}", dims));
  if (kind == Kind::Sobol && dims > UnitDesign::max_sobol_dims)
    throw std::invalid_argument(fmt::format("a Sobol design has at most {} dimensions, not {}",
                                            UnitDesign::max_sobol_dims, dims));
  if (kind == Kind::LatinHypercube && n > std::numeric_limits<std::int32_t>::max())
    throw std::invalid_argument(fmt::format("a Latin hypercube has at most {} points, not {}",
                                            std::numeric_limits<std::int32_t>::max(), n));
}

}  // namespace

UnitDesign::UnitDesign(Kind kind, std::int64_t n, int dims, std::uint64_t seed)
    : kind_(kind), n_(n), dims_(dims), seed_(seed) {
  check(kind, n, dims);
  if (kind == Kind::LatinHypercube) {
    slices_.reserve(static_cast<std::size_t>(n) * static_cast<std::size_t>(dims));
    for (int dim = 0; dim < dims; ++dim)
      append_permutation(static_cast<std::int32_t>(n),
                         Stream(seed, fmt::format("design/permutation/{}", dim)), slices_);
  }
  if (kind == Kind::Sobol) {
    directions_ = sobol_directions(static_cast<std::size_t>(dims));
    for (int dim = 0; dim < dims; ++dim)
      shifts_.push_back(Stream(seed, fmt::format("design/shift/{}", dim)).engine()());
  }
}

std::vector<double> UnitDesign::point(std::int64_t i) const {
  assert(0 <= i && i < n_);
  switch (kind_) {
    case Kind::Random:
      return random_point(i);
    case Kind::LatinHypercube:
      return latin_hypercube_point(i);
    case Kind::Sobol:
      return sobol_point(i);
  }
  throw std::logic_error("a design of no kind");
}

std::vector<double> UnitDesign::random_point(std::int64_t i) const {
  Stream stream(seed_, fmt::format("design/point/{}", i));
  std::vector<double> point(static_cast<std::size_t>(dims_));
  for (double& x : point) x = inside_unit(stream.engine()());
  return point;
}

std::vector<double> UnitDesign::latin_hypercube_point(std::int64_t i) const {
  Stream stream(seed_, fmt::format("design/jitter/{}", i));
  std::vector<double> point(static_cast<std::size_t>(dims_));
  auto at = static_cast<std::size_t>(i);
  for (double& x : point) {
    x = (slices_[at] + jitter(stream)) / static_cast<double>(n_);
    at += static_cast<std::size_t>(n_);
  }
  return point;
}

std::vector<double> UnitDesign::sobol_point(std::int64_t i) const {
  std::vector<std::uint64_t> bits = shifts_;
  const std::uint64_t index = static_cast<std::uint64_t>(i);
  auto direction = directions_.begin();
  for (std::uint64_t gray = index ^ (index >> 1); gray != 0; gray >>= 1) {
    if ((gray & 1) != 0)
      for (std::size_t dim = 0; dim < bits.size(); ++dim)
        bits[dim] ^= direction[static_cast<std::ptrdiff_t>(dim)];
    direction += dims_;
  }
  std::vector<double> point;
  point.reserve(bits.size());
  for (const std::uint64_t x : bits) point.push_back(inside_unit(x));
  return point;
}

}  // namespace longhaul::random
