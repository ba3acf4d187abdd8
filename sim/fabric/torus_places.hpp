// Places of a torus k1 x k2 x .. are numbered through the first dimension first: what is next to
// what, plain or twisted.
//
// A twisted torus [Camara+, IEEE TPDS 21(12), 2010; TPU v4, Jouppi+, ISCA'23] has two lengths, k
// and 2k, and the wrap of each short dimension also goes k further in each long one.
#pragma once

#include <cstdint>
#include <vector>

namespace longhaul::fabric {

using Sizes = std::vector<std::int64_t>;  ///< of a torus, by dimension

/// The product. It must fit.
std::int64_t n_places(const Sizes& sizes);

/// Throws std::invalid_argument, with shapes that would do, unless it is k x k x 2k or k x 2k x 2k.
void check_twist(const Sizes& sizes);

/// The place one step forward in a dimension, round its wrap from the last.
std::int64_t next_place(const Sizes& sizes, bool twist, std::int64_t place, std::size_t dimension);

/// The place of the i-th of a block that is one of many alike, of `block` by dimension, which
/// divides `sizes`; blocks are numbered as places are.
std::int64_t place_in_block(const Sizes& sizes, const Sizes& block, std::int64_t which,
                            std::int64_t i);

/// Whether the i-th of n is in the upper half across one dimension of size k, of which neighbours
/// are `stride` apart: ordered by that coordinate first, then by number.
bool in_upper_half(std::int64_t i, std::int64_t n, std::int64_t stride, std::int64_t k);

}  // namespace longhaul::fabric
