#include "training/grown_shape.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace longhaul::training {
namespace {

constexpr std::int64_t head_width_of_all = 128;
/// Tensor groups larger than the number of heads divide their width too, down to what a tile of the
/// tensor cores takes: to the step model each head is as many.
constexpr std::int64_t parts_of_head = 4;
constexpr std::int64_t vocabulary = 131'072;
/// The nearest to x of least to 2 least - 1 times a power of two; below `least` a whole number.
std::int64_t round_number(double x, std::int64_t least) {
  if (x < static_cast<double>(least)) return std::max<std::int64_t>(1, std::llround(x));
  const int shift =
      std::max(0, static_cast<int>(std::floor(std::log2(x / static_cast<double>(least)))));
  return std::llround(x / std::exp2(shift)) << shift;
}

double as_double(std::int64_t n) { return static_cast<double>(n); }

}  // namespace

ModelShape shape_of_size(double n_parameters, std::int64_t layers) {
  ModelShape shape;
  shape.layers = layers;
  shape.vocab = vocabulary;
  shape.tied_embeddings = false;
  // 12 h^2 a layer, embedding and output: N = 12 L h^2 + 2 V h.
  constexpr double ends = 2.0 * vocabulary;
  const double area = 12.0 * as_double(layers);
  const double width = (std::sqrt(ends * ends + 4.0 * area * n_parameters) - ends) / (2.0 * area);
  shape.heads = round_number(width / head_width_of_all, 8);
  shape.hidden = shape.heads * head_width_of_all;
  shape.heads *= parts_of_head;
  shape.kv_heads = shape.heads;
  // Of a layer: 4 h^2 in attention, 2 h f in the MLP.
  const double hidden = as_double(shape.hidden);
  const double of_layer = (n_parameters - ends * hidden) / as_double(layers);
  const double inner = (of_layer - 4.0 * hidden * hidden) / (2.0 * hidden);
  shape.ffn_hidden =
      std::max<std::int64_t>(1, std::llround(inner / as_double(shape.heads))) * shape.heads;
  return shape;
}

std::int64_t sequences_of(Tokens batch, std::int64_t sequence) {
  return round_number(batch.value() / as_double(sequence), 16);
}

std::vector<std::int64_t> round_divisors(std::int64_t n) {
  std::vector<std::int64_t> all;
  const auto powers = std::countr_zero(static_cast<std::uint64_t>(n));
  for (int i = 0; i <= powers; ++i) {
    all.push_back(std::int64_t{1} << i);
    all.push_back(n >> i);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::int64_t> divisors(std::int64_t n) {
  std::vector<std::int64_t> all;
  for (std::int64_t d = 1; d * d <= n; ++d) {
    if (n % d != 0) continue;
    all.push_back(d);
    if (d * d != n) all.push_back(n / d);
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace longhaul::training
