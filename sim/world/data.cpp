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

DataUse use_data(const DataConfig& data, Tokens unique, Tokens wanted) {
  DataUse use;
  // With synthetic tokens nobody repeats beyond what is as good as new [Muennighoff 2023: 4].
  constexpr double as_good_as_new = 4;
  const double epochs = static_cast<double>(wanted / unique);
  const double most =
      data.synthetic ? std::min(as_good_as_new, data.most_epochs) : data.most_epochs;
  use.epochs = std::min(epochs, most);
  use.seen = unique * use.epochs;
  if (use.epochs <= 1) {
    use.worth = use.seen;
    return use;
  }
  const double r = data.repetition;
  use.worth = unique * (1 + r * -std::expm1(-(use.epochs - 1) / r));
  if (!data.synthetic || use.seen >= wanted) return use;
  use.synthetic = wanted - use.seen;
  const auto& synthetic = *data.synthetic;
  if (synthetic.verification > 0) {
    use.worth += use.synthetic;
  } else {
    const Tokens ceiling = synthetic.saturation * unique;
    use.worth += ceiling * -std::expm1(-static_cast<double>(use.synthetic / ceiling));
  }
  constexpr double write_over_train = 2.0 / 6.0;  // 2 N FLOP a token forward, 6 N in training
  use.overhead = write_over_train * (1 + synthetic.verification);
  return use;
}

}  // namespace longhaul::world
