// The tokens that there are to train on, and what seeing them again or making more is worth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "units/quantity.hpp"

namespace longhaul::world {

/// Tokens of one modality.
struct Stock {
  std::string name;
  Tokens tokens;      ///< usable, at the start
  double growth = 1;  ///< times a year
};

/// Tokens that a model writes when seeing the stock again is worth less.
struct Synthetic {
  double verification = 1;  ///< FLOP to check a token over those to write it, 2 N; 0: not checked
  /// Not checked, S of them beside U real ones are worth at most `saturation` x U:
  /// saturation U (1 - exp(-S/(saturation U))).
  double saturation = 1;
};

struct DataConfig {
  std::vector<Stock> stocks;
  /// Tokens that come again are worth less and less: U unique ones seen D/U times are worth
  /// U (1 + r (1 - exp(-(D/U - 1)/r))) [Muennighoff+ 2023, arXiv 2305.16264, eq. 5].
  double repetition = 15.387756;  ///< r, their fit
  double most_epochs = 40;        ///< no more, as they are worth nothing then [same]
  std::optional<Synthetic> synthetic;
};

/// All stocks at a time since the start.
Tokens stock_at(const DataConfig& data, Seconds time);

/// What a run that wants `wanted` tokens gets of a stock of `unique`. Where models write tokens
/// too, the stock is seen again for as long as that is worth more, FLOP by FLOP.
struct DataUse {
  Tokens seen;        ///< of the stock, again and again
  Tokens synthetic;   ///< beside them
  Tokens worth;       ///< as many new tokens would be, at most `wanted`
  double epochs = 0;  ///< seen over unique, at most 1 where there is enough
  /// FLOP to write and check the synthetic ones over those to train on one token, 6 N, each.
  double overhead = 0;
};
DataUse use_data(const DataConfig& data, Tokens unique, Tokens wanted);

}  // namespace longhaul::world
