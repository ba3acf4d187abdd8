// The batch up to which more data parallelism saves steps, and what it costs to go beyond.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "training/laws/scaling.hpp"
#include "units/quantity.hpp"

namespace longhaul::training {

/// What a batch law is a power of.
enum class BatchDriver { Nothing, Parameters, Data, Loss, Compute };

/// A batch that is known at one size of model or data: what a law without a published factor is
/// fixed by.
struct BatchAnchor {
  Tokens batch{};
  std::optional<double> n_parameters = std::nullopt;  ///< given where the law follows parameters
  std::optional<Tokens> data = std::nullopt;          ///< given where the law follows tokens
  std::string source = {};                            ///< who says so
};

/// Batch = factor x^exponent, where x is the driver in parameters, tokens, nats a token or FLOP.
struct BatchLaw {
  std::string name;
  BatchDriver driver = BatchDriver::Nothing;
  double exponent = 0;
  std::optional<Tokens> factor;  ///< the batch at x = 1; empty until the law is anchored
  std::string source;            ///< of the exponent, and of the factor where it is published
  std::string anchor_source;     ///< of the factor where it comes from an anchor
};

/// The published laws. Those without a factor must be anchored. They move the latency wall by more
/// than a factor of ten, so a report says which one it used, and its anchor.
std::span<const BatchLaw> batch_laws();
std::optional<BatchLaw> find_batch_law(std::string_view name);

/// The law through the anchor. Throws std::invalid_argument, saying what would be right, where the
/// law has a published factor, or the anchor lacks its source, has no positive batch, or does not
/// give the one size that the law follows.
BatchLaw anchored(BatchLaw law, const BatchAnchor& anchor);

/// The critical batch of a run. `loss` is what the run reaches [nats a token]; only laws of the
/// loss read it. Throws std::invalid_argument, saying what would be right, where the law is not
/// anchored, what it follows is not positive, or it follows a loss that is not given.
Tokens critical_batch(const BatchLaw& law, const Allocation& run,
                      std::optional<double> loss = std::nullopt);

/// Steps and examples that a batch takes to the same loss, as multiples of the least of each:
/// (steps - 1)(examples - 1) = 1 [McCandlish+ 2018, arXiv 1812.06162].
struct BatchTradeOff {
  double steps = 1;     ///< S/S_min = 1 + B_crit/B; S_min is that of an endless batch
  double examples = 1;  ///< E/E_min = 1 + B/B_crit; E_min is that of a tiny batch
};

/// Throws std::invalid_argument unless both batches are positive.
BatchTradeOff batch_trade_off(Tokens batch, Tokens critical);

}  // namespace longhaul::training
