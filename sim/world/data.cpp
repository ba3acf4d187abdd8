#include "world/data.hpp"

#include <algorithm>
#include <cmath>

namespace longhaul::world {

Tokens stock_at(const DataConfig& data, Seconds time) {
  Tokens sum;
  for (const Stock& stock : data.stocks)
    sum += stock.tokens * std::pow(stock.growth, time.value() / seconds_per_year);
  return sum;
}

namespace {

/// FLOP to write and check a token over those to train on one: 2 N forward of 6 N, and the checks.
double overhead_of(const Synthetic& synthetic) {
  constexpr double write_over_train = 2.0 / 6.0;
  return write_over_train * (1 + synthetic.verification);
}

/// What the next synthetic token is worth beside `written` of them.
double next_worth(const Synthetic& synthetic, Tokens unique, Tokens written) {
  if (synthetic.verification > 0) return 1;
  return std::exp(-static_cast<double>(written / (synthetic.saturation * unique)));
}

/// Epochs after which a FLOP is better spent on writing tokens than on seeing the stock again. One
/// more epoch is worth e^(-(e - 1)/r), which falls; a token to be written is worth the more the
/// fewer are left to be, which are fewer with each epoch: they meet once.
double epochs_before_writing(const DataConfig& data, Tokens unique, Tokens wanted, double most) {
  const auto& synthetic = *data.synthetic;
  const double cost = 1 + overhead_of(synthetic);
  double low = 1, high = most;
  constexpr int halvings = 50;
  for (int i = 0; i < halvings; ++i) {
    const double epochs = (low + high) / 2;
    const double again = std::exp(-(epochs - 1) / data.repetition);
    const double written = next_worth(synthetic, unique, wanted - epochs * unique) / cost;
    (again > written ? low : high) = epochs;
  }
  return low;
}

}  // namespace

DataUse use_data(const DataConfig& data, Tokens unique, Tokens wanted) {
  DataUse use;
  use.epochs = std::min(static_cast<double>(wanted / unique), data.most_epochs);
  if (use.epochs <= 1) {
    use.seen = use.worth = unique * use.epochs;
    return use;
  }
  if (data.synthetic) use.epochs = epochs_before_writing(data, unique, wanted, use.epochs);
  use.seen = unique * use.epochs;
  const double r = data.repetition;
  use.worth = unique * (1 + r * -std::expm1(-(use.epochs - 1) / r));
  if (!data.synthetic) return use;
  use.synthetic = wanted - use.seen;
  const auto& synthetic = *data.synthetic;
  const Tokens ceiling = synthetic.saturation * unique;
  use.worth += synthetic.verification > 0
                   ? use.synthetic
                   : ceiling * -std::expm1(-static_cast<double>(use.synthetic / ceiling));
  use.overhead = overhead_of(synthetic);
  return use;
}

}  // namespace longhaul::world
