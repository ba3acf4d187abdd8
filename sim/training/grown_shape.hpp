// Models and batches of any size, of numbers that many degrees of a plan divide.
#pragma once

#include <cstdint>
#include <vector>

#include "training/model_shape.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// Of which shape_of_size finds a shape to 1 %.
inline constexpr double least_parameters = 1e9;

/// A dense transformer, its embeddings untied, of so many parameters and layers. The
/// hidden width is 8 to 15 times a power of two, heads are 128 wide in four parts each, as large
/// tensor groups divide them, and the inner width of the MLP is what is left, in multiples of
/// those parts: many tensor degrees divide all of them.
ModelShape shape_of_size(double n_parameters, std::int64_t layers);

/// Sequences of a step: the nearest to `batch` of at most 15 or of 16 to 31 times a power of two,
/// so that many data degrees divide them.
std::int64_t sequences_of(Tokens batch, std::int64_t sequence);

/// Divisors of n = j 2^k of the forms 2^i and j 2^i, and all of them; ascending. `n` is positive.
std::vector<std::int64_t> round_divisors(std::int64_t n);
std::vector<std::int64_t> divisors(std::int64_t n);

}  // namespace longhaul::training
