#include "fabric/torus_places.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace longhaul::fabric {

std::int64_t n_places(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

void check_twist(const Sizes& sizes) {
  const std::int64_t k = std::ranges::min(sizes);
  const auto n_short = std::ranges::count(sizes, k);
  const auto n_long = std::ranges::count(sizes, 2 * k);
  if (sizes.size() == 3 && k >= 2 && n_short >= 1 && n_long >= 1 && n_short + n_long == 3) return;
  const std::int64_t near = std::max<std::int64_t>(k, 2);
  throw std::invalid_argument(
      fmt::format("a torus of {} cannot be twisted: it takes k x k x 2k or k x 2k x 2k from k = 2 "
                  "on, such as {} x {} x {} or {} x {} x {}",
                  fmt::join(sizes, " x "), near, near, 2 * near, near, 2 * near, 2 * near));
}

std::int64_t next_place(const Sizes& sizes, bool twist, std::int64_t place, std::size_t dimension) {
  const std::int64_t shortest = std::ranges::min(sizes);
  const std::int64_t k = sizes[dimension];
  std::int64_t stride = 1;
  for (std::size_t d = 0; d < dimension; ++d) stride *= sizes[d];
  const bool at_end = place / stride % k == k - 1;
  std::int64_t next = place + (at_end ? 1 - k : 1) * stride;
  if (!twist || !at_end || k > shortest) return next;
  stride = 1;
  for (const std::int64_t size : sizes) {  // half-way round the long ones
    const std::int64_t at = next / stride % size;
    if (size > shortest) next += ((at + shortest) % size - at) * stride;
    stride *= size;
  }
  return next;
}

std::int64_t place_in_block(const Sizes& sizes, const Sizes& block, std::int64_t which,
                            std::int64_t i) {
  std::int64_t place = 0;
  std::int64_t stride = 1;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const std::int64_t blocks = sizes[d] / block[d];
    place += (which % blocks * block[d] + i % block[d]) * stride;
    which /= blocks;
    i /= block[d];
    stride *= sizes[d];
  }
  return place;
}

bool in_upper_half(std::int64_t i, std::int64_t n, std::int64_t stride, std::int64_t k) {
  const std::int64_t at = i / stride % k;
  const std::int64_t rest = i % stride + i / (stride * k) * stride;
  return 2 * (at * (n / k) + rest) >= n - n % 2;
}

}  // namespace longhaul::fabric
